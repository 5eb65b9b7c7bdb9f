"""Addresses in settings: which of them can be used, and how they are shown without what is secret in them."""

import ipaddress
import re
from urllib.parse import urlsplit


def without_password(url: str) -> str:
    """A URL as it may be shown and logged: without what stands where a password may, and without values of its query."""
    scheme, found, rest = url.partition("://")
    place, question, query = rest.partition("?")
    if "@" in query and "@" not in place:  # a password with a question mark in it, which nobody can read
        return f"{scheme}{found}…"
    user, at, host = place.rpartition("@")
    name, colon, _ = user.partition(":")
    authority, slash, path = host.partition("/")
    if scheme.startswith("postgres"):  # without an @ a password is taken for a port
        authority = ",".join(map(_with_plain_port, authority.split(",")))
    shown = "&".join(_without_value(part) for part in query.split("&"))
    return f"{scheme}{found}{name}{colon and ':…'}{at}{authority}{slash}{path}{question}{question and shown}"


def without_passwords(text: str) -> str:
    """*text* with every URL in it as `without_password` shows it."""
    return _URL.sub(lambda match: without_password(match[0]), text)


_URL = re.compile(r"[\w+.-]*://\S+")


def _with_plain_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return f"{name}:…" if colon and not port.isdecimal() and not host.endswith("]") else host


def _without_value(part: str) -> str:
    name, equals, value = part.partition("=")
    return f"{name}=…" if equals and value else part if equals or not part else "…"


def is_network(text: str) -> bool:
    """Whether this is a network such as 10.0.0.0/8, or one address."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def is_public_url(text: str) -> bool:
    """Whether this is an http(s) address without query and final slash, or empty."""
    parts = urlsplit(text)
    plain = (
        parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
    )
    return not text or (plain and not text.endswith("/"))


def is_origin(text: str) -> bool:
    """Whether this is an origin as browsers send it: scheme, host and maybe port."""
    parts = urlsplit(text)
    return is_public_url(text) and bool(text) and not parts.path and parts.username is None


def is_database(url: str) -> bool:
    """Whether this is a URL whose every part is where it belongs; hosts may be several, each with its port."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" or scheme not in ("postgresql", "postgres"):
        return scheme == "sqlite" and bool(rest)
    try:
        parts = urlsplit(url)
        ports = [urlsplit(f"//{host}").port for host in parts.netloc.rpartition("@")[2].split(",")]
    except ValueError:
        return False
    return bool(rest) and 0 not in ports and "@" not in parts.path and not parts.fragment


def is_mail_url(url: str) -> bool:
    """Whether this is smtp(s) with a host."""
    parts = urlsplit(url)
    try:
        known = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return known and parts.scheme in ("smtp", "smtps") and bool(parts.hostname)


def is_place(text: str) -> bool:
    """Whether this is a folder, or an S3 address without keys in it."""
    parts = urlsplit(text)
    return "://" not in text or (parts.scheme == "s3" and bool(parts.netloc) and "@" not in parts.netloc)
