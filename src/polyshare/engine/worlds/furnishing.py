"""What a world file says that files lie on and grants are carried out by: providers, products and who may use them."""

from typing import Any

import msgspec

from polyshare.domain.errors import Invalid
from polyshare.domain.products import Holder, Product, ProductRef
from polyshare.engine.directory import allotting, products
from polyshare.engine.keepers import equipping
from polyshare.engine.worlds.load import Load

PROVIDER_SECRETS = ("secret", "private_key", "public_key", "refresh_token")


async def provider(load: Load, entry: Any) -> None:
    given = {name: getattr(entry, name) for name in ("delay_s", "url", "networks", "timeout_s")}
    for name in PROVIDER_SECRETS:
        if getattr(entry, name) is not None:
            given[name] = load.secrets.of(load.place, name, getattr(entry, name))
    settings = msgspec.json.encode({name: value for name, value in given.items() if value is not None})
    names = [row.name for row in await equipping.page(load.work)]
    try:
        different = await equipping.equip(
            load.work, entry.id, entry.kind, settings.decode(), entry.resource_types
        )
    except Invalid as error:  # a world file has the settings beside the other keys
        where = error.where[error.where[:1] == ("settings",) :]
        raise Invalid(error.message, *where) from error
    load.did("provider", entry.id, ("changed" if entry.id in names else "added") if different else "")


async def product(load: Load, entry: Any) -> None:
    """A product, and its terms."""
    wanted = Product(
        ProductRef(entry.id, entry.category, entry.provider),
        entry.description,
        entry.free,
        entry.unit,
        entry.charge_type,
        entry.price,
        entry.priority,
    )
    load.did("product", str(wanted.ref), await products.put(load.work, wanted))


async def allocation(load: Load, entry: Any) -> None:
    """What a user or a project may use of a product."""
    ref = await products.named(load.work, entry.product, entry.category, entry.provider)
    holder = Holder(entry.user or "", entry.project or "")
    how = await allotting.allot(load.work, ref, holder, entry.balance)
    load.did("allocation", f"of {ref} to {entry.user or entry.project}", how)
