"""The page of a My Cloud share: at its own address and at its short one, as its record and its permissions say."""

import io
import zipfile

import pytest

from polyshare.domain.link_shares import Entity, NewLinkShare, ShareChanges, Thing
from polyshare.domain.links import Audience, Reader
from polyshare.engine.links import linking, permitting
from polyshare.engine.tree import access
from polyshare.store.tree import drives
from tests.web.linking import Desk


class Shares(Desk):
    """Ann's drive, and shares by link of what lies in it."""

    async def share(self, *nodes, place=None, audience=Audience.ANYONE, readers=(), permit=True, **more):
        """A share of these nodes, with a permission on each unless that is left out."""
        drive = await self.house.read(None, lambda work: drives.first_of(work.rows, self.ann))
        things = tuple(Thing(f"key {node}", node) for node in nodes)
        new = NewLinkShare(place or drive.device, things, audience, readers, "{}", **more)
        share = await self.write(lambda work: linking.offer(work, new))
        for node in nodes if permit else ():
            await self.permit(node, share)
        return share

    async def permit(self, node, share):
        async def job(work):
            reached = await access.reach(work, self.ann, node)
            return await permitting.permit(work, reached, Entity.LINK, share.entity)

        return await self.write(job)


@pytest.fixture
async def desk(house, clock):
    """Ann's files on both engines."""
    made = await Shares(house, clock).open()
    yield made
    await made.close()


async def test_one_shared_file_is_shown_and_given(desk):
    file = await desk.file("sea.txt", b"waves")
    share = await desk.share(file)
    base = f"/action/share/{share.public_id}"

    page = await desk.browser().get(base)
    whole = await desk.browser().get(f"{base}/{file:x}/download")
    bare = await desk.program().get(base)

    assert "<h1>sea.txt</h1>" in page.text
    assert "Shared by <strong>Ann</strong>" in page.text
    assert "waves" in page.text
    assert whole.content == bare.content == b"waves"


async def test_several_things_are_listed_in_their_order_and_packed_together(desk):
    folder = await desk.folder("photos")
    await desk.file("sky.txt", b"clouds", parent=folder)
    file = await desk.file("sea.txt", b"waves")
    share = await desk.share(file, folder)
    base = f"/action/share/{share.public_id}"

    page = await desk.browser().get(base)
    packed = await desk.browser().get(f"{base}/zip")
    inside = await desk.browser().get(f"{base}/{folder:x}")

    assert page.text.index("sea.txt") < page.text.index("photos")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as found:
        assert {name: found.read(name) for name in found.namelist() if not name.endswith("/")} == {
            "sea.txt": b"waves",
            "photos/sky.txt": b"clouds",
        }
    assert "sky.txt" in inside.text
    assert f'<a href="{base}">Shared files</a>' in inside.text


async def test_a_record_without_a_permission_shows_nothing(desk):
    file = await desk.file("sea.txt", b"waves")
    share = await desk.share(file, permit=False)
    base = f"/action/share/{share.public_id}"

    before = [
        await desk.browser().get(f"{base}{rest}")
        for rest in ("", f"/{file:x}", f"/{file:x}/download", "/zip")
    ]
    await desk.permit(file, share)
    after = await desk.browser().get(base)

    assert [answer.status_code for answer in before] == [404] * 4
    assert after.status_code == 200


async def test_a_share_that_names_another_place_shows_nothing(desk):
    file = await desk.file("sea.txt", b"waves")
    share = await desk.share(file, place="11111111-2222-4333-8444-555555555555")
    base = f"/action/share/{share.public_id}"

    for rest in ("", f"/{file:x}", f"/{file:x}/download", "/zip"):
        assert (await desk.browser().get(f"{base}{rest}")).status_code == 404


async def test_what_lies_outside_of_the_share_is_not_reached(desk):
    folder, beside = await desk.folder("photos"), await desk.folder("beside")
    share = await desk.share(folder)

    for node in (beside, desk.root):
        assert (await desk.browser().get(f"/action/share/{share.public_id}/{node:x}")).status_code == 404


async def test_a_share_that_was_withdrawn_or_made_private_shuts_at_once(desk):
    bob = await desk.person("bob")
    one, two = await desk.file("one.txt", b"one"), await desk.file("two.txt", b"two")
    withdrawn, private = await desk.share(one), await desk.share(two)
    await desk.write(lambda work: linking.withdraw(work, withdrawn))
    changes = ShareChanges(audience=Audience.LISTED, readers=(Reader(bob, "bob"),))
    await desk.write(lambda work: linking.revise(work, private, changes))

    gone = await desk.browser().get(f"/action/share/{withdrawn.public_id}")
    asked = await desk.browser().get(f"/action/share/{private.public_id}")

    assert gone.status_code == 404
    assert (asked.status_code, "Sign in" in asked.text, "two" in asked.text) == (403, True, False)


async def test_an_expired_share_says_so_and_a_fixed_token_opens_it_too(desk):
    file = await desk.file("sea.txt", b"waves")
    share = await desk.share(file, token="summer-photos-2026-of-ann", expires_at=desk.clock.now + 1)

    short = await desk.browser().get("/l/summer-photos-2026-of-ann")
    desk.clock.pass_s(1)
    late = await desk.browser().get(f"/action/share/{share.public_id}")

    assert "waves" in short.text
    assert (late.status_code, "has expired" in late.text) == (410, True)
