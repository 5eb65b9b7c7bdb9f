"""Lists of folders shared with one user: what stands in them, in which order, by which filters, stretch by stretch."""

import pytest

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.folder_shares import FolderOrder, FolderShareFilter
from polyshare.domain.permissions import Permission
from polyshare.domain.products import OURS, ProductRef
from polyshare.domain.views import Sorting, Window
from polyshare.engine.grants import shelving
from polyshare.engine.sharing import surveying
from polyshare.store.shares.folder_shares import mark_of
from polyshare.store.statements import statement
from tests.store.folders import a_drive, a_user, add, folders, shares

ALICE, BOB, CAROL = 1, 2, 3
HOME, SHARED = 10, 7
ALL = FolderShareFilter()
REFUSE = statement(
    "refuse", "update share_grant set consent = 'refused', delivery = 'withdrawn' where share in :shares[]"
)
GIVE = statement("give", "update share_grant set permissions = :permissions where share = :share")
NAMED = statement(
    "named", "update share_grant set provider_ref = :ref, location = :location where share = :share"
)
OF_PRODUCT = statement("of product", "update share set product = :product where id = :share")
NO_TRIGRAMS = statement(
    "no trigrams",
    "{sqlite: select 1}{postgres: drop index folder_share_by_words}",
)


class Lists:
    """A house with people, a drive of Alice's and folders in it, and lists asked for in short words."""

    def __init__(self, house):
        self.house = house
        self.nodes = {}

    async def fill(self):
        async def job(work):
            for id_, login in ((ALICE, "alice"), (BOB, "bob"), (CAROL, "carol")):
                await a_user(work.rows, id_, login)
            await a_drive(work.rows, SHARED, ALICE, HOME)

        await self.house.write(None, job)

    async def folder(self, name, parent=HOME):
        id_ = 1000 + len(self.nodes)
        self.nodes[name] = id_
        await self.house.write(None, lambda work: folders(work.rows, SHARED, [(id_, parent, name)]))
        return id_

    async def share(self, *each, owner=ALICE, **how):
        """Shares given as (id, name of folder or its path, recipient)."""
        given = [(id_, owner, self.nodes.get(name, name), who) for id_, name, who in each]

        async def job(work):
            await shares(work.rows, given, **how)
            await shelving.refresh(work, [id_ for id_, *_ in given])

        await self.house.write(None, job)

    async def change(self, asked, *shares_, **values):
        async def job(work):
            await work.rows.run(asked, **values)
            await shelving.refresh(work, shares_)

        await self.house.write(None, job)

    async def page(self, viewer=ALICE, *, by=FolderOrder.PATH, descending=False, limit=50, skip=0, after=None,
                   updates=False, wanted=None, **filters):  # fmt: skip
        asked = wanted or FolderShareFilter(**filters)

        async def job(work):
            sorting, window = Sorting(by, descending), Window(skip, limit, after)
            return await surveying.page(work, viewer, asked, sorting, window, updates=updates)

        return await self.house.read(None, job)

    async def ids(self, viewer=ALICE, **how):
        return [share.id for share in (await self.page(viewer, **how))[0]]

    async def read(self, verb, *args, **more):
        return await self.house.read(None, lambda work: verb(work, *args, **more))


@pytest.fixture
async def lists(house):
    made = Lists(house)
    await made.fill()
    return made


async def test_a_share_is_told_with_all_that_there_is_of_it(lists):
    docs = await lists.folder("docs")
    await lists.share((101, "docs", BOB), consent="awaited", created_at=5_000_123)

    [seen], last = await lists.page(BOB)

    assert last is None
    assert (seen.id, seen.grant, seen.node, seen.path) == (101, 101, docs, "/7/docs")
    assert (seen.owner_id, seen.owner, seen.recipient_id, seen.recipient) == (ALICE, "alice", BOB, "bob")
    assert (seen.product, seen.provider, seen.permissions) == (OURS, OURS.provider, Permission.EDIT)
    assert (seen.consent, seen.asked, seen.location, seen.provider_ref) == (Consent.AWAITED, None, "/101", "")
    assert (seen.created_at, seen.begun, seen.updates) == (5_000_123, True, ())


async def test_a_share_elsewhere_is_told_by_its_path_product_and_place(lists):
    async def job(work):
        await add(work.rows, "product", {"id": 1, "provider": "far", "category": "disk", "name": "ssd", "free": 1,
                                         "terms": "{}", "created_at": 0, "modified_at": 0})  # fmt: skip
        await add(work.rows, "remote_drive", {"id": 12, "owner": ALICE, "title": "Far", "title_folded": "far", "provider": "far",
                                              "category": "disk", "product": "hdd", "ref": None, "closed": 0, "created_at": 0,
                                              "modified_at": 0})  # fmt: skip

    await lists.house.write(None, job)
    await lists.share((101, "/12/a", BOB), (102, "/12/b", BOB), kind="path:far")
    await lists.change(OF_PRODUCT, 101, share=101, product=1)
    await lists.change(NAMED, 102, share=102, ref="s-102", location="/77")

    [first, second], _ = await lists.page(BOB)

    assert (first.path, first.node, first.location) == ("/12/a", None, None)
    assert first.product == ProductRef("ssd", "disk", "far")
    assert (second.location, second.provider_ref) == ("/77", "s-102")
    assert second.product == ProductRef("hdd", "disk", "far")


async def test_paths_and_creators_are_in_the_order_of_code_points(lists):
    names = ["b", "B", "a b", "a-b", "a", "a/c", "ä", "Z", "\U0001d54f", "\uffff"]
    for name in names:
        at = lists.nodes["a"] if "/" in name else HOME
        await lists.folder(name.rpartition("/")[2], at)
    for number, name in enumerate(names):
        await lists.share((100 + number, name.rpartition("/")[2], BOB))

    paths = [share.path for share in (await lists.page(BOB))[0]]
    back = [share.path for share in (await lists.page(BOB, descending=True))[0]]

    assert paths == sorted(f"/7/{name}" for name in names)
    assert back == paths[::-1]


async def test_ties_are_broken_by_id_in_the_direction_of_the_list(lists):
    await lists.folder("docs")
    await lists.share((103, "docs", BOB), (101, "docs", CAROL), created_at=9_000)

    for by in FolderOrder:
        assert await lists.ids(by=by) == [101, 103]
        assert await lists.ids(by=by, descending=True) == [103, 101]


async def test_refused_ones_are_hidden_from_who_refused_them_unless_asked_for(lists):
    await lists.folder("docs")
    await lists.folder("plans")
    await lists.share((101, "docs", BOB), (102, "plans", BOB))
    await lists.change(REFUSE, 101, shares=[101])

    assert await lists.ids(ALICE) == [101, 102]
    assert await lists.ids(BOB) == [102]
    assert await lists.ids(BOB, refused=True) == [101, 102]
    assert await lists.ids(ALICE, refused=False) == [102]
    assert (await lists.read(surveying.one, BOB, 101, ALL, updates=False)).consent is Consent.REFUSED
    with pytest.raises(NotFound):
        await lists.read(surveying.one, BOB, 101, FolderShareFilter(refused=False), updates=False)


async def test_one_share_is_for_who_has_to_do_with_it(lists):
    await lists.folder("docs")
    await lists.share((101, "docs", BOB))

    for viewer in (ALICE, BOB):
        assert (await lists.read(surveying.one, viewer, 101, ALL, updates=False)).id == 101
    for viewer, share, wanted in (
        (CAROL, 101, ALL),
        (ALICE, 102, ALL),
        (ALICE, -1, ALL),
        (ALICE, 1 << 70, ALL),
        (ALICE, 101, FolderShareFilter(received=True)),
        (ALICE, 101, FolderShareFilter(ids=(102,))),
        (ALICE, 101, FolderShareFilter(path="/7/doc")),
        (ALICE, 101, FolderShareFilter(words="letters")),
    ):
        with pytest.raises(NotFound):
            await lists.read(surveying.one, viewer, share, wanted, updates=False)


async def test_every_filter_alone_and_with_another(lists):
    for name in ("docs", "plans"):
        await lists.folder(name)
    await lists.share((101, "docs", BOB), created_at=1_000_000)
    await lists.share((102, "plans", CAROL), created_at=2_000_999)
    await lists.share((103, "/12/docs", ALICE), owner=BOB, kind="path:far", created_at=3_000_000)
    await lists.change(NAMED, 103, share=103, ref="r3", location="/5")

    for filters, found in (
        ({"received": True}, [103]),
        ({"received": False}, [101, 102]),
        ({"created_from": 2000}, [102, 103]),
        ({"created_from": 2001}, [103]),
        ({"created_to": 2000}, [101, 102]),
        ({"created_to": 1 << 70}, [101, 102, 103]),
        ({"created_from": 1 << 70}, []),
        ({"owner": "alice"}, [101, 102]),
        ({"owner": "Alice"}, []),
        ({"path": "/7/docs"}, [101]),
        ({"path": "/7"}, []),
        ({"provider": OURS.provider}, [101, 102]),
        ({"not_provider": OURS.provider}, [103]),
        ({"category": OURS.category}, [101, 102]),
        ({"not_category": OURS.category}, [103]),
        ({"product": OURS.name}, [101, 102]),
        ({"not_product": OURS.name}, [103]),
        ({"refs": ("r3", "r4")}, [103]),
        ({"refs": ()}, []),
        ({"ids": (102, 103, 102, -1, 1 << 80)}, [102, 103]),
        ({"ids": ()}, []),
        ({"words": "DOCS"}, [101, 103]),
        ({"words": "docs", "received": True}, [103]),
        ({"words": "docs", "ids": (101, 102)}, [101]),
        ({"owner": "alice", "created_to": 1500}, [101]),
        ({"path": "/7/docs", "not_provider": OURS.provider}, []),
        ({"refs": ("r3",), "owner": "bob", "received": True, "not_product": "x"}, [103]),
    ):
        for by in FolderOrder:
            assert sorted(await lists.ids(by=by, **filters)) == found, (filters, by)


@pytest.mark.parametrize("indexed", [True, False])
async def test_words_are_found_in_paths_and_logins_letter_for_letter_but_for_case(lists, indexed):
    if not indexed:
        await lists.house.write(None, lambda work: work.rows.run(NO_TRIGRAMS))
    for name in ("Größe_100%", "Quote\"'s", "plain"):
        await lists.folder(name)
    await lists.share((101, "Größe_100%", BOB), (102, "Quote\"'s", BOB), (103, "plain", CAROL))

    for words, found in (
        ("", [101, 102, 103]),
        ("GRÖSSE", [101]),
        ("größe_1", [101]),
        ("e_100%", [101]),
        ("%", [101]),
        ("_", [101]),
        ("e%1", []),
        ("gr__e", []),
        ("\"'s", [102]),
        ('e"', [102]),
        ("/7/plain", [103]),
        ("arol", [103]),
        ("ro", [103]),
        ("bob", [101, 102]),
        ("b", [101, 102]),
        ("alice", []),
        ("plaincarol", []),
        ("plain\x1fcarol", []),
        ("\x1e", []),
        ("\0", []),
        ("xyzzy", []),
    ):
        assert sorted(await lists.ids(ALICE, words=words)) == found, words
        assert await lists.ids(CAROL, words=words) == [each for each in found if each == 103], words


async def test_what_keeps_ones_own_apart_in_the_index_is_no_word(lists):
    await lists.folder("docs")
    await lists.share((101, "docs", BOB))

    for viewer in (ALICE, BOB):
        assert await lists.ids(ALICE, words=mark_of(viewer)) == []
        assert await lists.ids(ALICE, words=mark_of(viewer)[:2]) == []


async def test_a_word_that_nearly_all_have_is_found_in_order_all_the_same(lists, monkeypatch):
    monkeypatch.setattr("polyshare.engine.sharing.surveying.MOST_BY_INDEX", 5)
    monkeypatch.setattr("polyshare.store.shares.folder_pages.MOST_BY_INDEX", 5)
    for number in range(12):
        await lists.folder(f"{'report' if number % 4 else 'letter'} {number:02}")
    await lists.share(*((200 - number, name, BOB) for number, name in enumerate(lists.nodes)))

    assert await lists.ids(words="report", limit=3) == [199, 198, 197]
    assert await lists.ids(words="letter") == [200, 196, 192]


async def test_a_list_is_walked_stretch_by_stretch_each_once(lists):
    for number in range(23):
        await lists.folder(f"f{number % 7}-{number}")
    names = list(lists.nodes)
    await lists.share(
        *((100 + n, name, (BOB, CAROL)[n % 2]) for n, name in enumerate(names)), created_at=7_000
    )
    await lists.share((300, "/12/x", ALICE), owner=BOB, kind="path:far")

    for by in FolderOrder:
        for descending in (False, True):
            whole = await lists.ids(by=by, descending=descending)
            assert len(whole) == len(set(whole)) == 24
            for limit in (1, 5, 8, 12, 24, 25):
                walked, after, stretches = [], None, 0
                while True:
                    rows, after = await lists.page(by=by, descending=descending, limit=limit, after=after)
                    walked += [share.id for share in rows]
                    stretches += 1
                    if after is None:
                        break
                assert walked == whole
                assert stretches == -(-24 // limit)
            assert await lists.ids(by=by, descending=descending, skip=20) == whole[20:]
            assert await lists.ids(by=by, descending=descending, skip=1 << 70) == []


async def test_a_place_of_another_order_is_refused(lists):
    with pytest.raises(Invalid):
        await lists.page(after=(5, 1))
    with pytest.raises(Invalid):
        await lists.page(by=FolderOrder.CREATED, after=("/7", 1))


async def test_what_befell_shares_is_told_the_oldest_first_where_asked_for(lists):
    for name in ("docs", "plans"):
        await lists.folder(name)
    await lists.share((101, "docs", BOB), (102, "plans", BOB))

    async def job(work):
        for id_, share, text in ((1, 102, "first"), (3, 102, "third"), (2, 102, None), (4, 101, "other")):
            await add(work.rows, "share_update", {"id": id_, "share": share, "at": 10 - id_, "consent": "given",
                                                  "text": text, "location": "/9" if text else None})  # fmt: skip

    await lists.house.write(None, job)

    first, second = (await lists.page(updates=True))[0]
    assert [update.text for update in second.updates] == ["first", None, "third"]
    assert [update.location for update in second.updates] == ["/9", None, "/9"]
    assert [update.at for update in first.updates] == [6]
    assert first.updates[0].consent is Consent.GIVEN


async def test_folders_are_told_with_all_their_shares_and_counted_once(lists):
    for name in ("a", "b", "c"):
        await lists.folder(name)
    await lists.share((104, "a", CAROL), (103, "a", BOB), (102, "b", BOB), (101, "c", CAROL))
    await lists.change(REFUSE, 103, shares=[103])
    await lists.share((105, "/12/x", ALICE), owner=BOB, kind="path:far")

    folders_, last = await lists.read(surveying.outgoing, ALICE, Window(0, 2))
    rest, end = await lists.read(surveying.outgoing, ALICE, Window(0, 2, last))
    skipped, _ = await lists.read(surveying.outgoing, ALICE, Window(1, 10))

    assert [(one.path, [share.id for share in one.shares]) for one in folders_] == [
        ("/7/a", [103, 104]),
        ("/7/b", [102]),
    ]
    assert folders_[0].product == OURS
    assert folders_[0].shares[0].consent is Consent.REFUSED
    assert (last, end) == (("/7/b", 0), None)
    assert [one.path for one in rest] == ["/7/c"]
    assert [one.path for one in skipped] == ["/7/b", "/7/c"]
    assert await lists.read(surveying.outgoing, CAROL, Window(0, 2)) == ([], None)
    assert await lists.read(surveying.outgoing, ALICE, Window(1 << 70, 2)) == ([], None)


async def test_a_provider_sees_all_of_its_shares_and_what_waits_for_its_word(lists):
    await lists.folder("docs")
    await lists.share((101, "docs", BOB))
    await lists.share((102, "/12/x", BOB), (104, "/12/y", CAROL), kind="path:far")

    async def begin(work):
        far = {
            "id": 12,
            "owner": BOB,
            "title": "Far",
            "title_folded": "far",
            "provider": "far",
            "category": "disk",
            "product": "hdd",
        }
        await add(
            work.rows, "remote_drive", far | {"ref": None, "closed": 0, "created_at": 0, "modified_at": 0}
        )
        await shares(work.rows, [(103, BOB, "/12/z", CAROL)], kind="path:far")
        await add(work.rows, "draft", {"share": 103, "batch": 1, "step": "beginning", "provider": "far",
                                       "attempts": 0, "again_at": 0})  # fmt: skip
        await add(work.rows, "draft", {"share": 104, "batch": 2, "step": "ending", "provider": "far",
                                       "attempts": 0, "again_at": 0})  # fmt: skip
        await shelving.refresh(work, [103, 104])

    await lists.house.write(None, begin)
    await lists.change(REFUSE, 102, shares=[102])

    async def ids(provider="far", limit=10, skip=0, after=None, **filters):
        found, last = await lists.read(
            surveying.for_provider,
            provider,
            FolderShareFilter(**filters),
            Window(skip, limit, after),
            updates=True,
        )
        return [share.id for share in found], last

    assert await lists.ids(CAROL) == [104]
    assert await lists.ids(BOB, refused=True) == [102, 101]
    assert await ids() == ([102, 103, 104], None)
    assert await ids(limit=2) == ([102, 103], (103, 103))
    assert await ids(limit=2, after=(103, 103)) == ([104], None)
    assert await ids(limit=2, skip=1) == ([103, 104], None)
    assert await ids(refused=False) == ([103, 104], None)
    assert await ids(owner="bob", path="/12/z") == ([103], None)
    assert await ids(ids=(101, 103, 104), not_product="ssd") == ([103, 104], None)
    assert await ids(OURS.provider) == ([101], None)
    assert await ids("nobody") == ([], None)
    draft = await lists.read(surveying.one_for_provider, "far", 103, updates=True)
    assert (draft.begun, draft.path, draft.product, draft.owner) == (
        False,
        "/12/z",
        ProductRef("hdd", "disk", "far"),
        "bob",
    )
    assert (await lists.read(surveying.one_for_provider, "far", 102)).begun
    for provider, share in (("far", 101), ("far", 105), ("near", 103)):
        with pytest.raises(NotFound):
            await lists.read(surveying.one_for_provider, provider, share)
    with pytest.raises(NotFound):
        await lists.read(surveying.one_for_provider, "far", 103, FolderShareFilter(owner="alice"))


async def test_a_stamp_changes_with_what_is_shown_and_with_nothing_else(lists):
    await lists.folder("docs")
    await lists.folder("plans")
    await lists.share((101, "docs", BOB))

    async def stamps():
        return [await lists.read(surveying.stamp, viewer) for viewer in (ALICE, BOB, CAROL)]

    before = await stamps()
    await lists.change(GIVE, 101, share=101, permissions=4)
    assert await stamps() == before
    await lists.change(GIVE, 101, share=101, permissions=2)
    lowered = await stamps()
    assert [a == b for a, b in zip(before, lowered, strict=True)] == [False, False, True]
    await lists.change(GIVE, 101, share=101, permissions=4)
    assert await stamps() == before
    await lists.share((102, "plans", CAROL))
    more = await stamps()
    assert [a == b for a, b in zip(before, more, strict=True)] == [False, True, False]


async def test_statements_do_not_grow_with_what_is_listed(lists):
    async def costs():
        found = {}
        for name, verb in {
            "page": lambda: lists.page(limit=250, updates=True),
            "search": lambda: lists.page(limit=250, words="folder", updates=True),
            "short search": lambda: lists.page(limit=250, words="f", updates=True),
            "one": lambda: lists.read(surveying.one, ALICE, 101, ALL, updates=True),
            "outgoing": lambda: lists.read(surveying.outgoing, ALICE, Window(0, 250)),
            "stamp": lambda: lists.read(surveying.stamp, ALICE),
            "provider": lambda: lists.read(
                surveying.for_provider, OURS.provider, ALL, Window(0, 250), updates=True
            ),
        }.items():
            before = lists.house.database.statements
            await verb()
            found[name] = lists.house.database.statements - before
        return found

    async def more(numbers):
        for number in numbers:
            await lists.folder(f"folder {number}")
        await lists.share(*((100 + number, f"folder {number}", BOB) for number in numbers))

    await more(range(1, 3))
    few = await costs()
    await more(range(3, 120))

    assert await costs() == few
    assert few == {
        "page": 2,
        "search": 4,
        "short search": 2,
        "one": 2,
        "outgoing": 2,
        "stamp": 1,
        "provider": 2,
    }


async def test_bringing_lists_in_line_takes_as_many_statements_for_many_shares(lists):
    async def cost(job):
        before = lists.house.database.statements
        await lists.house.write(None, job)
        return lists.house.database.statements - before

    async def costs(first, count):
        for number in range(first, first + count):
            await lists.folder(f"folder {number}")
        given = [(1000 + n, ALICE, lists.nodes[f"folder {n}"], BOB) for n in range(first, first + count)]
        await lists.house.write(None, lambda work: shares(work.rows, given))
        ids = [id_ for id_, *_ in given]
        return [
            await cost(lambda work: shelving.refresh(work, ids)),
            await cost(lambda work: shelving.refresh(work, ids)),
            await cost(lambda work: shelving.refresh_below(work, HOME)),
        ]

    few = await costs(0, 1)

    assert await costs(1, 60) == few
