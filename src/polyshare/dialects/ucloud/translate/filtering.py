"""Which resources flags mean, in what all resources have."""

from typing import Any

from polyshare.dialects.ucloud.translate.reading import id_from
from polyshare.dialects.ucloud.wire.common import ResourceFlags
from polyshare.domain.nodes import folded_name

_NO_REF = ","  # a provider's id holds no comma


def filters(flags: ResourceFlags, words: str) -> dict[str, Any]:
    """The fields of a `Filter`; *words* are what a search looks for."""
    return {
        "created_from": flags.filterCreatedAfter,
        "created_to": flags.filterCreatedBefore,
        "owner": flags.filterCreatedBy,
        "provider": flags.filterProvider,
        "category": flags.filterProductCategory,
        "product": flags.filterProductId,
        "not_provider": flags.hideProvider,
        "not_category": flags.hideProductCategory,
        "not_product": flags.hideProductId,
        "refs": _several(flags.filterProviderIds),
        "ids": None if flags.filterIds is None else tuple(map(id_from, flags.filterIds.split(","))),
        "words": folded_name(words),
    }


def _several(text: str | None) -> tuple[str, ...] | None:
    """What commas part; nothing between two of them is nothing."""
    return None if text is None else tuple(filter(None, text.split(","))) or (_NO_REF,)
