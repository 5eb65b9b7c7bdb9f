"""Descriptions in a little Markdown, as HTML."""

import re

from markupsafe import Markup, escape

_SPANS = re.compile(
    r"`(?P<code>[^`]+)`|\[(?P<text>[^\]]+)\]\((?P<url>https?://[^)\s]+)\)|\*\*(?P<bold>[^*]+)\*\*"
)


def prose(text: str | None) -> Markup:
    """Paragraphs, lists, `code`, **bold** and links of a description as HTML; everything else is escaped."""
    made = []
    for block in re.split(r"\n\s*\n", (text or "").strip()):
        lines = block.splitlines()
        if lines and all(line.lstrip().startswith(("- ", "* ")) or line.startswith("  ") for line in lines):
            items = re.split(r"\n\s*[-*] ", "\n" + block)[1:]
            made.append(
                Markup("<ul>{}</ul>").format(
                    Markup().join(Markup("<li>{}</li>").format(_spans(i)) for i in items)
                )
            )
        elif block:
            made.append(Markup("<p>{}</p>").format(_spans(block)))
    return Markup("\n").join(made)


def _spans(text: str) -> Markup:
    made, at = Markup(), 0
    for match in _SPANS.finditer(text):
        made += escape(text[at : match.start()])
        if match["code"]:
            made += Markup("<code>{}</code>").format(match["code"])
        elif match["bold"]:
            made += Markup("<strong>{}</strong>").format(match["bold"])
        else:
            made += Markup('<a href="{}" rel="noreferrer">{}</a>').format(match["url"], match["text"])
        at = match.end()
    return made + escape(text[at:])
