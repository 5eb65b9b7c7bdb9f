"""How the settings' values are found: in a file, in the environment, on the command line."""

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from polyshare.settings.table import Settings
from polyshare.settings.values import TYPES, WrongSetting, converted

PREFIX = "POLYSHARE_"
FILE_VARIABLE = "POLYSHARE_SETTINGS"  # names the settings file; not a setting itself


def load_settings(
    file: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """
    Fill the settings from their defaults, a settings file, the environment and the command line, in this order.

    Args:
        file: A TOML file; None: the one that the environment variable POLYSHARE_SETTINGS names, else none.
        environment: None: the process's own.
        overrides: Values by name, already of their type or as text; None means not given.

    Raises:
        WrongSetting: A name is unknown, a value has the wrong type or is out of bounds, or the file can't be read.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    path = file or environment.get(FILE_VARIABLE)
    if path:
        for name, value in _read(Path(path)).items():
            place = f"{path}: setting {name!r}"
            name = _known(name, place, str)
            values[name] = converted(name, value, place, strict=True)
    for variable, text in environment.items():
        if variable.startswith(PREFIX) and variable != FILE_VARIABLE:
            place = f"environment variable {variable}"
            name = _known(variable.removeprefix(PREFIX).lower(), place, variable_of)
            values[name] = converted(name, text, place, strict=False)
    for name, value in (overrides or {}).items():
        if value is not None:
            place = f"setting {name!r}"
            name = _known(name, place, str)
            values[name] = converted(name, value, place, strict=False)
    settings = Settings(**values)
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        missing = "tls_key" if settings.tls_certificate else "tls_certificate"
        raise WrongSetting(f"setting {missing!r}: is missing; give the certificate and its key, or neither")
    if bool(settings.files_access_key) != bool(settings.files_secret_key):
        missing = "files_secret_key" if settings.files_access_key else "files_access_key"
        raise WrongSetting(f"setting {missing!r}: is missing; give both keys, or neither")
    return settings


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise WrongSetting(
            f"settings file {path}: {error.strerror}; name a TOML file that can be read"
        ) from error
    except ValueError as error:
        raise WrongSetting(f"settings file {path}: not TOML: {error}") from error


def _known(name: str, place: str, spelling: Callable[[str], str]) -> str:
    """The name, if there is such a setting."""
    if name in TYPES:
        return name
    near = difflib.get_close_matches(name, TYPES, 1)
    hint = f"did you mean {spelling(near[0])}?" if near else "docs/settings.md lists them all"
    raise WrongSetting(f"{place}: there is no such setting; {hint}")
