"""Permissions on files. Source: My Cloud Home developer guide, "Sharing files"."""

from msgspec import Struct


class Entity(Struct):
    """To whom a permission is given: `cloudShare` with an authId, or `user` with a user's id, anybody or somebody."""

    id: str
    type: str


class FilePerm(Struct):
    """A permission on a file or folder."""

    id: str
    fileID: str
    entity: Entity
    value: str


class FilePerms(Struct):
    """The permissions that stand on one file or folder."""

    filePerms: list[FilePerm]
