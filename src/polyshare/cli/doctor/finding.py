"""What `polyshare doctor` says of one thing."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `right` says what to do when it is not ok."""

    what: str
    ok: bool
    found: str
    right: str = ""


def this_user() -> str:
    """Who runs this process."""
    return f"user number {os.getuid()}"
