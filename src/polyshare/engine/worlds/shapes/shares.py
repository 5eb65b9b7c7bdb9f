"""Shares of resources that lie outside the tree."""

from typing import Any

from polyshare.engine.worlds.shapes.base import Shape, Text


class ShareRecipient(Shape, kw_only=True):
    """An account to which a share goes."""

    id: Text | None = None
    account: Text


class ShareResource(Shape, kw_only=True):
    """A resource in a share."""

    id: Text | None = None
    type: Text
    resource: Text
    meta: dict[str, Any] = {}


class Share(Shape, kw_only=True):
    """A share that is simply there, carried out; it goes to the recipients, or to the owner's whole organization."""

    id: Text
    name: Text
    account: Text
    recipients: list[ShareRecipient] = []
    organization: Text | None = None
    resources: list[ShareResource] = []
    tags: dict[str, str] = {}
