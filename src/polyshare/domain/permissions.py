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
        return _CLOSED[self.bit_length()]


_CLOSED = tuple(Permission((1 << flags) - 1) for flags in range(5))

ROLES = {
    Permission.VIEW: "viewer",
    Permission.DOWNLOAD: "downloader",
    Permission.EDIT: "contributor",
    Permission.MANAGE: "manager",
}
"""What people call a closed set, by its highest flag."""
_NAMES = ("", *ROLES.values())


def role_of(permissions: Permission) -> str:
    """The name of the closed set that *permissions* amounts to; empty for none."""
    return _NAMES[permissions.bit_length()]
