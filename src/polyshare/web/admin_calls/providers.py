"""Providers."""

import msgspec

from polyshare.engine.keepers import equipping
from polyshare.engine.work import Work
from polyshare.web import admin_shapes as shapes
from polyshare.web.admin_calls.calling import Call


async def list_providers(call: Call) -> shapes.Page:
    """GET /providers: all of them on one page."""
    return shapes.Page([shapes.provider(one) for one in await call.look(equipping.page)], None)


async def show_provider(call: Call) -> shapes.ProviderOut:
    """GET /providers/{id}."""
    return shapes.provider(await call.look(lambda work: equipping.show(work, call.path["id"])))


async def put_provider(call: Call) -> shapes.ProviderOut:
    """PUT /providers/{id}."""
    body, name = call.body, call.path["id"]
    settings = msgspec.json.encode(body.settings).decode()

    async def job(work: Work) -> shapes.ProviderOut:
        await equipping.equip(work, name, body.kind, settings, body.resource_types)
        return shapes.provider(await equipping.show(work, name))

    return await call.change(job)


async def remove_provider(call: Call) -> None:
    """DELETE /providers/{id}."""
    await call.change(lambda work: equipping.dismiss(work, call.path["id"]))
