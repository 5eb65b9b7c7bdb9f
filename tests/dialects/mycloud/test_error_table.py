"""Every error has an answer in each of the three tables, and no call can be reached that is not in the table of calls."""

import json
from typing import Any

import pytest

from polyshare.dialects.base import refusals
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.dialect import told
from polyshare.dialects.mycloud import DIALECT
from polyshare.dialects.mycloud.errors import Parameter, ParameterList, Scopeless
from polyshare.domain import errors

SHORT, LIST, STRANGE = (
    "GENERAL_INSUFFICIENT_PARAMETERS",
    "GENERAL_INVALID_PARAMETER_LIST",
    "GENERAL_INVALID_TOKEN",
)
CLOUD, ON_DEVICE, AT_SIGN_IN = "/v1/shares", "/device-id/sdk/v2/files/x", "/authrouter/userinfo"

# class, what it is made of; status and code as the cloud services, devices, and the token service tell it
TOLD = [
    (errors.NotFound, ("share",), (404, "SHARE_NOT_FOUND"), (404, "notFound"), (404, "not_found")),
    (errors.NotFound, ("item",), (404, "GENERAL_NOT_FOUND"), (404, "notFound"), (404, "not_found")),
    (errors.NotFound, ("device",), (404, "DEVICE_NOT_FOUND"), (404, "notFound"), (404, "not_found")),
    (errors.Hidden, ("item",), (404, "GENERAL_NOT_FOUND"), (404, "notFound"), (404, "not_found")),
    (errors.NoCredential, ("none",), (400, SHORT), (401, "unauthenticated"), (401, "unauthorized")),
    (errors.MalformedCredential, ("a", "b"), (401, STRANGE), (401, "unauthenticated"), (401, "unauthorized")),
    (errors.UnknownCredential, ("jwt",), (401, STRANGE), (401, "unauthenticated"), (401, "unauthorized")),
    (errors.LinkShut, ("shut",), (401, STRANGE), (404, "notFound"), (403, "access_denied")),
    (errors.CodeNeeded, ("code",), (401, STRANGE), (404, "notFound"), (403, "access_denied")),
    (errors.ClosedTo, ("closed",), (401, STRANGE), (404, "notFound"), (403, "access_denied")),
    (errors.ReadOnly, ("read only",), (401, STRANGE), (404, "notFound"), (403, "access_denied")),
    (
        errors.Insufficient,
        (1, "lacking"),
        (404, "GENERAL_NOT_FOUND"),
        (404, "notFound"),
        (403, "access_denied"),
    ),
    (errors.NotYours, ("x",), (400, "SHARES_AUTH_OWNER_MISMATCH"), (404, "notFound"), (403, "access_denied")),
    (Scopeless, ("x",), (401, STRANGE), (403, "unauthorized"), (403, "access_denied")),
    (errors.NoAllocation, ("none",), (401, STRANGE), (404, "notFound"), (403, "access_denied")),
    (errors.OwnersPlace, ("owner",), (400, SHORT), (400, "invalidArgument"), (400, "invalid_request")),
    (errors.Invalid, ("bad", "x"), (400, SHORT), (400, "invalidArgument"), (400, "invalid_request")),
    (errors.WrongState, ("not now",), (400, SHORT), (400, "invalidArgument"), (400, "invalid_request")),
    (errors.NotSupported, ("never",), (400, SHORT), (400, "invalidArgument"), (400, "invalid_request")),
    (errors.ProviderRefused, ("no", 403), (400, SHORT), (400, "invalidArgument"), (400, "invalid_request")),
    (errors.ListChanged, (), (400, SHORT), (400, "invalidArgument"), (400, "invalid_request")),
    (errors.LimitReached, ("x", 1), (400, SHORT), (400, "invalidArgument"), (400, "invalid_request")),
    (errors.TooLarge, (1,), (413, SHORT), (413, "invalidArgument"), (400, "invalid_request")),
    (
        errors.Braked,
        (3.0,),
        (429, "GENERAL_TOO_MANY_REQUESTS"),
        (429, "tooManyRequests"),
        (429, "too_many_attempts"),
    ),
    (errors.AlreadyThere, ("x",), (409, "GENERAL_CONFLICT"), (409, "conflict"), (409, "invalid_request")),
    (errors.AlreadyMember, ("x",), (409, "GENERAL_CONFLICT"), (409, "conflict"), (409, "invalid_request")),
    (errors.NotMember, (1,), (409, "GENERAL_CONFLICT"), (409, "conflict"), (409, "invalid_request")),
    (errors.KeyReused, ("x",), (409, "GENERAL_CONFLICT"), (409, "conflict"), (409, "invalid_request")),
    (errors.Taken, ("x",), (409, "GENERAL_CONFLICT"), (409, "conflict"), (409, "invalid_request")),
    (
        errors.Unavailable,
        ("x",),
        (500, "GENERAL_UNKNOWN"),
        (503, "unavailable"),
        (503, "temporarily_unavailable"),
    ),
    (
        errors.ProviderUnknown,
        ("x",),
        (500, "GENERAL_UNKNOWN"),
        (503, "unavailable"),
        (503, "temporarily_unavailable"),
    ),
    (
        errors.ProviderAway,
        ("x",),
        (500, "GENERAL_UNKNOWN"),
        (503, "unavailable"),
        (503, "temporarily_unavailable"),
    ),
    (refusals.NoRoute, (), (404, "GENERAL_NOT_FOUND"), (404, "notFound"), (404, "not_found")),
    (refusals.MalformedId, ("/x",), (404, "SHARE_NOT_FOUND"), (404, "notFound"), (400, "invalid_request")),
    (
        refusals.NoMethod,
        ("PUT", ("GET",)),
        (405, "GENERAL_METHOD_NOT_ALLOWED"),
        (405, "methodNotAllowed"),
        (405, "method_not_allowed"),
    ),
    (refusals.BadHeader, ("a", "b"), (400, SHORT), (400, "invalidArgument"), (400, "invalid_request")),
    (refusals.BadQuery, ("a", "b"), (400, SHORT), (400, "invalidArgument"), (400, "invalid_request")),
    (refusals.BadBody, ("a",), (400, SHORT), (400, "invalidArgument"), (400, "invalid_request")),
    (Parameter, ("a",), (400, SHORT), (400, "invalidArgument"), (400, "invalid_request")),
    (ParameterList, ("a",), (400, LIST), (400, "invalidArgument"), (400, "invalid_request")),
    (refusals.TooLarge, (10,), (413, SHORT), (413, "invalidArgument"), (413, "invalid_request")),
    (refusals.TooSlow, (30.0,), (408, SHORT), (408, "timeout"), (408, "invalid_request")),
    (LookupError, ("secret",), (500, "GENERAL_UNKNOWN"), (500, "internal"), (500, "server_error")),
    (errors.PolyshareError, ("secret",), (500, "GENERAL_UNKNOWN"), (500, "internal"), (500, "server_error")),
]


def refused(error, path, method="GET"):
    """The answer to an error of a call for that path."""
    nowhere: Any = None  # errors are told without a house
    call = Call({"path": path, "method": method, "query_string": b"", "headers": []}, nowhere)
    return DIALECT.refuse(call, told(DIALECT.errors, error), error)


def leaves(kind):
    """The classes at the ends of a tree."""
    below = kind.__subclasses__()
    return {leaf for one in below for leaf in leaves(one)} if below else {kind}


@pytest.mark.parametrize(("kind", "made_of", "cloud", "device", "sign_in"), TOLD)
def test_every_error_is_told_as_each_service_does(kind, made_of, cloud, device, sign_in):
    error = kind(*made_of)
    answers = [refused(error, path) for path in (CLOUD, ON_DEVICE, AT_SIGN_IN)]
    in_cloud, on_device, at_sign_in = (json.loads(answer.body) for answer in answers)

    assert (answers[0].status, in_cloud["error"]["label"]) == cloud
    assert in_cloud["data"] is None
    assert in_cloud["error"]["message"] == in_cloud["message"]
    assert in_cloud["message"].startswith(f"{cloud[0]} ")
    assert (answers[1].status, on_device["key"]) == device
    assert (answers[2].status, at_sign_in["error"]) == sign_in
    assert not any(b"secret" in answer.body for answer in answers)


def test_no_leaf_of_the_tree_is_left_to_chance():
    known = {kind for kind, *_ in TOLD}
    roots = leaves(errors.PolyshareError)

    ours = (errors.__name__, refusals.__name__, Parameter.__module__)
    assert {leaf for leaf in roots if leaf.__module__ in ours} <= known


@pytest.mark.parametrize(
    ("error", "path", "header"),
    [
        (errors.UnknownCredential("jwt"), CLOUD, (b"www-authenticate", b"Bearer")),
        (errors.Unavailable("x"), ON_DEVICE, (b"retry-after", b"1")),
        (errors.Braked(7.0), CLOUD, (b"retry-after", b"7")),
        (refusals.NoMethod("PATCH", ("GET", "PUT")), CLOUD, (b"allow", b"GET, OPTIONS, PUT")),
    ],
)
def test_headers_say_what_to_do(error, path, header):
    assert header in refused(error, path).headers
