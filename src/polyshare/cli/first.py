"""What `polyshare serve` does before it listens: the schema, the world, and on a first start an administrator."""

from polyshare.engine import issuing
from polyshare.opening import opened
from polyshare.settings import Settings


async def prepare(settings: Settings) -> str | None:
    """
    Make the database ready, once, before any server process starts.

    Returns:
        The token of the administrator that was made because there was no user at all; None otherwise. It is the only
        copy: what is stored is its hash.
    """
    async with opened(settings) as home:
        return await issuing.first_administrator(home.house)
