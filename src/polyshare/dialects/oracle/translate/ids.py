"""How this API spells ids: a letter for the kind, 23 hex digits that say which, and a tail that all ids of one server share."""

import re
from dataclasses import dataclass

SELF = "self"
"""Stands for the caller's home folder wherever a folder's id does."""

NAMESPACE = "oracle"
"""Of the ids that somebody fixed."""

FOLDER, FILE, LINK, USER, GROUP = "F", "D", "L", "U", "G"

_SHAPE = re.compile(r"[FDLUG][0-9A-Z]{11,127}")
_SPELLED = re.compile(r"([FDLUG])([0-9A-F]{23})([0-9A-F]{12}|[0-9A-F]{20})")
_BITS = (1 << 92) - 1
_FACTOR = 0x9E3779B97F4A7C15F39CC0D  # odd, so that multiplying by it is undone by its inverse; makes neighbours look apart
_BACK = pow(_FACTOR, -1, _BITS + 1)
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Tail:
    """The 20 hex digits in which the ids of one server end; those of people and groups have the first 12 of them."""

    text: str

    def spell(self, letter: str, id_: int) -> str:
        """The id of the thing of that kind which has the number *id_*."""
        ending = self.text[:12] if letter in (USER, GROUP) else self.text
        return f"{letter}{id_ * _FACTOR & _BITS:023X}{ending}"

    def read(self, text: str) -> tuple[str, int] | None:
        """The letter and the number behind an id in capitals; None: this server spells none like that."""
        found = _SPELLED.fullmatch(text)
        if found is None:
            return None
        letter, digits, ending = found.groups()
        id_ = int(digits, 16) * _BACK & _BITS
        if id_ > _LARGEST or self.spell(letter, id_) != text:
            return None
        return letter, id_


def canonical(text: str) -> str:
    """An id as it is compared: in capitals."""
    return text.strip().upper()


def is_id(text: str) -> bool:
    """Whether a text has a shape that ids have, ours or those of another server that somebody fixed here."""
    return _SHAPE.fullmatch(canonical(text)) is not None
