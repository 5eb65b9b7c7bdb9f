"""Text of others, made fit to be shown, logged and kept."""


def plain(text: str, limit: int) -> str:
    """Text of theirs on one line, without what no database keeps, at most *limit* characters."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: limit + 1]).strip()
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
