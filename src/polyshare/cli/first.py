"""What `polyshare serve` does before it listens: the schema, the world, and on a first start an administrator."""

from dataclasses import dataclass, field
from pathlib import Path

from polyshare.engine import issuing, loading
from polyshare.opening import opened
from polyshare.settings import Settings


@dataclass(frozen=True, slots=True)
class First:
    """
    What was made that must be told now, because it is stored as a hash only.

    Attributes:
        token: Of the administrator that was made because there was no user at all; None otherwise.
        secrets: What the world file left out and was therefore generated, by what it is for.
    """

    token: str | None = field(repr=False)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


async def prepare(settings: Settings) -> First:
    """Make the database ready, once, before any server process starts."""
    async with opened(settings) as home:
        secrets = (await loading.load(home.house, Path(settings.world))).secrets if settings.world else {}
        return First(await issuing.first_administrator(home.house), secrets)
