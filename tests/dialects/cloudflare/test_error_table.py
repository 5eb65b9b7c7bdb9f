"""Every error has an answer in Cloudflare's table, and every call of its table can be reached."""

import json
from typing import Any

import pytest

from polyshare.dialects.base import refusals
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.dialect import told
from polyshare.dialects.base.routing import Table
from polyshare.dialects.cloudflare import DIALECT
from polyshare.domain import errors

# class, what it is made of, status, code
TOLD = [
    (errors.NotFound, ("share",), 404, 1004),
    (errors.Hidden, ("share",), 404, 1004),
    (errors.NoCredential, ("Missing",), 400, 9106),
    (errors.MalformedCredential, ("Authorization", "bad"), 400, 6003),
    (errors.UnknownCredential, ("token",), 401, 10000),
    (errors.UnknownCredential, ("key",), 403, 9103),
    (errors.ClosedTo, ("closed",), 403, 9109),
    (errors.ReadOnly, ("read only",), 403, 10000),
    (errors.Insufficient, (1, "not enough"), 403, 9109),
    (errors.NotYours, ("not yours",), 403, 1003),
    (errors.NoAllocation, ("none",), 403, 9109),
    (errors.Invalid, ("bad", "name"), 400, 1001),
    (errors.WrongState, ("not now",), 400, 1006),
    (errors.NotSupported, ("never",), 400, 1006),
    (errors.ProviderRefused, ("no", 403), 400, 1006),
    (errors.ListChanged, (), 400, 1006),
    (errors.LimitReached, ("shares", 1), 400, 1007),
    (errors.TooLarge, (10,), 413, 1001),
    (errors.Braked, (1.5,), 429, 971),
    (errors.AlreadyThere, ("there",), 409, 1005),
    (errors.AlreadyMember, ("there",), 409, 1005),
    (errors.KeyReused, ("used",), 409, 1005),
    (errors.Taken, ("rule",), 409, 1005),
    (errors.NotMember, (1,), 409, 1005),
    (errors.OwnersPlace, ("the owner", "name"), 400, 1001),
    (errors.LinkShut, ("shut",), 403, 9109),
    (errors.CodeNeeded, ("code",), 403, 9109),
    (errors.Unavailable, ("away",), 503, 1000),
    (errors.ProviderUnknown, ("nobody",), 503, 1000),
    (errors.ProviderAway, ("away",), 503, 1000),
    (refusals.NoRoute, (), 404, 7000),
    (refusals.NoMethod, ("PATCH", ("GET",)), 405, 7001),
    (refusals.MalformedId, ("/x",), 400, 7003),
    (refusals.BadHeader, ("Idempotency-Key", "bad"), 400, 6003),
    (refusals.BadQuery, ("page", "bad"), 400, 1002),
    (refusals.BadBody, ("bad", "name"), 400, 1001),
    (refusals.TooLarge, (10,), 413, 1001),
    (refusals.TooSlow, (30.0,), 408, 1001),
    (LookupError, ("secret",), 500, 1000),
    (errors.PolyshareError, ("secret",), 500, 1000),
]


def refused(error):
    nowhere: Any = None  # errors are told without a house
    call = Call({"query_string": b"", "headers": []}, nowhere)
    fault = told(DIALECT.errors, error)
    answer = DIALECT.refuse(call, fault, error)
    return answer, json.loads(answer.body)


def leaves(kind):
    below = kind.__subclasses__()
    return {leaf for one in below for leaf in leaves(one)} if below else {kind}


@pytest.mark.parametrize(("kind", "made_of", "status", "code"), TOLD)
def test_every_error_has_its_status_and_code(kind, made_of, status, code):
    answer, said = refused(kind(*made_of))

    assert answer.status == status
    assert [item["code"] for item in said["errors"]] == [code]
    assert (said["success"], said["messages"], said["result"]) == (False, [], None)


def test_no_leaf_of_the_tree_is_left_to_chance():
    known = {kind for kind, *_ in TOLD}
    roots = leaves(errors.PolyshareError)

    assert {leaf for leaf in roots if leaf.__module__ in (errors.__name__, refusals.__name__)} <= known


def test_what_is_ours_is_not_explained():
    for error in (LookupError("secret"), errors.PolyshareError("secret")):
        assert refused(error)[1]["errors"][0]["message"] == "Internal Server Error"


@pytest.mark.parametrize(
    "error", [errors.AlreadyThere("there"), errors.KeyReused("used"), errors.Taken("rule")]
)
def test_a_conflict_asks_not_to_be_tried_again(error):
    assert (b"x-should-retry", b"false") in refused(error)[0].headers


def test_who_comes_too_early_is_told_when_to_come_again():
    assert (b"retry-after", b"1") in refused(errors.Unavailable("away"))[0].headers
    assert (b"retry-after", b"2") in refused(errors.Braked(1.5))[0].headers


def test_a_method_that_is_not_there_names_those_that_are():
    assert (b"allow", b"GET, PUT") in refused(refusals.NoMethod("PATCH", ("GET", "PUT")))[0].headers


@pytest.mark.parametrize(
    ("header", "code"), [("Authorization", 6111), ("X-Auth-Email", 6102), ("X-Auth-Key", 6103)]
)
def test_a_malformed_credential_says_which_header_behind_it(header, code):
    item = refused(errors.MalformedCredential(header, f"Invalid format for {header} header"))[1]["errors"][0]

    assert item["message"] == "Invalid request headers"
    assert item["error_chain"] == [{"code": code, "message": f"Invalid format for {header} header"}]


def test_errors_point_at_the_body_or_name_the_parameter():
    def pointer(error):
        return refused(error)[1]["errors"][0]["source"]["pointer"]

    assert pointer(errors.Invalid("bad", "resources", 0, "meta")) == "/resources/0/meta"
    assert pointer(refusals.BadBody("bad", 1, "a/b")) == "/1/a~1b"
    assert pointer(refusals.BadQuery("per_page", "bad")) == "per_page"


@pytest.mark.parametrize("route", DIALECT.routes, ids=lambda route: f"{route.method} {route.template}")
@pytest.mark.parametrize("prefix", ["", "/client/v4"])
def test_every_call_is_reached_under_both_prefixes(route, prefix):
    table = Table(DIALECT.prefixes, DIALECT.routes, DIALECT.is_id)
    path = prefix + route.template.replace("{", "").replace("}", "")

    found, ids = table.find({"path": path, "method": route.method, "raw_path": path.encode()})

    assert found is route
    assert all(name == value for name, value in ids.items())
