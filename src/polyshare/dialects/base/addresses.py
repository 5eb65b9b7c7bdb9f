"""Where a request comes from: the client's own address, also behind proxies that we trust."""

import ipaddress
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(scope: MutableMapping[str, Any], forwarded: str | None, trusted: tuple[str, ...]) -> str:
    """
    The address that a request comes from; empty if nobody knows.

    Args:
        forwarded: The header X-Forwarded-For, to which each proxy adds at the end whom it answers.
        trusted: Networks of the proxies that are believed; what stands before the first stranger may be made up.
    """
    address = str((scope.get("client") or ("",))[0])
    if forwarded is None or not trusted:
        return address
    for told in reversed(forwarded.split(",")):
        if not _is_within(address, trusted):
            break
        found = _parsed(told.strip())
        if found is None:
            break
        address = str(found)
    return address


@lru_cache(maxsize=4096)
def _is_within(address: str, networks: tuple[str, ...]) -> bool:
    found = _parsed(address)
    return found is not None and any(found in ipaddress.ip_network(network) for network in networks)


def _parsed(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
