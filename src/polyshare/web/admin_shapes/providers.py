"""Providers."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, field

from polyshare.engine.keepers import providing
from polyshare.store.directory.providers import ProviderRow
from polyshare.web.admin_shapes.common import Given, moment


class GivenProvider(Given, kw_only=True):
    """Body of PUT /providers/{id}; which settings are needed depends on the kind."""

    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    resource_types: list[str] = field(default_factory=list)


class ProviderOut(Struct):
    """A provider; its secrets are left out."""

    id: str
    kind: str
    settings: dict[str, Any]
    resource_types: list[str]
    created_at: datetime
    modified_at: datetime


def provider(found: ProviderRow) -> ProviderOut:
    """A provider as it goes out."""
    settings = msgspec.json.decode(providing.shown(found.kind, found.settings), type=dict[str, Any])
    times = (moment(found.created_at), moment(found.modified_at))
    return ProviderOut(found.name, found.kind, settings, list(found.kinds), *times)
