"""Brakes on who asks too often: token buckets in the memory of one process."""

import ipaddress
from collections.abc import Hashable

from polyshare.domain.errors import Braked

MINUTE_US = 60_000_000


class Brakes:
    """
    A bucket of tokens for each key: it holds a minute's worth and fills up evenly.

    Of a bucket only the moment is kept at which it will be full again. Beyond *most* keys the one that was used longest ago
    is forgotten.
    """

    __slots__ = ("_full_at", "_most")

    def __init__(self, most: int = 20_000) -> None:
        self._full_at: dict[Hashable, float] = {}
        self._most = most

    def __len__(self) -> int:
        return len(self._full_at)

    def __contains__(self, key: Hashable) -> bool:
        """Whether something was taken from the bucket of *key* that is not forgotten yet."""
        return key in self._full_at

    def check(self, key: Hashable, per_minute: int, now: int) -> None:
        """
        Have the bucket of *key* hold a token; none is taken.

        Raises:
            Braked: There is none before `retry_after_s`.
        """
        full_at = self._full_at.get(key)
        if full_at is None:
            return
        interval = MINUTE_US / per_minute
        wait_us = full_at - now - (MINUTE_US - interval)
        if wait_us > 1:  # a fraction of a microsecond is rounding
            raise Braked(wait_us / 1_000_000)

    def take(self, key: Hashable, per_minute: int, now: int) -> None:
        """
        Take a token from the bucket of *key*.

        Raises:
            Braked: There is none before `retry_after_s`; nothing was taken.
        """
        self.check(key, per_minute, now)
        full_at = max(self._full_at.pop(key, now), now) + MINUTE_US / per_minute
        if len(self._full_at) >= self._most:
            del self._full_at[next(iter(self._full_at))]
        self._full_at[key] = full_at

    def give_back(self, key: Hashable, per_minute: int) -> None:
        """Put a token back that turned out not to be due."""
        full_at = self._full_at.get(key)
        if full_at is not None:
            self._full_at[key] = full_at - MINUTE_US / per_minute


def network_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or the network of an IPv6 address, of which one caller has very many."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
