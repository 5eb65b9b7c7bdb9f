"""One load of a world file: what it is done with, and what it reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from polyshare.engine.work import Work
from polyshare.engine.worlds import planting
from polyshare.engine.worlds.secrets import Secrets
from polyshare.engine.worlds.world import Place, World


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found out before the transaction: secrets by section and number, hashes of passwords by login, content, hashes of access codes by number."""

    secrets: Mapping[tuple[str, int], str] = field(repr=False)
    hashes: Mapping[str, str] = field(repr=False)
    planting: planting.Planting
    codes: Mapping[int, str] = field(repr=False)


@dataclass(slots=True)
class Load:
    """
    One load, in one transaction.

    `place` is where the entry stands that is being made so. `changes` are lines such as "account 0000…000b: added", `drawn` the secrets that were generated, by what they are for.
    """

    work: Work
    world: World
    secrets: Secrets = field(repr=False)
    prepared: Prepared
    changes: list[str] = field(default_factory=list)
    drawn: dict[str, str] = field(default_factory=dict, repr=False)
    place: Place = field(init=False)

    def did(self, what: str, name: str, how: str) -> None:
        """Report what befell something; nothing if nothing did."""
        if how:
            self.changes.append(f"{what} {name}: {how}")
