"""Drives, folders and files, and who else may come at them."""

from typing import Annotated, Literal

from msgspec import Meta

from polyshare.engine.worlds.shapes.base import Moment, Secret, Shape, Text
from polyshare.engine.worlds.shapes.equipment import ProductReference


class Drive(Shape, kw_only=True):
    """A drive of a user or a project; of a provider of kind `ucloud` it lies there, and `ref` is how that one knows it."""

    id: Annotated[int, Meta(ge=1)]
    device: Text | None = None
    title: Text
    owner: Text | None = None
    project: Text | None = None
    product: ProductReference | None = None
    ref: Text | None = None


class Folder(Shape, kw_only=True):
    """A folder; parents are made."""

    path: Annotated[str, Meta(pattern="^/")]
    oracle: Text | None = None
    mycloud: Text | None = None


class File(Shape, kw_only=True):
    """A file, with its content as text, as base64, or from disk."""

    path: Annotated[str, Meta(pattern="^/")]
    text: str | None = None
    base64: str | None = None
    source: Text | None = None
    oracle: Text | None = None
    mycloud: Text | None = None


class FolderMember(Shape, kw_only=True):
    """An Oracle-style share of a folder."""

    path: Annotated[str, Meta(pattern="^/")]
    user: Text | None = None
    group: Text | None = None
    role: Literal["viewer", "downloader", "contributor", "manager"]


class Offer(Shape, kw_only=True):
    """A UCloud-style share of a folder with one user."""

    path: Annotated[str, Meta(pattern="^/")]
    to: Text
    permissions: tuple[Literal["READ", "EDIT"], ...] = ("EDIT",)
    consent: Literal["awaited", "given", "refused"] = "awaited"
    ids: dict[str, str] = {}


class Link(Shape, kw_only=True):
    """A share by link."""

    path: Annotated[str, Meta(pattern="^/")]
    ids: dict[str, str] = {}
    token: Secret | None = None
    users: list[Text] = []
    password: Secret | None = None
    expires: Moment | None = None
    uses: Annotated[int, Meta(ge=1)] | None = None
    drop: bool = False


class FilePermission(Shape, kw_only=True):
    """My Cloud's second key to a file."""

    path: Annotated[str, Meta(pattern="^/")]
    entity: Text
    value: Literal["ReadFile", "WriteFile", "WriteFilePerms"]


class Collection(Shape, kw_only=True):
    """An Oracle 1.1 collection."""

    id: Text
    name: Text
    owner: Text
