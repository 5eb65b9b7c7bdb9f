"""Every setting, declared once: its type, unit, default, bounds and meaning, and how its value is found."""

import difflib
import ipaddress
import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

PREFIX = "POLYSHARE_"
FILE_VARIABLE = "POLYSHARE_SETTINGS"  # names the settings file; not a setting itself
DIALECTS = ("cloudflare", "oracle")


class WrongSetting(Exception):
    """A setting that can't be used; the message is one line with its name and what would be right."""


def means(meaning: str, unit: str = "", **bounds: Any) -> Meta:
    """What a setting means, in which unit, and its bounds: ge, gt, le."""
    return Meta(description=meaning, extra={"unit": unit}, **bounds)


def user_data_directory(platform: str = sys.platform, environment: Mapping[str, str] | None = None) -> Path:
    """The folder in which this user's programs keep their data."""
    environment = os.environ if environment is None else environment
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "polyshare"
    base = environment.get("XDG_DATA_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "share") / "polyshare"


def _own_database() -> str:
    return f"sqlite://{user_data_directory() / 'polyshare.db'}"


class Settings(Struct, frozen=True, kw_only=True):
    """
    The settings of one process; `load_settings` fills them.

    A value is looked for in this order, the last one found counts: the default below, the settings file (TOML, same
    names), the environment (`POLYSHARE_` and the name in capitals), the command line.
    """

    # listening
    host: Annotated[
        str, means("Address to listen on. Beyond loopback, a certificate or a trusted proxy is needed.")
    ] = "127.0.0.1"
    port: Annotated[int, means("Port to listen on.", ge=1, le=65535)] = 8300
    workers: Annotated[int, means("Server processes.", "processes", ge=1, le=256)] = 1
    server: Annotated[Literal["granian", "uvicorn"], means("The ASGI server that is used.")] = "granian"
    background: Annotated[
        bool, means("Whether `serve` runs the background part too; else start `polyshare worker`.")
    ] = True
    public_url: Annotated[
        str, means("Address under which users reach the server, without a final slash; empty: host and port.")
    ] = ""
    tls_certificate: Annotated[str, means("PEM file with the certificate chain; empty: no TLS.")] = ""
    tls_key: Annotated[str, means("PEM file with the certificate's key.")] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        means("Networks of proxies that may speak plain HTTP to us."),
    ] = ()
    dialects: Annotated[tuple[str, ...], means("The APIs that are switched on.")] = DIALECTS
    shutdown_s: Annotated[
        float, means("Longest wait for requests under way when the server stops.", "seconds", ge=0, le=3600)
    ] = 30.0

    # keeping
    database: Annotated[
        str, means("Where rows are kept: `sqlite:///path.db` or `postgresql://user:password@host/name`.")
    ] = msgspec.field(default_factory=_own_database)
    pool_size: Annotated[
        int, means("PostgreSQL connections of one process.", "connections", ge=1, le=1000)
    ] = 8
    pool_wait_s: Annotated[
        float, means("Longest wait for a free PostgreSQL connection.", "seconds", gt=0, le=3600)
    ] = 5.0
    connect_timeout_s: Annotated[
        float, means("Longest wait for a new PostgreSQL connection.", "seconds", gt=0, le=3600)
    ] = 5.0
    statement_timeout_s: Annotated[
        float, means("Longest wait for one PostgreSQL statement.", "seconds", gt=0, le=3600)
    ] = 30.0
    files: Annotated[
        str,
        means(
            "Where files' bytes are kept: a folder, or `s3://bucket/prefix?endpoint=https://…&region=…`;"
            " empty: the folder `files` beside the SQLite database, with PostgreSQL in the user's data directory."
        ),
    ] = ""
    files_access_key: Annotated[
        str, means("S3: access key; empty: as AWS's own variables, or the machine's role, have it.")
    ] = ""
    files_secret_key: Annotated[str, means("S3: secret key of that access key.")] = ""
    world: Annotated[str, means("World file that `serve` loads at its start; empty: none.")] = ""

    # who may come in
    credential_recheck_s: Annotated[
        float,
        means(
            "A revoked credential or deactivated user is refused after this time at the latest, in every process.",
            "seconds",
            ge=0,
            le=60,
        ),
    ] = 1.0
    credential_cache_size: Annotated[
        int, means("Credentials that a process remembers.", "credentials", ge=0, le=1_000_000)
    ] = 10_000
    password_time_cost: Annotated[int, means("argon2id: passes over the memory.", "passes", ge=1, le=100)] = 3
    password_memory_kib: Annotated[
        int, means("argon2id: memory of one password check.", "KiB", ge=8, le=4_194_304)
    ] = 65_536
    password_parallelism: Annotated[
        int, means("argon2id: lanes of one password check.", "lanes", ge=1, le=64)
    ] = 4
    password_checks: Annotated[
        int, means("Password checks of one process at a time; more wait.", "checks", ge=1, le=64)
    ] = 2
    password_queue: Annotated[
        int,
        means("Password checks that may wait for their turn; more are refused.", "checks", ge=0, le=10_000),
    ] = 64
    password_cache_minutes: Annotated[
        float,
        means("A right password is not computed again for this time.", "minutes", ge=0, le=1440),
    ] = 10
    password_guesses_per_minute: Annotated[
        int, means("Wrong passwords for one login from one address.", "guesses a minute", ge=1, le=1_000_000)
    ] = 10
    password_guesses_per_address: Annotated[
        int, means("Wrong passwords from one address.", "guesses a minute", ge=1, le=1_000_000)
    ] = 60
    access_token_minutes: Annotated[
        float,
        means("How long a token holds that an OAuth client got for a user.", "minutes", gt=0, le=525_600),
    ] = 60
    link_visit_hours: Annotated[
        float,
        means(
            "How long who gave a link's password, or used one of its uses, can go on.", "hours", gt=0, le=8760
        ),
    ] = 12
    requests_per_minute: Annotated[
        int,
        means(
            "Requests of one credential to one process; more are told to wait. 0: as many as come.",
            "requests a minute",
            ge=0,
            le=10_000_000,
        ),
    ] = 0

    # limits
    shares_per_account: Annotated[
        int, means("Most shares that an account may offer; 0: no limit.", "shares", ge=0)
    ] = 1000
    recipients_per_share: Annotated[
        int, means("Most recipients of one share; 0: no limit.", "recipients", ge=0)
    ] = 500
    items_per_share: Annotated[int, means("Most resources in one share; 0: no limit.", "resources", ge=0)] = (
        200
    )
    tags_per_share: Annotated[int, means("Most tags of one share; 0: no limit.", "tags", ge=0)] = 20
    file_limit_bytes: Annotated[
        int, means("Largest file; a larger upload is refused.", "bytes", ge=1, le=5_000_000_000_000)
    ] = 21_474_836_480
    body_limit_bytes: Annotated[
        int, means("Largest request body; a larger one is refused.", "bytes", ge=1024)
    ] = 1_048_576
    body_timeout_s: Annotated[
        float,
        means("A request whose body has not arrived after this time is refused.", "seconds", gt=0, le=3600),
    ] = 30.0
    body_wait_s: Annotated[
        float,
        means("Longest wait for the next bytes of an upload.", "seconds", gt=0, le=3600),
    ] = 60.0

    # carrying out
    applied_delay_s: Annotated[
        float,
        means(
            "The built-in provider `applied` marks as carried out after this time.",
            "seconds",
            ge=0,
            le=86_400,
        ),
    ] = 0.2
    claim_s: Annotated[
        float,
        means(
            "A worker that has not finished a grant in this time loses it to another.",
            "seconds",
            ge=1,
            le=3600,
        ),
    ] = 30.0
    poll_interval_s: Annotated[
        float, means("Time between two looks for grants that are due.", "seconds", gt=0, le=3600)
    ] = 2.0
    retry_first_s: Annotated[
        float,
        means(
            "Wait after a first passing failure; it doubles with each further one.", "seconds", gt=0, le=3600
        ),
    ] = 1.0
    retry_most_s: Annotated[float, means("Longest wait between two tries.", "seconds", gt=0, le=86_400)] = (
        300.0
    )
    retention_days: Annotated[
        float,
        means("A share that is gone can be read for this time, then it is removed.", "days", ge=0, le=36_500),
    ] = 30
    trash_days: Annotated[
        float,
        means(
            "What was put into the trash is removed for good after this time; 0 keeps it there.",
            "days",
            ge=0,
            le=36_500,
        ),
    ] = 30
    event_retention_days: Annotated[
        float,
        means("An event of the log is kept for this time; 0: for ever.", "days", ge=0, le=36_500),
    ] = 0
    idempotency_hours: Annotated[
        float,
        means("An answer is repeated for the same idempotency key for this time.", "hours", ge=0, le=8760),
    ] = 24

    # mail
    smtp_url: Annotated[
        str,
        means(
            "Server through which notifications are mailed: `smtp://user:password@host:587` (encrypted where the"
            " server offers it) or `smtps://…`; empty: none are."
        ),
    ] = ""
    mail_from: Annotated[
        str, means("Sender address of mails; empty: `polyshare@` and the host of `public_url`.")
    ] = ""
    smtp_timeout_s: Annotated[float, means("Longest wait for the mail server.", "seconds", gt=0, le=300)] = (
        20.0
    )
    mail_attempts: Annotated[
        int, means("A mail that could not be sent this often is given up.", "tries", ge=1, le=1000)
    ] = 20

    # the Cloudflare dialect
    always_page: Annotated[
        bool,
        means("Answer a list asked for without `page` and `per_page` with its first page, not with all."),
    ] = False
    terraform_reads_resources: Annotated[
        bool,
        means("Embed resources in what the vendor's Terraform provider reads, which does not ask for them."),
    ] = True

    # telling
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], means("Least severe log line that is written.")
    ] = "info"
    access_log_sample: Annotated[
        float, means("Share of requests that get an access log line: 0 none, 1 all.", ge=0, le=1)
    ] = 0.0

    def __repr__(self) -> str:
        """All settings, passwords in addresses left out."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        values["database"] = without_password(self.database)
        values["smtp_url"] = without_password(self.smtp_url)
        values["files_secret_key"] = "…" if self.files_secret_key else ""
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in values.items())})"


def files_place(settings: Settings) -> str:
    """The folder or S3 address where files' bytes are kept."""
    if settings.files:
        return settings.files
    kind, _, place = settings.database.partition("://")
    if kind == "sqlite" and place != ":memory:":
        return str(Path(place).expanduser().absolute().parent / "files")
    return str(user_data_directory() / "files")


def files_keys(settings: Settings) -> tuple[str, str] | None:
    """Access key and secret key for S3, if they are set."""
    return (settings.files_access_key, settings.files_secret_key) if settings.files_access_key else None


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
            values[name] = _converted(name, value, place, strict=True)
    for variable, text in environment.items():
        if variable.startswith(PREFIX) and variable != FILE_VARIABLE:
            place = f"environment variable {variable}"
            name = _known(variable.removeprefix(PREFIX).lower(), place, variable_of)
            values[name] = _converted(name, text, place, strict=False)
    for name, value in (overrides or {}).items():
        if value is not None:
            place = f"setting {name!r}"
            name = _known(name, place, str)
            values[name] = _converted(name, value, place, strict=False)
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
    if name in _TYPES:
        return name
    near = difflib.get_close_matches(name, _TYPES, 1)
    hint = f"did you mean {spelling(near[0])}?" if near else "docs/settings.md lists them all"
    raise WrongSetting(f"{place}: there is no such setting; {hint}")


def _converted(name: str, value: Any, place: str, *, strict: bool) -> Any:
    """The value in the setting's type and within its bounds; text is read if not *strict*."""
    if not strict and isinstance(value, str) and _is_list(name):
        value = [part.strip() for part in value.split(",") if part.strip()]
    # a URL that can't be read may be anything, a password among it
    what = "this URL" if name in ("database", "smtp_url") else shown(value)
    wrong = f"{place}: {what} is not usable; give {what_is_right(name)}"
    try:
        converted = msgspec.convert(value, _TYPES[name], strict=strict)
    except msgspec.ValidationError as error:
        raise WrongSetting(wrong) from error
    if name in _CHECKS and not _CHECKS[name][0](converted):
        raise WrongSetting(wrong)
    return converted


def shown(value: Any) -> str:
    """A value in an error line, cut short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _is_public_url(text: str) -> bool:
    parts = urlsplit(text)
    plain = (
        parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
    )
    return not text or (plain and not text.endswith("/"))


def _is_database(url: str) -> bool:
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


def _is_mail_url(url: str) -> bool:
    parts = urlsplit(url)
    try:
        known = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return known and parts.scheme in ("smtp", "smtps") and bool(parts.hostname)


def _is_place(text: str) -> bool:
    parts = urlsplit(text)
    return "://" not in text or (parts.scheme == "s3" and bool(parts.netloc) and "@" not in parts.netloc)


_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "host": (lambda host: bool(host.strip()), "an address, such as 127.0.0.1 or 0.0.0.0"),
    "public_url": (_is_public_url, "an address such as https://shares.example.com, without a final slash"),
    "trusted_proxies": (
        lambda nets: all(map(_is_network, nets)),
        'a list of networks, such as ["10.0.0.0/8"]',
    ),
    "dialects": (lambda names: set(names) <= set(DIALECTS), f"a list of these: {', '.join(DIALECTS)}"),
    "smtp_url": (
        lambda url: not url or _is_mail_url(url),
        "smtp://host:port or smtps://user:password@host:port",
    ),
    "files": (_is_place, "a folder, or s3://bucket/prefix?endpoint=https://…&region=…"),
    "database": (
        _is_database,
        "sqlite:///path.db or postgresql://user:password@host/name, with %XX for / ? # and @ in a password",
    ),
}
_TYPES: dict[str, Any] = {
    name: kind
    for name, kind in get_type_hints(Settings, include_extras=True).items()
    if name in Settings.__struct_fields__
}
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def _meta(name: str) -> tuple[Any, Meta]:
    kind, meta = get_args(_TYPES[name])
    return kind, meta


def _is_list(name: str) -> bool:
    return get_origin(_meta(name)[0]) is tuple


def what_is_right(name: str) -> str:
    """What may be given for a setting, in words."""
    if name in _CHECKS:
        return _CHECKS[name][1]
    kind, meta = _meta(name)
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    words: str = _WORDS[kind]
    if meta.gt is not None:
        words += f" above {meta.gt:g}"
    if meta.ge is not None:
        words += f" from {meta.ge:.10g}"
    if meta.le is not None:
        words += f" {'to' if meta.ge is not None else 'and at most'} {meta.le:.10g}"
    unit = (meta.extra or {})["unit"]
    return f"{words} ({unit})" if unit else words


def settings_page() -> str:
    """The table of docs/settings.md, which a test holds true."""
    lines = ["| setting | environment | value | default | meaning |", "|---|---|---|---|---|"]
    for field in msgspec.structs.fields(Settings):
        meaning = _meta(field.name)[1].description
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
