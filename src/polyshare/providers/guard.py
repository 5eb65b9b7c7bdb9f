"""Keeps calls that leave the house from inner addresses: which may be called, and a network that calls no other."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpcore

from polyshare.domain.errors import Invalid, Unavailable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

# Addresses count as public only in here; what IPv6 keeps outside of it is local, reserved or multicast.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# What `is_global` lets pass on some versions of Python, though no endpoint of anybody's is there.
_NEVER = tuple(
    map(
        ip_network,
        (
            "168.63.129.16/32",  # Azure's WireServer, which hands a machine its configuration
            "192.0.0.0/24",  # protocol assignments; Oracle's cloud answers here
            "192.88.99.0/24",  # relays of 6to4, withdrawn
            "2001::/23",  # protocol assignments, Teredo among them: a tunnel to any IPv4 address
            "2002::/16",  # 6to4: a tunnel to any IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


class NotLetOut(Unavailable):
    """
    The guard keeps a call from an address that is not public.

    The message names no address; `detail` does. Both are for the operator.
    """

    slug = "not-let-out"

    def __init__(self, detail: str) -> None:
        super().__init__(
            "The endpoint's host has an address outside the public internet;"
            " an operator who means it so adds its network to the provider's `networks`."
        )
        self.detail = detail


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """
    Read networks in CIDR notation.

    Raises:
        Invalid: One of them is none; `where` is its place.
    """
    read: list[Network] = []
    for at, text in enumerate(texts):
        try:
            read.append(ip_network(text))
        except ValueError as error:
            raise Invalid(f"{text!r} is no network; use CIDR notation such as 10.1.0.0/16.", at) from error
    return tuple(read)


def may_call(address: Address, let_past: Iterable[Network] = ()) -> bool:
    """
    Whether a call may go to this address: it is public, or in a network that the operator let past.

    An IPv4 address wrapped in an IPv6 one (mapped, NAT64) is judged as itself, because that is where the call ends.
    """
    let_past = tuple(let_past)
    if any(address in network for network in let_past):
        return True
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return may_call(address.ipv4_mapped, let_past)
        if address in _NAT64:
            return may_call(IPv4Address(int(address) & 0xFFFF_FFFF), let_past)
        if address not in _GLOBAL_UNICAST:
            return False
    if any(address in network for network in _NEVER):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def resolve(host: str, port: int) -> Sequence[str]:
    """Addresses of a host as the system knows them, in the order to try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """
    Connects to checked addresses only.

    A name is resolved once for a connection, every address it has must be let through, and the connection goes to one of
    those very addresses: a name that points elsewhere a moment later changes nothing. The name stays what TLS checks.
    """

    def __init__(self, let_past: Iterable[Network], resolver: Resolver = resolve) -> None:
        self._let_past = tuple(let_past)
        self._resolver = resolver
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """
        Open a connection; addresses are tried in order, each with its part of the time.

        Raises:
            NotLetOut: An address of this host may not be called.
            httpcore.ConnectError: No address answered, or the name has none.
        """
        addresses = await self._checked(host, port)
        failure: Exception | None = None
        for at, address in enumerate(addresses):
            part_s = None if timeout is None else timeout / (len(addresses) - at)
            started = asyncio.get_running_loop().time()
            try:
                return await self._network.connect_tcp(
                    str(address), port, part_s, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            if timeout is not None:
                timeout -= min(timeout, asyncio.get_running_loop().time() - started)
        raise failure or httpcore.ConnectError("the name has no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Sockets in the file system are never an endpoint."""
        raise NotLetOut(f"unix socket {path}")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def _checked(self, host: str, port: int) -> list[Address]:
        """Every address of the host, all of which may be called."""
        try:
            addresses = [ip_address(found) for found in await self._resolver(host, port)]
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that no name can have
            raise httpcore.ConnectError("the name can't be resolved") from error
        for address in addresses:
            if not may_call(address, self._let_past):
                raise NotLetOut(f"{host} is {address}")
        return addresses
