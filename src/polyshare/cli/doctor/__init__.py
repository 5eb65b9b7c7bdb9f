"""`polyshare doctor`: looks an installation over and says what is wrong and what would be right."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict

import click

from polyshare.cli.doctor import machine, rows
from polyshare.cli.doctor.finding import Finding
from polyshare.cli.options import FAILED, finish, setting
from polyshare.settings import FILE_VARIABLE, WrongSetting, load_settings


@click.command()
@click.option(
    "--settings", "settings_file", metavar="FILE", help="A TOML file with settings; also POLYSHARE_SETTINGS."
)
@setting("database")
@setting("host")
@setting("port")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(settings_file: str | None, as_json: bool, **given: str | None) -> None:
    """
    Say what is wrong with this installation, and what would be right.

    Looks at Python, the SQLite library, the settings, the database and its schema, file permissions, disk space, the
    files' bytes, process numbers, clocks, the world file and the port. Changes nothing, and may run beside a server.

    Exit code: 0 if all is well, 1 if anything is wrong.

    \b
    Examples:
      polyshare doctor
      polyshare doctor --port 8400
      polyshare doctor --settings /etc/polyshare.toml --json
    """
    findings = finish(_look(settings_file, given))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in findings], indent=2))
    else:
        for each in findings:
            click.echo(f"{'ok   ' if each.ok else 'WRONG'}  {each.what:<12} {each.found}")
            if not each.ok:
                click.echo(f"       {'':<12} -> {each.right}")
    if not all(each.ok for each in findings):
        raise click.exceptions.Exit(FAILED)


async def _look(settings_file: str | None, given: Mapping[str, str | None]) -> list[Finding]:
    findings = [*machine.libraries()]
    try:
        settings = load_settings(settings_file, overrides=given)
    except WrongSetting as error:
        return [
            *findings,
            Finding("settings", False, str(error), "correct this setting; docs/settings.md lists them all"),
        ]
    source = settings_file or os.environ.get(FILE_VARIABLE)
    findings.append(Finding("settings", True, str(source or "environment and defaults")))
    findings += [*machine.exposure(settings), *machine.files(settings, source), *machine.space(settings)]
    findings += [each async for each in rows.database(settings)]
    findings += [*machine.world(settings), *machine.port(settings)]
    return findings
