"""What a setting may be given: its type and bounds, what else is checked, and how that is said."""

from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from polyshare.settings import addresses
from polyshare.settings.table import DIALECTS, Settings


class WrongSetting(Exception):
    """A setting that can't be used; the message is one line with its name and what would be right."""


CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "host": (lambda host: bool(host.strip()), "an address, such as 127.0.0.1 or 0.0.0.0"),
    "public_url": (
        addresses.is_public_url,
        "an address such as https://shares.example.com, without a final slash",
    ),
    "trusted_proxies": (
        lambda nets: all(map(addresses.is_network, nets)),
        'a list of networks, such as ["10.0.0.0/8"]',
    ),
    "cors_origins": (
        lambda origins: all(map(addresses.is_origin, origins)),
        'a list of origins, such as ["https://app.example.com"]',
    ),
    "dialects": (lambda names: set(names) <= set(DIALECTS), f"a list of these: {', '.join(DIALECTS)}"),
    "smtp_url": (
        lambda url: not url or addresses.is_mail_url(url),
        "smtp://host:port or smtps://user:password@host:port",
    ),
    "files": (addresses.is_place, "a folder, or s3://bucket/prefix?endpoint=https://…&region=…"),
    "database": (
        addresses.is_database,
        "sqlite:///path.db or postgresql://user:password@host/name, with %XX for / ? # and @ in a password",
    ),
}
TYPES: dict[str, Any] = {
    name: kind
    for name, kind in get_type_hints(Settings, include_extras=True).items()
    if name in Settings.__struct_fields__
}
WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def declared(name: str) -> tuple[Any, Meta]:
    """The type of a setting, and what it means."""
    kind, meta = get_args(TYPES[name])
    return kind, meta


def _is_list(name: str) -> bool:
    return get_origin(declared(name)[0]) is tuple


def what_is_right(name: str) -> str:
    """What may be given for a setting, in words."""
    if name in CHECKS:
        return CHECKS[name][1]
    kind, meta = declared(name)
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    words: str = WORDS[kind]
    if meta.gt is not None:
        words += f" above {meta.gt:g}"
    if meta.ge is not None:
        words += f" from {meta.ge:.10g}"
    if meta.le is not None:
        words += f" {'to' if meta.ge is not None else 'and at most'} {meta.le:.10g}"
    unit = (meta.extra or {})["unit"]
    return f"{words} ({unit})" if unit else words


def converted(name: str, value: Any, place: str, *, strict: bool) -> Any:
    """The value in the setting's type and within its bounds; text is read if not *strict*."""
    if not strict and isinstance(value, str) and _is_list(name):
        value = [part.strip() for part in value.split(",") if part.strip()]
    # a URL that can't be read may be anything, a password among it
    what = "this URL" if name in ("database", "smtp_url") else shown(value)
    wrong = f"{place}: {what} is not usable; give {what_is_right(name)}"
    try:
        converted = msgspec.convert(value, TYPES[name], strict=strict)
    except msgspec.ValidationError as error:
        raise WrongSetting(wrong) from error
    if name in CHECKS and not CHECKS[name][0](converted):
        raise WrongSetting(wrong)
    return converted


def shown(value: Any) -> str:
    """A value in an error line, cut short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
