"""What a grant lets its holder do: four flags, kept as asked and closed on use."""

from enum import IntFlag


class Permission(IntFlag):
    """One flag each; MANAGE implies EDIT implies DOWNLOAD implies VIEW once closed."""

    VIEW = 1
    DOWNLOAD = 2
    EDIT = 4
    MANAGE = 8

    @property
    def closed(self) -> "Permission":
        """This set with everything that it implies."""
        if self == 0:
            return self
        return Permission((1 << int(self).bit_length()) - 1)
