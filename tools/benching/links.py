"""Links for the benchmark: as many as there are shares, half of them of shares and half of files, and what opens some."""

import http.client
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from polyshare.domain.delivery import Consent, Delivery
from polyshare.domain.events import What
from polyshare.domain.link_shares import Entity
from polyshare.domain.links import Audience
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind, Status
from polyshare.domain.shares import FILE, Grant, Item
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.tree import pointing
from polyshare.engine.work import House
from polyshare.opening import now_us
from polyshare.store.database import Rows
from polyshare.store.directory import principals
from polyshare.store.ids import new_public_id
from polyshare.store.links import file_permissions, link_shares, links
from polyshare.store.process import events
from polyshare.store.shares import grants, items
from polyshare.store.statements import statement
from tools.benching import tree
from tools.benching.load import HOST, WrongAnswer

BATCH = 2000  # links in one transaction
KEPT = 500  # of each sort are opened

FILES = statement(
    "bench.files",
    """
    select n.id, d.owner from node_alias a join node n on n.parent = a.node join drive d on d.id = n.drive
    where a.value = :folder order by n.id
    """,
)


@dataclass(frozen=True, slots=True)
class Linked:
    """Links taken evenly from all: the public ids of shares, and the tokens of links of files."""

    shares: Sequence[str]
    tokens: Sequence[str]


async def fill(house: House, size: int) -> Linked:
    """Write *size* links to the files of the tree's full folder, which has to be there: every other one a share's."""
    found = await house.database.read(lambda rows: rows.all(FILES, folder=tree.FULL))
    keys = await house.read(None, lambda work: pointing.shown_for(work, [row[0] for row in found]))
    filling = _Filling(house, found[0][1], list(keys.items()), max(size // 2 // KEPT, 1))
    for start in range(0, size, BATCH):
        await filling.write(range(start, min(start + BATCH, size)))
    return Linked(filling.shares, filling.tokens)


class _Filling:
    """Link number n leads to file n modulo their number; those of even numbers are shares'."""

    def __init__(self, house: House, owner: int, files: Sequence[tuple[int, str]], every: int) -> None:
        self.shares: list[str] = []
        self.tokens: list[str] = []
        self._house = house
        self._owner = owner
        self._files = files
        self._every = every
        self._now = now_us()

    async def write(self, numbers: range) -> None:
        """Write links with everything that belongs to them, in one transaction."""
        shared = [self._shared(number) for number in numbers if number % 2 == 0]
        plain = [self._plain(number) for number in numbers if number % 2]

        async def job(rows: Rows) -> None:
            await events.append_all(rows, [one["event"] for one in [*shared, *plain]])
            await rows.many(link_shares.ADD, [one["share"] for one in shared])
            await rows.many(principals.ADD, [one["principal"] for one in shared])
            await rows.many(links.ADD, [one["link"] for one in [*shared, *plain]])
            await items.add(rows, [one["item"] for one in shared])
            await grants.add(rows, [one["grant"] for one in shared], Permission.DOWNLOAD, None)
            await rows.many(file_permissions.ADD, [one["permission"] for one in shared])

        await self._house.database.write(job)

    def _plain(self, number: int) -> dict[str, Any]:
        new_id, (node, _) = self._house.ids.new_id, self._files[number % len(self._files)]
        event, link, token = new_id(), new_id(), f"bench-{number:016}"
        if number // 2 % self._every == 0:
            self.tokens.append(token)
        return {
            "event": (event, self._now, None, What.LINK_ADDED, None, None, "{}"),
            "link": self._link(link, node, None, token),
        }

    def _shared(self, number: int) -> dict[str, Any]:
        new_id, now, (node, key) = self._house.ids.new_id, self._now, self._files[number % len(self._files)]
        event, share, link, item, grant, permission = (new_id() for _ in range(6))
        public_id, entity = (str(uuid.UUID(hex=new_public_id(), version=4)) for _ in range(2))
        if number // 2 % self._every == 0:
            self.shares.append(public_id)
        read = int(Permission.DOWNLOAD)
        return {
            "event": (event, now, None, What.SHARE_OFFERED, share, grant, "{}"),
            "share": {
                "id": share,
                "public_id": public_id,
                "owner": self._owner,
                "permissions": read,
                "now": now,
                "place": tree.DEVICE,
                "meta": "{}",
            },
            "principal": {
                "id": link,
                "kind": Kind.LINK,
                "public_id": entity,
                "name": "",
                "status": Status.ACTIVE,
                "organization": None,
                "now": now,
            },
            "link": self._link(link, None, share, f"bench-{number:016}"),
            "item": Item(
                item, new_public_id(), share, FILE, key, self._owner, "{}", 1, now, now, None, None, node
            ),
            "grant": Grant(
                grant,
                new_public_id(),
                share,
                link,
                Consent.GIVEN,
                Delivery.DELIVERED,
                1,
                "",
                now,
                now,
                now,
                None,
                None,
            ),
            "permission": {
                "id": permission,
                "public_id": new_public_id(),
                "node": node,
                "entity": Entity.LINK,
                "named": entity,
                "permissions": read,
                "by": self._owner,
                "now": now,
            },
        }

    def _link(self, link: int, node: int | None, share: int | None, token: str) -> dict[str, Any]:
        return {
            "id": link,
            "public_id": new_public_id(),
            "node": node,
            "share": share,
            "token": token,
            "token_hash": digest_of(token),
            "name": "" if node is None else token,
            "audience": Audience.ANYONE,
            "permissions": int(Permission.DOWNLOAD),
            "drops": 0,
            "code_hash": None,
            "expires_at": None,
            "uses": None,
            "created_by": self._owner,
            "now": self._now,
        }


def share_token(port: int) -> str:
    """What opens the tree's shared file, as the server on *port* gives it out; raises WrongAnswer."""
    asked = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        asked.request("GET", f"/shares/v1/shares/{tree.SHARE}")
        answer = asked.getresponse()
        said = answer.read()
    finally:
        asked.close()
    if answer.status != 200:
        raise WrongAnswer(said[:500].decode("latin-1"))
    token: str = json.loads(said)["data"]["shareToken"]
    return token
