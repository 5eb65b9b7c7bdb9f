"""Vendor ids that somebody fixed: rows of `node_alias` and `principal_alias`, looked up by value whatever its case."""

from collections.abc import Sequence

from polyshare.store.database import Rows
from polyshare.store.statements import statement

NODES = statement(
    "vendor_alias.nodes",
    "select value, node from node_alias where namespace = :namespace and value in :values[]",
)
PRINCIPALS = statement(
    "vendor_alias.principals",
    "select value, principal from principal_alias where namespace = :namespace and value in :values[]",
)
FIX_NODE = statement(
    "vendor_alias.fix_node",
    "insert into node_alias (namespace, value, node) values (:namespace, :value, :node)",
)


def _spellings(values: Sequence[str]) -> list[str]:
    """As given, and in upper case, which is how vendors write ids."""
    return sorted({spelling for value in values for spelling in (value, value.upper())})


async def nodes(rows: Rows, namespace: str, values: Sequence[str]) -> dict[str, int]:
    """The nodes of these fixed ids, by the id in upper case."""
    found = await rows.all(NODES, namespace=namespace, values=_spellings(values))
    return {value.upper(): node for value, node in found}


async def principals(rows: Rows, namespace: str, values: Sequence[str]) -> dict[str, int]:
    """The principals of these fixed ids, by the id in upper case."""
    found = await rows.all(PRINCIPALS, namespace=namespace, values=_spellings(values))
    return {value.upper(): principal for value, principal in found}


async def fix_node(rows: Rows, namespace: str, value: str, node: int) -> None:
    """Write that a node bears this id."""
    await rows.run(FIX_NODE, namespace=namespace, value=value, node=node)
