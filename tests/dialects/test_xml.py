"""Bodies in XML and JSON, read alike; answers in XML that every reader takes, whatever people wrote."""

import contextlib
import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType

from polyshare.dialects.base import markup
from polyshare.dialects.base.bodies import Whole
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.lenient import Lenient, form, in_query
from polyshare.dialects.base.refusals import BadBody, BadQuery


class Person(Struct, rename="camel"):
    """Somebody in a body."""

    login_name: str
    age: Whole = 0


class Asked(Struct, rename={"user_id": "userID"}):
    """What a call of a made-up vendor takes."""

    user_id: str
    role: str | None = None
    message: str | UnsetType = UNSET
    current_only: bool = False
    count: Whole = 0
    ids: list[str] = []
    people: list[Person] = []
    owner: Person | None = None


READ: Lenient[Asked] = Lenient(Asked, ("userID", "message", "current_only"))


def a_call(body=b"", query=b""):
    call = Call({"query_string": query, "headers": []}, None)
    call.body = body
    return call


def read(body=b"", query=b""):
    return READ(a_call(body, query))


def item_name(name):
    return {"items": "item", "members": "member"}.get(name, "entry")


# Names that an element can have, and texts that XML can say and that nobody trims.
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
sayable = st.text(
    st.characters(exclude_characters="\ufffe\uffff").filter(
        lambda char: (char >= " " and not "\ud800" <= char <= "\udfff") or char in "\t\n\r"
    ),
    max_size=20,
).map(str.strip)
anything = st.text(st.characters(), max_size=30)
values = st.recursive(
    sayable, lambda inner: st.dictionaries(names, inner, min_size=1, max_size=4), max_leaves=12
)


# Answers


@given(st.dictionaries(names, values, min_size=1, max_size=4))
def test_what_is_written_is_read_again(value):
    assert markup.read(markup.write("root", value, item_name)) == value


@given(anything, anything)
def test_any_text_and_name_make_a_document_that_another_reader_takes(name, text):
    document = markup.write("root", {"text": text, "name": {name: text}, "items": [text, text]}, item_name)

    root = ElementTree.fromstring(document)  # noqa: S314 - what we wrote ourselves

    said = root.findtext("text")
    assert [said] * 2 == [item.text or "" for item in root.findall("items/item")]
    assert (said or "") == "".join(
        char
        for char in text
        if char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
    )


def test_an_answer_looks_as_its_vendor_says():
    value = {
        "errorCode": "0",
        "items": [{"id": "1", "none": None}, {"id": "<&>"}],
        "members": [],
        "flag": True,
        "size": 39,
        "user": Person("ann"),
        "missing": None,
    }

    assert markup.write("share", value, item_name).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<share><errorCode>0</errorCode>'
        "<items><item><id>1</id></item><item><id>&lt;&amp;&gt;</id></item></items><members></members>"
        "<flag>true</flag><size>39</size><user><loginName>ann</loginName><age>0</age></user></share>"
    )


def test_a_name_that_no_element_can_have_becomes_an_attribute():
    assert b'<field name="a &quot;b&quot;&lt;">1</field>' in markup.write("r", {'a "b"<': "1"}, item_name)


# Bodies: the same in both


@pytest.mark.parametrize(
    "body",
    [
        b'{"userID": "U1", "role": "viewer"}',
        b'  \r\n\t{"userID": "U1", "role": "viewer"}\n',
        b'\xef\xbb\xbf{"userID": "U1", "role": "viewer"}',
        b'{"USERID": "U1", "Role": "viewer", "unknown": {"deep": [1]}}',
        b'{"userid": "wrong", "userID": "U1", "role": "viewer"}',
        b'{"userID": "U1", "userid": "wrong", "role": "viewer", "message": null}',
        b"<share><userID>U1</userID><role>viewer</role></share>",
        b'  \n<?xml version="1.0" encoding="UTF-8"?><!-- hi --><x><userid>\n U1 </userid><role>viewer</role></x>',
        b'\xef\xbb\xbf<?xml version="1.0"?><x><userID>U1</userID><role>viewer</role></x>\n<!-- end -->',
        b'<v:x xmlns:v="urn:x"><v:userID a="b">U1</v:userID><v:role><![CDATA[viewer]]></v:role></v:x>',
        b'<?xml version="1.0" encoding="iso-8859-1"?><x><userID>U1</userID>\xe9<role>viewer</role></x>',
    ],
)
def test_a_body_is_read_by_its_looks(body):
    assert read(body) == Asked("U1", role="viewer")


def test_numbers_and_booleans_do_for_texts_and_texts_for_them():
    said = read(b'{"userID": 12, "role": true, "message": 1.5, "current_only": "TRUE", "count": " 7 "}')

    assert said == Asked("12", role="true", message="1.5", current_only=True, count=7)
    assert read(b'{"userID": "x", "current_only": "0"}').current_only is False
    assert read(b"<x><userID>x</userID><current_only>1</current_only></x>").current_only is True


@pytest.mark.parametrize(
    "body",
    [
        b'{"userID": "x", "ids": ["a", 2], "people": [{"loginName": "ann", "AGE": "3"}], "owner": {"loginname": "bo"}}',
        b"<x><userID>x</userID><ids>a</ids><ids>2</ids><people><loginName>ann</loginName><age>3</age></people>"
        b"<owner><LOGINNAME>bo</LOGINNAME></owner></x>",
        b"<x><userID>x</userID><ids><id>a</id><id>2</id></ids>"
        b"<people><person><loginName>ann</loginName><age>3</age></person></people>"
        b"<owner><loginName>bo</loginName></owner></x>",
    ],
)
def test_lists_and_objects_are_read_however_they_are_said(body):
    assert read(body) == Asked("x", ids=["a", "2"], people=[Person("ann", 3)], owner=Person("bo"))


def test_an_empty_list_and_an_empty_text_are_told_apart_by_the_shape():
    said = read(b"<x><userID/><ids/><people></people></x>")

    assert said == Asked("")


def test_one_thing_does_for_a_list():
    assert read(b'{"userID": "x", "ids": "a"}').ids == ["a"]
    assert read(b"<x><userID>x</userID><ids>a</ids></x>").ids == ["a"]


# Query or body


@pytest.mark.parametrize(
    ("body", "query", "user", "message"),
    [
        (b'{"userID": "b", "message": "m"}', b"", "b", "m"),
        (b'{"userID": "b", "message": "m"}', b"userID=q", "q", "m"),
        (b"", b"userID=q&message=a%20b", "q", "a b"),
        (b"", b"userid=low", "low", UNSET),
        (b"", b"USERID=up&userID=q", "q", UNSET),
        (b'{"userID": "b"}', b"message=", "b", ""),
        (b"<x><userID>b</userID></x>", b"message=m", "b", "m"),
    ],
)
def test_a_parameter_is_taken_from_the_query_else_from_the_body(body, query, user, message):
    said = read(body, query)

    assert (said.user_id, said.message) == (user, message)


def test_only_what_may_stand_in_the_query_is_taken_from_there():
    assert read(b'{"userID": "b"}', b"role=manager").role is None
    assert read(b'{"userID": "b"}', b"Current_Only=true").current_only is True


def test_a_query_that_is_no_text_is_refused():
    with pytest.raises(BadQuery):
        read(b"", b"userid=%00")
    assert in_query(a_call(), "userID") is None


def test_a_reader_whose_query_names_no_field_is_refused_at_import():
    with pytest.raises(TypeError, match="user_id"):
        Lenient(Asked, ("user_id",))
    with pytest.raises(TypeError, match="struct"):
        Lenient(list[str])


# What is refused


BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %b "%b">' % (bytes([98 + at]), b"&%b;" % bytes([97 + at]) * 10) for at in range(20))
    + b"]><x><userID>&u;</userID></x>"
)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(BILLION_LAUGHS, id="billion laughs"),
        pytest.param(b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x><userID>1</userID></x>', id="outer DTD"),
        pytest.param(b"<!-- c --> <!DOCTYPE x><x><userID>1</userID></x>", id="DTD after a comment"),
        pytest.param(b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", id="outer entity"),
        pytest.param(b"<x><userID>&e;</userID></x>", id="unknown entity"),
        pytest.param(b"<?run it?><x><userID>1</userID></x>", id="instruction before"),
        pytest.param(b"<x><?run it?><userID>1</userID></x>", id="instruction inside"),
        pytest.param(b"<x><userID>1</userID></x><?run it?>", id="instruction behind"),
        pytest.param(b"<x>" * 65 + b"</x>" * 65, id="too deep"),
        pytest.param(b"<x><userID>1</userID>" + b"<i/>" * 20_000 + b"</x>", id="too many"),
        pytest.param(b"<x><userID>1</userID>", id="not closed"),
        pytest.param(b"<x><userID>1</userID></y>", id="closed by another"),
        pytest.param(b"<x><userID>1</userID></x><x/>", id="two roots"),
        pytest.param(b"<x><userID>\x00</userID></x>", id="U+0000"),
        pytest.param(b"<x><userID>&#0;</userID></x>", id="U+0000 spelled"),
        pytest.param(b"<x><userID>\xff</userID></x>", id="no UTF-8"),
        pytest.param(b'<?xml version="1.0" encoding="utf-7"?><x><userID>1</userID></x>', id="UTF-7"),
        pytest.param(b'<?xml version="1.0" encoding="nonsense"?><x><userID>1</userID></x>', id="no encoding"),
        pytest.param('<?xml version="1.0"?><x><userID>1</userID></x>'.encode("utf-16"), id="UTF-16"),
        pytest.param(b"<", id="a bracket"),
        pytest.param(b"<x/>", id="nothing in it"),
        pytest.param(b"<x>text</x>", id="text only"),
        pytest.param(b"<!--" * 50_000, id="comments never closed"),
        pytest.param(b"[" * 100_000, id="deep JSON"),
        pytest.param(b'{"userID":' * 100_000, id="deep JSON objects"),
        pytest.param(b'{"userID": ' + b"1" * 100_000 + b"}", id="a number without end"),
        pytest.param(b'{"userID": 1e999}', id="a number beyond floats"),
        pytest.param(b'{"userID": "a"', id="half"),
        pytest.param(b'{"userID": "\\ud800"}', id="a surrogate alone"),
        pytest.param(b'{"userID": "\\u0000"}', id="U+0000 in JSON"),
        pytest.param(b'{"userID": "\xff"}', id="JSON no UTF-8"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"userID=a", id="neither"),
        pytest.param(b"", id="nothing at all"),
        pytest.param(b'{"userID": {"a": 1}}', id="an object for a text"),
        pytest.param(b'{"userID": "x", "count": "many"}', id="no number"),
        pytest.param(b'{"userID": "x", "count": 99999999999999999999}', id="a number that no column holds"),
        pytest.param(b'{"userID": "x", "owner": "ann"}', id="a text for an object"),
    ],
)
def test_what_can_not_be_read_is_refused_soon(body):
    begin = time.process_time()

    with pytest.raises(BadBody):
        read(body)

    assert time.process_time() - begin < 2


def test_a_refusal_points_with_the_vendors_names():
    def where(body):
        with pytest.raises(BadBody) as caught:
            read(body)
        return caught.value.where

    assert where(b"{}") == ("userID",)
    assert where(b'{"userID": "\\u0000"}') == ("userID",)
    assert where(b'{"userID": "x", "people": [{"loginName": "a"}, {}]}') == ("people", 1, "loginName")
    assert where(b'{"userID": "x", "people": [{"loginName": "\\u0000"}]}') == ("people", 0, "loginName")


def test_sixty_four_deep_is_not_too_deep():
    body = b"<x><userID>1</userID>" + b"<d>" * 63 + b"</d>" * 63 + b"</x>"

    assert read(body) == Asked("1")


@given(st.binary(max_size=60).map(lambda tail: b"<" + tail))
def test_no_bytes_break_the_reader_of_xml(body):
    with contextlib.suppress(BadBody):
        assert isinstance(markup.read(body), dict)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(body):
    with contextlib.suppress(BadBody):
        assert isinstance(read(body), Asked)


# Forms


def test_a_plain_form_has_its_last_values():
    call = a_call(b"grant_type=password&username=a%2Bb+c&password=%C3%A9&username=ann&scope=")

    assert form(call) == {"grant_type": "password", "username": "ann", "password": "é", "scope": ""}
    assert form(a_call()) == {}
    for body in (b"a=%ff", b"a=%00", b"%00=a"):
        with pytest.raises(BadBody):
            form(a_call(body))
