"""Every error has an answer in the one body that all failures have."""

import json
from typing import Any

import pytest

from polyshare.dialects.base import refusals
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.dialect import told
from polyshare.dialects.ucloud import DIALECT
from polyshare.dialects.ucloud.errors import Uncovered
from polyshare.domain import errors

UNSUPPORTED, CHANGED = "FEATURE_NOT_SUPPORTED_BY_PROVIDER", "PAGINATION_CONSISTENCY_LOST"

# class, what it is made of, status and code
TOLD = [
    (errors.NotFound, ("share",), 404, None),
    (errors.Hidden, ("item",), 404, None),
    (errors.NoCredential, ("none",), 401, None),
    (errors.MalformedCredential, ("a", "b"), 401, None),
    (errors.UnknownCredential, ("jwt",), 401, None),
    (errors.LinkShut, ("shut",), 403, None),
    (errors.CodeNeeded, ("code",), 403, None),
    (errors.ClosedTo, ("closed",), 403, None),
    (errors.ReadOnly, ("read only",), 403, None),
    (errors.Insufficient, (1, "lacking"), 403, None),
    (errors.NoAllocation, ("none",), 402, None),
    (errors.NotYours, ("x",), 403, None),
    (Uncovered, ("x",), 403, None),
    (errors.OwnersPlace, ("owner",), 403, None),
    (errors.Invalid, ("bad", "x"), 400, None),
    (errors.WrongState, ("not now",), 400, None),
    (errors.NotSupported, ("never",), 400, UNSUPPORTED),
    (errors.ListChanged, (), 400, CHANGED),
    (errors.LimitReached, ("x", 1), 400, None),
    (errors.TooLarge, (1,), 413, None),
    (errors.Braked, (3.0,), 429, None),
    (errors.AlreadyThere, ("x",), 409, None),
    (errors.AlreadyMember, ("x",), 409, None),
    (errors.NotMember, (1,), 409, None),
    (errors.KeyReused, ("x",), 409, None),
    (errors.Taken, ("x",), 409, None),
    (errors.Unavailable, ("x",), 503, None),
    (errors.ProviderUnknown, ("x",), 503, None),
    (errors.ProviderAway, ("x",), 502, None),
    (errors.ProviderRefused, ("x", 418, "TEAPOT"), 418, "TEAPOT"),
    (refusals.NoRoute, (), 404, None),
    (refusals.MalformedId, ("/x",), 404, None),
    (refusals.NoMethod, ("PUT", ("GET",)), 404, None),
    (refusals.BadHeader, ("a", "b"), 400, None),
    (refusals.BadQuery, ("a", "b"), 400, None),
    (refusals.BadBody, ("a",), 400, None),
    (refusals.TooLarge, (10,), 413, None),
    (refusals.TooSlow, (30.0,), 408, None),
    (LookupError, ("secret",), 500, None),
    (errors.PolyshareError, ("secret",), 500, None),
]


def refused(error, doing=Doing.READ, template="/api/shares/retrieve"):
    """The answer to an error of such a call."""
    nowhere: Any = None  # errors are told without a house
    call = Call({"path": template, "method": "GET", "query_string": b"", "headers": []}, nowhere)
    call.route = Route("GET", template, nowhere, doing)
    return DIALECT.refuse(call, told(DIALECT.errors, error), error)


def leaves(kind):
    """The classes at the ends of a tree."""
    below = kind.__subclasses__()
    return {leaf for one in below for leaf in leaves(one)} if below else {kind}


@pytest.mark.parametrize(("kind", "made_of", "status", "code"), TOLD)
def test_every_error_is_told_in_the_one_body(kind, made_of, status, code):
    answer = refused(kind(*made_of))
    said = json.loads(answer.body)

    assert answer.status == status
    assert said == {"why": said["why"], "errorCode": code, "statusCode": status}
    assert said["why"] not in ("", "Bad Request")  # the web client hides the latter
    assert "secret" not in said["why"]


def test_no_leaf_of_the_tree_is_left_to_chance():
    known = {kind for kind, *_ in TOLD}
    ours = (errors.__name__, refusals.__name__, Uncovered.__module__)

    assert {leaf for leaf in leaves(errors.PolyshareError) if leaf.__module__ in ours} <= known


@pytest.mark.parametrize(
    ("given", "told_as"),
    [
        (400, 400),
        (404, 404),
        (409, 409),
        (500, 502),
        (503, 503),
        (599, 502),
        (200, 502),
        (302, 502),
        (482, 502),
    ],
)
def test_a_provider_speaks_through_us_as_far_as_clients_bear_it(given, told_as):
    answer = refused(errors.ProviderRefused("no room", given))

    assert answer.status == json.loads(answer.body)["statusCode"] == told_as
    assert json.loads(answer.body)["why"].startswith("no room")


@pytest.mark.parametrize("doing", [Doing.WRITE, Doing.STEPS])
def test_whoever_changes_a_share_learns_no_more_from_its_absence_than_from_a_refusal(doing):
    answer = refused(errors.NotFound("share"), doing, "/api/shares/approve")

    assert answer.status == 403
    assert refused(errors.NotFound("share"), doing, "/api/shares/control/update").status == 404
    assert refused(errors.NotFound("file"), doing, "/api/files/trash").status == 404


@pytest.mark.parametrize(
    ("error", "header"),
    [
        (errors.UnknownCredential("jwt"), (b"www-authenticate", b"Bearer")),
        (errors.Braked(7.0), (b"retry-after", b"7")),
        (errors.Unavailable("away"), (b"retry-after", b"1")),
    ],
)
def test_headers_say_what_to_do(error, header):
    assert header in refused(error).headers
