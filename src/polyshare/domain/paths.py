"""Paths of files as people write them: the number of a drive, then names."""

LARGEST_DRIVE = 2**63 - 1

NOWHERE = "/0"
"""In normal form, on a drive that there is none of: stands for what leads nowhere, where that is told later."""


def normal(text: str) -> str | None:
    """
    A path in normal form: `/drive/names…`, each place spelled in one way.

    Slashes that follow one another are one, a last one is none, `.` stays where it is, and `..` goes up, above a drive
    too. Names are kept letter for letter: what lies elsewhere need not be in the normal form of our own tree.

    Returns:
        None where it leads nowhere: relative, above everything, or without a drive's number.
    """
    if not text.startswith("/"):
        return None
    names: list[str] = []
    for name in text.split("/"):
        if name == "..":
            if not names:
                return None
            names.pop()
        elif name not in ("", "."):
            names.append(name)
    drive = drive_number(names[0]) if names else None
    if drive is None:
        return None
    return "/".join(("", str(drive), *names[1:]))


def drive_number(text: str) -> int | None:
    """The number that stands for a drive in a path; None for what can be none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    number = int(text)
    return number if number <= LARGEST_DRIVE else None


def drive_and_names(path: str) -> tuple[int, tuple[str, ...]]:
    """The drive and the names below its root that a path in normal form leads to."""
    _, drive, *names = path.split("/")
    return int(drive), tuple(names)


def last_name(path: str) -> str:
    """What a path in normal form leads to, without what lies above; the number of a drive for its root."""
    return path.rpartition("/")[2]
