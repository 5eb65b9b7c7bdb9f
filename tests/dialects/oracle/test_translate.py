"""Oracle's words and ours: what is taken, what is refused, and what goes out."""

import pytest

from polyshare.dialects.base.refusals import BadQuery
from polyshare.dialects.oracle import wire
from polyshare.dialects.oracle.translate import inward, outward
from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.members import MemberSeen, Outcome
from polyshare.domain.metadata import FieldType, MetadataField
from polyshare.domain.nodes import NodeOrder
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind, Principal, Status

TAIL = "0123456789ABCDEF0123"
SPELLING = outward.Spelling(TAIL, {2: "U-FIXED"})


def member(id_=1, kind=Kind.USER, status=Status.ACTIVE):
    return MemberSeen(
        Principal(id_, kind, "x", "Somebody", status, None),
        "" if kind is Kind.GROUP else "some",
        Permission.VIEW,
    )


@pytest.mark.parametrize(
    ("text", "permission"),
    [
        ("viewer", Permission.VIEW),
        (" DownLoader ", Permission.DOWNLOAD),
        ("contributor", Permission.EDIT),
        ("MANAGER", Permission.MANAGE),
    ],
)
def test_a_role_is_taken_in_any_case(text, permission):
    assert inward.role_in(text) is permission


@pytest.mark.parametrize("text", [None, "", " ", "owner", "viewer,manager"])
def test_no_other_role_is_taken(text):
    with pytest.raises(Invalid):
        inward.role_in(text)


def test_ids_are_parted_by_commas_and_trimmed():
    assert inward.ids_in(" a ,,b, ", "userID", many=True) == ["a", "b"]


@pytest.mark.parametrize(("text", "many"), [(None, True), (" , ", True), ("a,b", False), ("a," * 1001, True)])
def test_ids_that_are_missing_or_too_many_are_refused(text, many):
    with pytest.raises(Invalid):
        inward.ids_in(text, "userID", many=many)


@pytest.mark.parametrize(
    ("text", "flag"),
    [("true", True), ("1", True), ("FALSE", False), ("0", False), (None, False), ("", False)],
)
def test_flags_are_words_or_digits(text, flag):
    assert inward.flag_in(text, "currentOnly") is flag


def test_a_flag_that_is_none_is_refused():
    with pytest.raises(Invalid):
        inward.flag_in("maybe", "currentOnly")


def test_a_page_is_read_with_its_defaults():
    page = inward.page_in({}, inward.IN_FOLDERS, 50)

    assert (page.limit, page.offset, page.order, page.descending) == (50, 0, NodeOrder.NAME, False)


def test_a_page_is_sorted_as_asked():
    page = inward.page_in({"orderby": "lastModifiedDate:DESC", "limit": "20000"}, inward.IN_SEARCHES, 20)

    assert (page.limit, page.order, page.descending) == (10_000, NodeOrder.MODIFIED, True)


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "²"}, {"offset": "-1"}, {"orderby": "size"}, {"orderby": "name:up"}]
)
def test_a_page_that_is_none_is_refused(query):
    with pytest.raises(BadQuery):
        inward.page_in(query, inward.IN_FOLDERS, 50)


@pytest.mark.parametrize(
    ("fulltext", "querytext", "words"),
    [
        ("a b", None, "a b"),
        (None, "name<contains>`plan b`", "plan b"),
        (" ", "fName <matches> plan*", "plan"),
    ],
)
def test_words_to_search_for_come_in_two_forms(fulltext, querytext, words):
    assert inward.words_in(fulltext, querytext) == words


@pytest.mark.parametrize(
    "querytext", [None, "", "size<contains>1", "name=plan", "name<near>x", "name<contains>`*`"]
)
def test_other_conditions_are_refused(querytext):
    with pytest.raises(BadQuery):
        inward.words_in(None, querytext)


@pytest.mark.parametrize("text", ["1970-01-01T00:00:10", "1970-01-01T00:00:10Z"])
def test_a_moment_is_in_utc(text):
    assert inward.moment_in(text, "expirationTime") == 10_000_000
    assert outward.time_out(10_000_000) == "1970-01-01T00:00:10Z"


@pytest.mark.parametrize(
    "text", ["tomorrow", "2026-02-30T00:00:00", "2026-01-01", "2026-01-01T00:00:00+01:00"]
)
def test_a_moment_that_is_none_is_refused(text):
    with pytest.raises(Invalid):
        inward.moment_in(text, "expirationTime")


def test_values_name_their_collection_once_or_each():
    assert inward.values_in({"collection": "A", "x": 1, "y": True}) == [("A", "x", "1"), ("A", "y", "true")]
    assert inward.values_in({"Personal.A.x": None}) == [("Personal.A", "x", "")]


@pytest.mark.parametrize("sent", [{}, {"collection": "A"}, {"x": "1"}, {"A.x": ["1"]}])
def test_values_without_collection_or_text_are_refused(sent):
    with pytest.raises(Invalid):
        inward.values_in(sent)


def test_fields_said_one_by_one_take_the_place_of_names():
    said = [wire.FieldInput(fieldName="x", fieldType="Date", isEnabled="0")]

    assert inward.fields_in("a,b", said, "fields") == [MetadataField("x", FieldType.DATE, enabled=False)]
    assert inward.fields_in("a, b,", [], "fields") == [MetadataField("a"), MetadataField("b")]


def test_a_group_has_neither_login_nor_status():
    out = outward.member_out(member(kind=Kind.GROUP), SPELLING, status=True)

    assert (out.type, out.id[0], len(out.id)) == ("group", "G", 36)
    assert not isinstance(out.loginName, str)
    assert not isinstance(out.provisioningStatus, str)


def test_an_id_that_somebody_fixed_is_shown():
    assert outward.member_out(member(2), SPELLING).id == "U-FIXED"
    assert outward.member_out(member(1), SPELLING).id.endswith(TAIL[:12])


@pytest.mark.parametrize("status", list(Status))
def test_what_came_of_each_names_its_status(status):
    out = outward.outcome_out("SOME", Outcome(member(status=status)))

    assert (out.id, out.isSuccessful, out.provisioningStatus) == ("SOME", "1", status.value)


def test_who_is_unknown_is_shown_by_what_was_sent():
    out = outward.outcome_out("nobody", Outcome(None, NotFound("user")))

    assert (out.displayName, out.id, out.isSuccessful, out.type) == ("nobody", "nobody", "0", "user")
