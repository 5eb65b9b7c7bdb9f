"""Every error has an answer in the table of the Documents API, and every call of its table can be reached."""

import json
from typing import Any

import pytest

from polyshare.dialects.base import downloads, refusals
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.dialect import told
from polyshare.dialects.base.routing import Table
from polyshare.dialects.oracle import DIALECT
from polyshare.domain import errors

LACKING = "!csCloudItemInsufficientPrivileges"

# class, what it is made of, status, code, key
TOLD = [
    (errors.NotFound, ("item",), 404, "-16", "!csItemNotFound"),
    (errors.NotFound, ("user",), 400, "-16", "!csUserNotFound"),
    (errors.Hidden, ("item",), 403, "-20", LACKING),
    (errors.NoCredential, ("none",), 401, "-21", "!csLoginRequired"),
    (errors.MalformedCredential, ("Authorization", "bad"), 401, "-21", "!csLoginRequired"),
    (errors.UnknownCredential, ("token",), 401, "-21", "!csLoginRequired"),
    (errors.LinkShut, ("shut",), 403, "-20", LACKING),
    (errors.CodeNeeded, ("code",), 403, "-18", "!csAccessCodeRequiredForLinkAccess"),
    (errors.ClosedTo, ("closed",), 403, "-20", LACKING),
    (errors.ReadOnly, ("read only",), 403, "-20", LACKING),
    (errors.Insufficient, (1, "lacking"), 403, "-20", LACKING),
    (errors.NotYours, ("not yours",), 403, "-20", LACKING),
    (errors.NoAllocation, ("none",), 403, "-20", LACKING),
    (errors.OwnersPlace, ("owner",), 400, "-1", "!csOwnerCannotBeMember"),
    (errors.Invalid, ("bad", "role"), 400, "-32", "!csInvalidParameter"),
    (errors.WrongState, ("not now",), 400, "-32", "!csInvalidParameter"),
    (errors.NotSupported, ("never",), 400, "-32", "!csInvalidParameter"),
    (errors.ProviderRefused, ("no", 403), 400, "-32", "!csInvalidParameter"),
    (errors.ListChanged, (), 400, "-32", "!csInvalidParameter"),
    (errors.LimitReached, ("folders", 1), 400, "-32", "!csLimitReached"),
    (errors.TooLarge, (1,), 413, "-32", "!csTooLarge"),
    (errors.Braked, (3.0,), 429, "-32", "!csTooManyRequests"),
    (errors.AlreadyThere, ("there",), 400, "-17", "!csItemAlreadyExists"),
    (errors.AlreadyMember, ("there",), 400, "-17", "!csFolderAlreadyShared"),
    (errors.NotMember, (1,), 400, "-16", "!csUserHasNotBeenShared"),
    (errors.KeyReused, ("used",), 409, "-32", "!csInvalidParameter"),
    (errors.Taken, ("rule",), 400, "-17", "!csItemAlreadyExists"),
    (errors.Unavailable, ("away",), 503, "-1", "!csServiceUnavailable"),
    (errors.ProviderUnknown, ("nobody",), 503, "-1", "!csServiceUnavailable"),
    (errors.ProviderAway, ("away",), 503, "-1", "!csServiceUnavailable"),
    (refusals.NoRoute, (), 404, "-16", "!csServiceNotFound"),
    (refusals.NoMethod, ("PATCH", ("GET",)), 405, "-32", "!csMethodNotAllowed"),
    (refusals.MalformedId, ("/x",), 400, "-32", "!csInvalidParameter"),
    (refusals.BadHeader, ("Idempotency-Key", "bad"), 400, "-32", "!csInvalidParameter"),
    (refusals.BadQuery, ("limit", "bad"), 400, "-32", "!csInvalidParameter"),
    (refusals.BadBody, ("bad", "role"), 400, "-32", "!csInvalidParameter"),
    (refusals.TooLarge, (10,), 413, "-32", "!csTooLarge"),
    (refusals.TooSlow, (30.0,), 408, "-32", "!csRequestTimeout"),
    (downloads.Unmet, ("x",), 412, "-32", "!csPreconditionFailed"),
    (downloads.NoSuchRange, (6,), 416, "-32", "!csRangeNotSatisfiable"),
    (LookupError, ("secret",), 500, "-1", "!csInternalError"),
    (errors.PolyshareError, ("secret",), 500, "-1", "!csInternalError"),
]


def refused(error):
    nowhere: Any = None  # errors are told without a house
    call = Call({"query_string": b"", "headers": []}, nowhere)
    answer = DIALECT.refuse(call, told(DIALECT.errors, error), error)
    return answer, json.loads(answer.body)


def leaves(kind):
    below = kind.__subclasses__()
    return {leaf for one in below for leaf in leaves(one)} if below else {kind}


@pytest.mark.parametrize(("kind", "made_of", "status", "code", "key"), TOLD)
def test_every_error_has_its_status_code_and_key(kind, made_of, status, code, key):
    answer, said = refused(kind(*made_of))

    assert answer.status == status
    assert (said["errorCode"], key in said["errorKey"]) == (code, True)
    assert all(isinstance(value, str) for value in said.values())
    assert said["title"] == said["errorMessage"] != ""


def test_no_leaf_of_the_tree_is_left_to_chance():
    known = {kind for kind, *_ in TOLD}
    roots = leaves(errors.PolyshareError)

    assert {leaf for leaf in roots if leaf.__module__ in (errors.__name__, refusals.__name__)} <= known


@pytest.mark.parametrize("key", ["!csFolderAlreadyShared", "!csUserHasNotBeenShared"])
def test_nothing_stands_before_the_keys_that_clients_look_for(key):
    assert [
        refused(kind(*made_of))[1]["errorKey"] for kind, made_of, *_, told_key in TOLD if told_key == key
    ] == [key]


def test_a_hidden_item_is_told_as_lacking_rights_and_not_as_missing():
    hidden, missing = (refused(kind("item"))[1]["title"] for kind in (errors.Hidden, errors.NotFound))

    assert hidden == "You may not see this item; ask its owner to share it with you."
    assert missing == "Item not found."


def test_what_is_ours_is_not_explained():
    for error in (LookupError("secret"), errors.PolyshareError("secret")):
        assert "secret" not in refused(error)[0].body.decode()


@pytest.mark.parametrize(
    ("error", "header"),
    [
        (errors.NoCredential("x"), (b"www-authenticate", b'Basic realm="documents"')),
        (errors.Unavailable("x"), (b"retry-after", b"1")),
        (errors.Braked(7.0), (b"retry-after", b"7")),
        (refusals.NoMethod("PATCH", ("GET", "PUT")), (b"allow", b"GET, PUT")),
        (downloads.NoSuchRange(6), (b"content-range", b"bytes */6")),
    ],
)
def test_headers_say_what_to_do(error, header):
    assert header in refused(error)[0].headers


@pytest.mark.parametrize("route", DIALECT.routes, ids=lambda route: f"{route.method} {route.template}")
def test_every_call_is_reached(route):
    table = Table(DIALECT.prefixes, DIALECT.routes, DIALECT.is_id)
    path = route.template.replace("{", "").replace("}", "")

    for spelled in (path, f"{path}/"):
        found, ids = table.find({"path": spelled, "method": route.method, "raw_path": spelled.encode()})
        assert found is route
        assert all(name == value for name, value in ids.items())
