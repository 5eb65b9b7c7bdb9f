"""The Containerfile, as far as it can be held true without a container engine."""

import json
import re
import shlex
import stat
from pathlib import Path, PurePosixPath

import pytest
from click.testing import CliRunner

from deploy import alive
from polyshare import cli
from polyshare.cli.options import file_of
from polyshare.settings import Settings, load_settings
from tests.server import live_server

__all__ = ["live_server"]

ROOT = Path(__file__).resolve().parent.parent
LINES = re.sub(r"^#.*\n", "", (ROOT / "Containerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
STEPS = [tuple(line.split(None, 1)) for line in LINES.splitlines() if line.strip()]
LAST = STEPS[max(at for at, (word, _) in enumerate(STEPS) if word == "FROM") :]
ALLOWED = [
    line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
]


def said(word, steps=STEPS):
    """What follows an instruction, each time that it is there."""
    return [rest for instruction, rest in steps if instruction == word]


def environment():
    """The variables that the image sets."""
    return dict(pair.split("=", 1) for rest in said("ENV", LAST) for pair in shlex.split(rest))


@pytest.fixture
def settings(monkeypatch):
    """What the image's variables come to, with the least that an operator adds."""
    for name, value in environment().items():
        if name.startswith("POLYSHARE_"):
            monkeypatch.setenv(name, value)
    return load_settings(None, overrides={"trusted_proxies": ("172.17.0.1/32",)})


def test_what_is_copied_is_there_and_let_into_the_build():
    copied = [name for rest in said("COPY") if "--from" not in rest for name in shlex.split(rest)[:-1]]

    assert "src/" in copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert any(PurePosixPath(name).is_relative_to(one) for one in ALLOWED), name
    assert [
        one for one in ALLOWED if not any(PurePosixPath(one) == PurePosixPath(name) for name in copied)
    ] == []


def test_packages_are_installed_by_their_hashes_or_not_from_an_index():
    installs = [step for rest in said("RUN") for step in rest.split("&&") if "pip install" in step]

    assert len(installs) == 3
    for step in installs:
        words = shlex.split(step)
        if "--require-hashes" in words:
            assert (ROOT / words[-1]).parent == ROOT / "requirements"
            assert words[-1] in shlex.split(said("COPY")[0])
        else:
            assert {"--no-index", "--no-deps"} <= set(words)


def test_nothing_of_the_first_stage_but_the_environment_comes_into_the_second():
    assert [rest for rest in said("COPY", LAST) if "--from" in rest] == [
        "--from=build /opt/polyshare/ /opt/polyshare/"
    ]
    assert not any("pip" in rest for rest in said("RUN", LAST))


def test_it_does_not_run_as_root():
    [user] = said("USER", LAST)
    made = " ".join(said("RUN", LAST))

    assert int(user.partition(":")[0]) > 0
    assert f"--uid {user.partition(':')[0]} " in made
    assert LAST.index(("USER", user)) < LAST.index(("ENTRYPOINT", said("ENTRYPOINT", LAST)[0]))


def test_what_the_image_sets_are_settings_and_its_data_lie_in_the_volume(settings):
    [volume] = said("VOLUME", LAST)

    assert settings.host == "0.0.0.0"  # noqa: S104 - a container has nothing but what is published
    assert file_of(settings).parent == Path(volume)
    assert environment()["HOME"] == volume
    assert f"--mode=0700 {volume}" in " ".join(said("RUN", LAST))
    assert said("EXPOSE", LAST) == [str(Settings().port)]


def test_what_it_runs_are_commands_of_ours():
    [entry], [command] = (json.loads(said(word, LAST)[0]) for word in ("ENTRYPOINT", "CMD"))

    assert PurePosixPath(entry).name == "polyshare"
    assert PurePosixPath(entry).parent == PurePosixPath(environment()["PATH"].partition(":")[0])
    assert CliRunner().invoke(cli.polyshare, [command, "--help"]).exit_code == 0


def test_its_health_check_runs_what_was_copied():
    [check] = said("HEALTHCHECK", LAST)
    program, *_, script = json.loads(check.partition("CMD ")[2])

    assert PurePosixPath(program) == PurePosixPath(json.loads(said("ENTRYPOINT", LAST)[0])[0]).with_name(
        "python"
    )
    assert f"deploy/{PurePosixPath(script).name} {script}" in said("COPY", LAST)
    assert (ROOT / "deploy" / PurePosixPath(script).name).stat().st_mode & stat.S_IROTH


def test_the_health_check_tells_a_server_that_lives_from_one_that_does_not(live_server):
    server = live_server()
    settings = Settings(port=int(server.base_url.rpartition(":")[2]))

    living = alive.lives(settings)
    server.stop()

    assert living
    assert not alive.lives(settings)
