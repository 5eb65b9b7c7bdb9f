"""Whatever is sent, the answer says what was wrong with it, and nothing is our fault."""

import json

import pytest

from tests.dialects.ucloud.desk import PRODUCT, SOURCE, refused
from tests.dialects.ucloud.sharing import BASE, ids, one, spec

BODIES = ["", "/approve", "/reject", "/permissions", "/updatePermissions", "/updateAcl", "/search"]
SHAPES = ["", " ", "null", "[]", '"text"', "5", "{", "{}", '{"items":null}', '{"items":{}}', '{"items":[]}']
SHAPES += [
    '{"items":[null]}',
    '{"items":[5]}',
    '{"items":[[]]}',
    '{"items":[{}]}',
    "\xff",
    "[" * 5000,
    "{}{}",
    "NaN",
]


@pytest.mark.behaviour("ucloud", 4)
@pytest.mark.parametrize("sent", SHAPES)
@pytest.mark.parametrize("path", BODIES)
async def test_a_body_of_another_shape_is_refused(desk, path, sent):
    body = sent.encode("latin-1")

    refused(await desk.alice.call("POST", BASE + path, body), 400)
    if path == "":
        refused(await desk.alice.call("DELETE", BASE, body), 400)


@pytest.mark.parametrize("sent", ["null", "[]", '"text"', "5", "{", "\xff"])
async def test_to_announce_oneself_takes_an_object_or_nothing(desk, sent):
    refused(await desk.alice.call("POST", f"{BASE}/init", sent.encode("latin-1")), 400)


@pytest.mark.behaviour("ucloud", 4)
@pytest.mark.parametrize("name", ["sharedWith", "sourceFilePath", "permissions", "product"])
@pytest.mark.parametrize(
    "value", ["left out", None, 5, True, [5], {"x": 1}, [None], ["NONE"], "\0", [["READ"]]]
)
async def test_each_property_of_what_is_offered_is_needed_and_of_its_type(desk, name, value):
    asked = spec()
    asked[name] = value
    if value == "left out":
        del asked[name]

    refused(await desk.alice.bulk(BASE, asked), 400)


@pytest.mark.parametrize("name", ["id", "category", "provider"])
@pytest.mark.parametrize("value", ["left out", None, 5, [], "a\0"])
async def test_a_product_is_named_by_three_texts(desk, name, value):
    product = PRODUCT | {name: value}
    if value == "left out":
        del product[name]

    refused(await desk.alice.bulk(BASE, spec(product=product)), 400)


@pytest.mark.parametrize("value", ["left out", None, 5, [], {}, "\0", True])
@pytest.mark.parametrize("path", ["/approve", "/reject", "/permissions", ""])
async def test_a_share_is_named_by_a_text(desk, path, value):
    item = {"permissions": ["READ"]} | ({} if value == "left out" else {"id": value})

    refused(await desk.alice.call("DELETE" if path == "" else "POST", BASE + path, {"items": [item]}), 400)


@pytest.mark.parametrize(
    "id_", ["x", "", "-1", "1.5", "0", "1e3", "9" * 400, str(2**63), "\u0661", "😀", "a/b", " 1"]
)
async def test_an_id_that_is_none_is_as_one_that_is_not_there(desk, id_):
    unseen = refused(await desk.alice.bulk(f"{BASE}/approve", {"id": "999999999"}), 403)

    for path in ("approve", "reject"):
        assert unseen == refused(await desk.alice.bulk(f"{BASE}/{path}", {"id": id_}), 403)
    assert unseen == refused(await desk.alice.delete(BASE, {"items": [{"id": id_}]}), 403)
    assert unseen == refused(
        await desk.alice.bulk(f"{BASE}/permissions", {"id": id_, "permissions": ["READ"]}), 403
    )
    assert await ids(desk.alice, filterIds=id_.replace("", "") or "x") == []
    refused(await desk.alice.get(f"{BASE}/retrieve", id=id_), 404 if id_ else 400)


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udfff\\ud800"'])
async def test_half_a_letter_is_refused_or_matches_nothing(desk, text):
    body = json.dumps({"items": [spec("TEXT")]}).replace('"TEXT"', text)

    answer = await desk.alice.call("POST", BASE, body)

    assert answer.status_code in (400, 403), answer.text
    assert (await desk.alice.call("POST", f"{BASE}/search", f'{{"query":{text}}}')).status_code in (200, 400)


@pytest.mark.parametrize("query", ["%FF", "a%00b", "%ED%A0%80"])
async def test_a_query_that_is_no_text_is_refused(desk, query):
    for name in ("filterCreatedBy", "filterOriginalPath", "filterIds", "sortBy", "next"):
        refused(await desk.alice.get(f"{BASE}/browse?{name}={query}"), 400)


async def test_very_long_values_are_looked_for_and_not_found(desk):
    await one(desk.alice)
    long = "x" * 4000

    for name in ("filterCreatedBy", "filterOriginalPath", "filterProviderIds", "filterIds", "filterProvider"):
        assert await ids(desk.alice, **{name: long}) == []
    refused(await desk.alice.bulk(BASE, spec(long)), 403)
    refused(await desk.alice.bulk(BASE, spec(path=f"{SOURCE}/{long}")), 400)
    refused(await desk.alice.bulk(BASE, spec(path="/5123" + "/x" * 2000)), 400)


async def test_a_filter_may_name_as_many_ids_as_there_is_room_for(desk):
    share = await one(desk.alice)

    assert await ids(desk.alice, filterIds=",".join([*map(str, range(3000)), share])) == [share]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/shares"),
        ("PUT", "/api/shares"),
        ("PATCH", "/api/shares/browse"),
        ("POST", "/api/shares/browse"),
        ("GET", "/api/shares/approve"),
        ("DELETE", "/api/shares/approve"),
        ("GET", "/api/shares/unknown"),
        ("POST", "/api/shares/unknown"),
        ("GET", "/api/shares/retrieve/1"),
        ("GET", "/api"),
        ("GET", "/api/Shares/browse"),
        ("GET", "/api/shares/%00"),
        ("GET", "/api/shares/%FF"),
    ],
)
async def test_a_call_that_there_is_not_is_told_as_every_failure(desk, method, path):
    refused(await desk.alice.call(method, path), 404)


@pytest.mark.parametrize("path", ["/api/shares/browse", "/api/shares/unknown"])
async def test_strangers_learn_nothing(desk, path):
    refused(await desk.nobody.get(path), 401)
