"""Settings: where values come from, what is refused, and that the documentation tells the truth."""

from pathlib import Path

import msgspec
import pytest

from polyshare.settings import (
    Settings,
    WrongSetting,
    load_settings,
    settings_page,
    user_data_directory,
    variable_of,
    without_password,
)


def a_file(folder: Path, text: str) -> Path:
    path = folder / "polyshare.toml"
    path.write_text(text)
    return path


def refusal(**given: object) -> str:
    with pytest.raises(WrongSetting) as caught:
        load_settings(**{"environment": {}, **given})  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_command_line_beats_the_environment_beats_the_file_beats_the_default(tmp_path: Path) -> None:
    file = a_file(tmp_path, "port = 1001\nworkers = 2\npool_size = 3\n")

    settings = load_settings(
        file, {"POLYSHARE_PORT": "1002", "POLYSHARE_WORKERS": "4"}, {"port": 1003, "host": None}
    )

    assert (settings.port, settings.workers, settings.pool_size, settings.host) == (1003, 4, 3, "127.0.0.1")


def test_the_environment_can_name_the_settings_file(tmp_path: Path) -> None:
    file = a_file(tmp_path, "retention_days = 7\n")

    assert load_settings(environment={"POLYSHARE_SETTINGS": str(file)}).retention_days == 7


def test_every_setting_can_be_given_by_its_environment_variable() -> None:
    spelled = {
        "trusted_proxies": "10.0.0.0/8, ::1",
        "dialects": "cloudflare",
        "cors_origins": "https://app.example.com",
        "tls_certificate": "c",
        "tls_key": "k",
        "files_access_key": "k",
        "files_secret_key": "s",
    }
    environment = {}
    for field in msgspec.structs.fields(Settings):
        default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
        environment[variable_of(field.name)] = spelled.get(field.name, str(default))

    settings = load_settings(environment=environment)

    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")
    assert settings.background is True
    assert settings.retry_first_s == Settings().retry_first_s


def test_an_unknown_name_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    assert "did you mean retention_days?" in refusal(file=a_file(tmp_path, "retention_day = 3\n"))
    assert "did you mean POLYSHARE_PORT?" in refusal(environment={"POLYSHARE_PROT": "3"})
    assert "docs/settings.md" in refusal(environment={"POLYSHARE_ZZZZZZ": "3"})


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("port", "eighty", "a whole number from 1 to 65535"),
        ("port", "70000", "a whole number from 1 to 65535"),
        ("background", "perhaps", "true or false"),
        ("server", "hypercorn", "one of granian, uvicorn"),
        ("poll_interval_s", "0", "a number above 0"),
        ("trusted_proxies", "example.com", "a list of networks"),
        ("public_url", "example.com", "https://shares.example.com"),
        ("dialects", "cloudflare,telepathy", "a list of these: cloudflare"),
        ("database", "mysql://host/name", "sqlite:///absolute/path.db or postgresql://"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_would_be_right(
    name: str, value: str, right: str
) -> None:
    message = refusal(environment={variable_of(name): value})

    assert variable_of(name) in message
    assert right in message


def test_the_settings_file_wants_values_of_their_type(tmp_path: Path) -> None:
    assert "'port'" in refusal(file=a_file(tmp_path, 'port = "8300"\n'))


def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "missing.toml" in refusal(file=tmp_path / "missing.toml")
    assert "not TOML" in refusal(file=a_file(tmp_path, "port ="))


def test_a_certificate_needs_its_key() -> None:
    assert "tls_key" in refusal(overrides={"tls_certificate": "cert.pem"})


def test_the_databases_password_is_shown_nowhere() -> None:
    settings = load_settings(environment={"POLYSHARE_DATABASE": "postgresql://me:hunter2@localhost/shares"})

    assert settings.database == "postgresql://me:hunter2@localhost/shares"
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in refusal(environment={"POLYSHARE_DATABASE": "mysql://me:hunter2@localhost/shares"})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hunter2@localhost/shares", "postgresql://me:…@localhost/shares"),
        ("postgresql://me@localhost/shares", "postgresql://me@localhost/shares"),
        ("postgresql://me:hun/ter2@localhost/shares", "postgresql://me:…@localhost/shares"),
        ("postgresql://me:hun@ter2@localhost/shares", "postgresql://me:…@localhost/shares"),
        ("postgresql://me:12?hunter2@localhost/shares", "postgresql://…"),
        ("postgresql://me@h/d?password=hunter2&sslmode=require", "postgresql://me@h/d?password=…&sslmode=…"),
        ("postgresql://me@h/d?hunter2", "postgresql://me@h/d?…"),
        ("postgresql://me:hunter2", "postgresql://me:…"),
        ("postgresql://one:5432,[::1]:5433,[::1]/shares", "postgresql://one:5432,[::1]:5433,[::1]/shares"),
        ("sqlite:///home/me@work/shares.db", "sqlite:///home/me@work/shares.db"),
        ("sqlite://:memory:", "sqlite://:memory:"),
    ],
)
def test_a_database_url_is_shown_without_what_may_be_secret(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "me:hunter2@localhost",
        "mysql://localhost/shares?password=hunter2",
        "postgresql://me:hunter2",
        "postgresql://me:hun/hunter2@localhost/shares",
        "postgresql://me:hun#hunter2@localhost/shares",
        "postgresql://me:12/hunter2@localhost/shares",
        "postgresql://me:hunter2@localhost:99999/shares",
        "postgresql://me:hunter2@[::1/shares",
    ],
)
def test_a_database_url_that_cannot_be_used_is_never_repeated(url: str, tmp_path: Path) -> None:
    given = refusal(environment={"POLYSHARE_DATABASE": url})
    written = refusal(file=a_file(tmp_path, f'database = ["{url}"]\n'))

    for message in (given, written):
        assert "hunter2" not in message
        assert "postgresql://user:password@host/name" in message
        assert "\n" not in message


def test_data_is_kept_where_the_platform_keeps_it() -> None:
    assert user_data_directory("linux", {"XDG_DATA_HOME": "/data"}) == Path("/data/polyshare")
    assert (
        user_data_directory("linux", {"XDG_DATA_HOME": "relative"}) == Path.home() / ".local/share/polyshare"
    )
    assert user_data_directory("darwin", {}) == Path.home() / "Library/Application Support/polyshare"


def test_a_user_whom_the_system_does_not_know_can_say_where_data_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)

    assert Settings(database="sqlite:///data/polyshare.db").database == "sqlite:///data/polyshare.db"
    assert user_data_directory("linux", {}) == Path("/.local/share/polyshare")


def test_the_settings_page_lists_what_is_there() -> None:
    page = Path(__file__).parents[1] / "docs" / "settings.md"

    assert page.read_text("utf-8") == settings_page()


def test_every_default_of_the_settings_page_can_be_written_into_the_settings_file(tmp_path: Path) -> None:
    rows = [line.split(" | ") for line in settings_page().splitlines() if line.startswith("| `")]
    defaults = {row[0].strip("| `"): row[3].strip("`") for row in rows}
    del defaults["database"]  # it depends on the user

    file = a_file(tmp_path, "".join(f"{name} = {default}\n" for name, default in defaults.items()))

    assert load_settings(file, {}) == Settings()


def test_the_example_of_the_settings_page_is_a_settings_file(tmp_path: Path) -> None:
    example = settings_page().split("```toml\n")[1].split("```")[0]

    assert load_settings(a_file(tmp_path, example), {}) != Settings()


def test_numbers_are_told_as_people_write_them() -> None:
    assert "from 1 to 5000000000000 (bytes)" in settings_page()
    assert "e+" not in settings_page()


def test_every_limit_of_a_share_or_an_account_can_be_lifted() -> None:
    """Zero means no limit for each of them, and says so."""
    names = ("shares_per_account", "recipients_per_share", "items_per_share", "tags_per_share")

    settings = load_settings(environment={}, overrides=dict.fromkeys(names, 0))

    assert [getattr(settings, name) for name in names] == [0] * len(names)
    assert settings_page().count("0: no limit") == len(names)
