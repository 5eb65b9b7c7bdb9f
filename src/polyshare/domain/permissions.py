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


ROLES = {
    Permission.VIEW: "viewer",
    Permission.DOWNLOAD: "downloader",
    Permission.EDIT: "contributor",
    Permission.MANAGE: "manager",
}
"""What people call a closed set, by its highest flag."""


def role_of(permissions: Permission) -> str:
    """The name of the closed set that *permissions* amounts to; empty for none."""
    return ROLES[Permission(1 << int(permissions).bit_length() - 1)] if permissions else ""
