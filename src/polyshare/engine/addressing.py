"""Under which address users reach this server; never built from what a request says of its host."""

from functools import lru_cache
from ipaddress import ip_address

from polyshare.settings import Settings


def root(settings: Settings) -> str:
    """
    The public base URL, without a final slash.

    If nobody said it, it is where the server listens: an address that works on this machine, whatever else does.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = _reached(settings.host)
    return f"{'https' if settings.tls_certificate else 'http'}://{host}:{settings.port}"


def is_guessed(settings: Settings) -> bool:
    """Whether `root` is hardly where users reach this server, so that `public_url` should say it."""
    return not settings.public_url and (_is_everywhere(settings.host) or bool(settings.trusted_proxies))


def issuer(settings: Settings) -> str:
    """Who signs our tokens, as they name it: with a final slash, which clients of this kind of issuer expect."""
    return f"{root(settings)}/authrouter/"


@lru_cache
def _reached(host: str) -> str:
    """Where who listens on *host* is reached, as an address is written."""
    if _is_everywhere(host):
        host = "::1" if ":" in host else "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _is_everywhere(host: str) -> bool:
    """Whether who listens there listens on all addresses; as an address to go to it means nothing."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return not host
