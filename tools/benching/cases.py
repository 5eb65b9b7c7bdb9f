"""What is asked of a server in a benchmark, and what each round of it took."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from tools.benching import rows, tree
from tools.benching.folders import WORD, Sharer
from tools.benching.links import Linked
from tools.benching.load import Burst, burst, request
from tools.benching.rows import Filled
from tools.benching.servers import Server, Watched

AUTHORIZED = [("Authorization", f"Bearer {rows.TOKEN}")]
CONNECTIONS = 16


@dataclass(slots=True)
class Case:
    """Something that is asked again and again: *requests* of a burst, and what each round took."""

    name: str
    requests: Sequence[bytes]
    status: int = 200
    bursts: list[Burst] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    database_cpu_us: list[float] = field(default_factory=list)

    def figures(self, bare_us: float) -> dict[str, float]:
        """The best of all rounds, each figure for itself."""
        cpu_us = min(self.cpu_us)
        return {
            "requests_per_s": max(one.per_second for one in self.bursts),
            "p50_ms": min(one.percentile(0.5) for one in self.bursts) * 1000,
            "p99_ms": min(one.percentile(0.99) for one in self.bursts) * 1000,
            "cpu_us": cpu_us,
            "database_cpu_us": min(self.database_cpu_us, default=0.0),
            "ratio": cpu_us / bare_us,
        }


async def take_turn(case: Case, server: Server, database: Watched | None) -> None:
    """One burst of a case, with the CPU time that server and database used meanwhile."""
    before = server.cpu_s(), database.cpu_s() if database else 0.0
    took = await burst(server.port, case.requests, case.status, CONNECTIONS)
    number = len(took.each)
    case.cpu_us.append((server.cpu_s() - before[0]) / number * 1e6)
    if database:
        case.database_cpu_us.append((database.cpu_s() - before[1]) / number * 1e6)
    case.bursts.append(took)


def get(target: str) -> bytes:
    """A GET below the accounts."""
    return request("GET", f"/client/v4/accounts/{target}", AUTHORIZED)


def new_share(sender: str, receiver: str, number: int) -> bytes:
    """A POST of a share with one recipient and one resource."""
    body = {
        "name": f"Created {number}",
        "recipients": [{"recipient_account_id": receiver}],
        "resources": [
            {
                "resource_id": f"{number:032x}",
                "resource_type": "custom-ruleset",
                "resource_account_id": sender,
                "meta": {},
            }
        ],
    }
    return request("POST", f"/client/v4/accounts/{sender}/shares", AUTHORIZED, json.dumps(body).encode())


def some(number: int, factor: float, at_a_time: Sequence[bytes]) -> list[bytes]:
    """About *number* times *factor* requests, taken from a few in turn."""
    return [at_a_time[at % len(at_a_time)] for at in range(max(int(number * factor), CONNECTIONS))]


def speed_cases(filled: Filled, factor: float) -> list[Case]:
    """The cases that have an aim: one share, 50 of many, a new one."""
    shares = [get(f"{sender}/shares/{share}") for sender, share in filled.shares]
    pages = [get(f"{each}/shares?per_page=50") for each in filled.others]
    pairs = list(zip(filled.others, [*filled.others[1:], filled.others[0]], strict=True))
    numbers = count()
    made = [new_share(*pairs[at % len(pairs)], next(numbers)) for at in range(int(500 * factor))]
    return [
        Case("get a share", some(2000, factor, shares)),
        Case("list 50, accounts in turn", some(400, factor, pages)),
        Case("list 50, one account", some(400, factor, [get(f"{filled.one}/shares?per_page=50")])),
        Case("create a share", made, 201),
        *tree_cases(factor),
    ]


def tree_cases(factor: float) -> list[Case]:
    """The cases of the file tree, which has one size."""

    def asked(token: str, target: str) -> list[bytes]:
        return [request("GET", f"/documents/api/1.2{target}", [("Authorization", f"Bearer {token}")])]

    members = asked(tree.OWNER, f"/shares/{tree.SHARED}/items")
    items = asked(tree.MEMBER, f"/folders/{tree.FULL}/items?limit={tree.ITEMS}")
    large = asked(tree.MEMBER, f"/files/{tree.LARGE}/data")
    return [
        Case(f"list {tree.MEMBERS} members", some(400, factor, members)),
        Case(f"list {tree.ITEMS} items, by a group 3 above", some(200, factor, items)),
        Case("download 1 MB", some(200, factor, large)),
    ]


def link_cases(linked: Linked, token: str, factor: float) -> list[Case]:
    """The cases of whoever holds a link; *token* opens the tree's shared file."""
    bearer, page = [("Authorization", f"Bearer {token}")], [("Accept", "text/html")]
    file = f"/{tree.DEVICE}/sdk/v2/files/{tree.FILE}"
    shares = [request("GET", f"/shares/v1/shares/{share}") for share in linked.shares]
    pages = [request("GET", f"/l/{each}", page) for each in linked.tokens]
    folder = request("GET", f"/l/{tree.FOLDER_LINK}", page)
    return [
        Case("link: share, with a token", some(1000, factor, shares)),
        Case("link: metadata of a file", some(1000, factor, [request("GET", file, bearer)])),
        Case("link: download 100 kB", some(500, factor, [request("GET", f"{file}/content", bearer)])),
        Case("link: page of a text file", some(500, factor, pages)),
        Case("link: page of a folder, 100 of 200", some(100, factor, [folder])),
    ]


def folder_cases(sharers: Sequence[Sharer], factor: float) -> list[Case]:
    """The cases of lists of folders shared with one user, of people who share few and many."""
    search = json.dumps({"query": WORD, "itemsPerPage": 250}).encode()
    cases = []
    for sharer in sharers:
        bearer = [("Authorization", f"Bearer {sharer.token}")]
        asked = {
            "page of 250": request("GET", "/api/shares/browse?itemsPerPage=250", bearer),
            "search": request("POST", "/api/shares/search", bearer, search),
            "outgoing, 250": request("GET", "/api/shares/browseOutgoing?itemsPerPage=250", bearer),
        }
        cases += [
            Case(f"shared folders: {name}, of {sharer.size}", some(200, factor, [one]))
            for name, one in asked.items()
        ]
    return cases


def flat_cases(filled: Filled) -> list[Case]:
    """What should cost the same however many shares the account has, and what is counted on the way."""
    last = filled.size // 50
    asked = {
        "first page": "per_page=50",
        "middle page": f"per_page=50&page={last // 2}",
        "last page": f"per_page=50&page={last}",
        "first page by name, descending": "per_page=50&order=name&direction=desc",
        "first page with resources": "per_page=50&include_resources=true",
        "first page with recipient counts": "per_page=50&include_recipient_counts=true",
        "totals (a page of 1)": "per_page=1",
        "tag=team=red (1 of 10), page of 1": "per_page=1&tag=team%3Dred",
        "resource_types (1 of 3), page of 1": f"per_page=1&resource_types={rows.KINDS[0]}",
    }
    return [Case(name, CONNECTIONS * [get(f"{filled.one}/shares?{query}")]) for name, query in asked.items()]
