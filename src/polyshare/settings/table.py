"""The one table of settings: of each its type, unit, default, bounds and meaning."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from polyshare.settings.addresses import without_password

DIALECTS = ("cloudflare", "oracle", "mycloud", "ucloud")


def means(meaning: str, unit: str = "", **bounds: Any) -> Meta:
    """What a setting means, in which unit, and its bounds: ge, gt, le."""
    return Meta(description=meaning, extra={"unit": unit}, **bounds)


def user_data_directory(platform: str = sys.platform, environment: Mapping[str, str] | None = None) -> Path:
    """The folder in which this user's programs keep their data."""
    environment = os.environ if environment is None else environment
    if platform == "darwin":
        return _home() / "Library" / "Application Support" / "polyshare"
    base = environment.get("XDG_DATA_HOME", "")
    return (Path(base) if base.startswith("/") else _home() / ".local" / "share") / "polyshare"


def _home() -> Path:
    """This user's folder; of one without an entry and without HOME, as in a container under any number, the root."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")


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
    cors_origins: Annotated[
        tuple[str, ...],
        means("Origins of web pages that may call the My Cloud API from a browser; empty: all."),
    ] = ()
    cache_route: Annotated[
        bool, means("Whether My Cloud shares name `/cache` as the place of their content, too.")
    ] = False
    ucloud_shell: Annotated[
        bool,
        means(
            "Whether lists that UCloud's web client asks for on every page, of services that are not here, are empty"
            " instead of unknown."
        ),
    ] = True
    shutdown_s: Annotated[
        float, means("Longest wait for requests under way when the server stops.", "seconds", ge=0, le=3600)
    ] = 30.0

    # keeping
    database: Annotated[
        str,
        means("Where rows are kept: `sqlite:///absolute/path.db` or `postgresql://user:password@host/name`."),
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
    link_guesses_per_minute: Annotated[
        int,
        means(
            "Wrong access codes for one link: from one address, and from all together that have guessed before.",
            "guesses a minute",
            ge=1,
            le=1_000_000,
        ),
    ] = 10
    link_first_guesses_per_minute: Annotated[
        int,
        means(
            "Wrong access codes for one link that are each the first from its address.",
            "guesses a minute",
            ge=1,
            le=1_000_000,
        ),
    ] = 30
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
    share_token_hours: Annotated[
        float,
        means("How long the token holds that who opens a share by its link gets.", "hours", gt=0, le=8760),
    ] = 24
    refresh_token_days: Annotated[
        float,
        means(
            "How long a client can get new tokens for a user who has not signed in again.",
            "days",
            gt=0,
            le=3650,
        ),
    ] = 90
    session_hours: Annotated[float, means("How long a browser stays signed in.", "hours", gt=0, le=8760)] = (
        168
    )
    signing_key_days: Annotated[
        float,
        means(
            "A key that signs tokens is replaced at this age; what it signed stays good. 0: only by the command.",
            "days",
            ge=0,
            le=36_500,
        ),
    ] = 90
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
    upload_idle_s: Annotated[
        float, means("An upload that sends nothing for this time is dropped.", "seconds", gt=0, le=3600)
    ] = 60.0
    preview_memory_bytes: Annotated[
        int,
        means(
            "Files of pictures that one process has in memory to draw links' previews; the next ones wait.",
            "bytes",
            ge=50_331_648,
        ),
    ] = 100_663_296
    body_limit_bytes: Annotated[
        int, means("Largest request body that is no upload; a larger one is refused.", "bytes", ge=1024)
    ] = 1_048_576
    body_timeout_s: Annotated[
        float,
        means("Any other body is refused when it is not complete after this time.", "seconds", gt=0, le=3600),
    ] = 30.0

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
    verify_hours: Annotated[
        float,
        means(
            "How often providers of kind `ucloud` are told of all shares of theirs, to say which ones they do not know."
            " 0: never.",
            "hours",
            ge=0,
            le=8760,
        ),
    ] = 0
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
