"""The settings as a page of the documentation."""

from typing import Any

import msgspec

from polyshare.settings.reading import variable_of
from polyshare.settings.table import Settings
from polyshare.settings.values import declared, number, what_is_right

HEAD = """\
# Settings

A setting is given on the command line (`--port 8400`; not all are: see [commands](commands.md)), else by its environment
variable, else in a settings file that `--settings FILE` or `POLYSHARE_SETTINGS` names, else it has its default. A name that
does not exist and a value that is not usable stop the start with one line. The file is TOML, each setting a key of its own:

```toml
port = 8400
database = "sqlite:///var/lib/polyshare/polyshare.db"
trusted_proxies = ["10.0.0.0/8"]
```

In the environment a list is written with commas: `POLYSHARE_TRUSTED_PROXIES=10.0.0.0/8,10.1.0.0/16`. `polyshare doctor` tells
which settings file is in use, and what in it does not fit the machine.

"""


def settings_page() -> str:
    """docs/settings.md, which a test holds true."""
    lines = [HEAD + "| setting | environment | value | default | meaning |", "|---|---|---|---|---|"]
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
    return str(value).lower() if isinstance(value, bool) else number(value)
