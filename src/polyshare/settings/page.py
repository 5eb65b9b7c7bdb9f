"""The settings as a page of the documentation."""

from typing import Any

import msgspec

from polyshare.settings.reading import variable_of
from polyshare.settings.table import Settings
from polyshare.settings.values import declared, what_is_right


def settings_page() -> str:
    """The table of docs/settings.md, which a test holds true."""
    lines = ["| setting | environment | value | default | meaning |", "|---|---|---|---|---|"]
    for field in msgspec.structs.fields(Settings):
        meaning = declared(field.name)[1].description
        default = (
            "a SQLite file in the user's data directory"
            if field.name == "database"
            else f"`{_toml(field.default)}`"
        )
        lines.append(
            f"| `{field.name}` | `{variable_of(field.name)}` | {what_is_right(field.name)} | {default} | {meaning} |"
        )
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """A default as it would be written in the settings file."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else f"{value:.10g}"
