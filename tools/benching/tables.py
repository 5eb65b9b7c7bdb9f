"""What a benchmark found, as Markdown tables."""

from collections.abc import Sequence
from typing import Any


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table with its columns aligned; the first is text, the others are numbers."""
    widths = [max(len(line[at]) for line in [heads, *lines]) for at in range(len(heads))]

    def row(cells: Sequence[str]) -> str:
        first, *rest = zip(cells, widths, strict=True)
        words = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
        return f"| {' | '.join(words)} |"

    rule = [f"{'-' * (width - (at > 0))}{':' if at else ''}" for at, width in enumerate(widths)]
    return "\n".join([row(heads), row(rule), *map(row, lines)])


def report(found: dict[str, Any]) -> str:
    """Everything as Markdown."""
    on = found["machine"]
    parts = [
        f"{on['cores']} cores of {on['cpu']}, {on['system']}, Python {on['python']}, {on['server']}, "
        f"SQLite {on['sqlite']}; the best of {on['rounds']} rounds, {on['connections']} connections; "
        f"{'server alone on one core' if on['pinned'] else 'not pinned to cores'}."
    ]
    for kind, worlds in found["engines"].items():
        parts += [f"## {kind}", _speed_table(kind, worlds), _flat_table(worlds), _stream_table(worlds)]
        parts.append(_download_table(worlds[0]["downloaded"]))
    return "\n\n".join(parts)


def _speed_table(kind: str, worlds: Sequence[dict[str, Any]]) -> str:
    heads = ["case", "shares", "requests/s", "p50 ms", "p99 ms", "CPU us", "to bare"]
    heads += ["database CPU us"] if kind == "postgres" else []
    lines = []
    for name in worlds[0]["speed"]:
        for world in worlds:
            one = world["speed"][name]
            line = [name, str(world["shares"]), f"{one['requests_per_s']:.0f}", f"{one['p50_ms']:.2f}"]
            line += [f"{one['p99_ms']:.2f}", f"{one['cpu_us']:.0f}", f"{one['ratio']:.1f}"]
            lines.append(line + ([f"{one['database_cpu_us']:.0f}"] if kind == "postgres" else []))
    return table(heads, lines)


def _flat_table(worlds: Sequence[dict[str, Any]]) -> str:
    heads = ["CPU us, server and database", *(f"{world['shares']} shares" for world in worlds)]
    lines = [
        [
            name,
            *(
                f"{world['flat'][name]['cpu_us'] + world['flat'][name]['database_cpu_us']:.0f}"
                for world in worlds
            ),
        ]
        for name in worlds[0]["flat"]
    ]
    return table(heads, lines)


def _stream_table(worlds: Sequence[dict[str, Any]]) -> str:
    heads = ["whole list in one answer", "MB sent", "seconds", "CPU s", "RSS MB before", "RSS MB after"]
    lines = []
    for world in worlds:
        one = world["streamed"]
        numbers = (one["megabytes"], one["seconds"], one["cpu_s"], one["rss_before_mb"], one["rss_after_mb"])
        lines.append([f"{one['shares']} shares", *(f"{number:.1f}" for number in numbers)])
    return table(heads, lines)


def _download_table(found: Sequence[dict[str, Any]]) -> str:
    heads = ["one file, one connection", "MB", "MB/s", "CPU s", "RSS MB before", "at most", "after"]
    lines = []
    for one in found:
        speed = one["megabytes"] / one["seconds"]
        memory = (one["before_mb"], one["peak_mb"], one["after_mb"])
        numbers = (one["megabytes"], speed, one["cpu_s"], *memory)
        lines.append([one["name"], *(f"{number:.1f}" for number in numbers)])
    return table(heads, lines)
