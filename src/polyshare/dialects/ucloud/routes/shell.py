"""
Empty answers for the frame of UCloud's web client, which asks on every page for services that are not here.

It takes a 404 for a failure and shows it; an empty list it shows as what it is. Only what it asks for by itself is named here,
and nothing that changes anything: whoever starts a job is to be told that there is no such call.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.refusals import NoRoute
from polyshare.dialects.ucloud.translate import paging
from polyshare.dialects.ucloud.translate.reading import Query
from polyshare.dialects.ucloud.wire import shell as wire
from polyshare.dialects.ucloud.wire.common import Nothing, Page, Paged, Responses

_PAGED: Query[Paged] = Query(Paged)

PAGES = (
    "/api/accounting/v2/browseWallets",
    "/api/files/metadata/browse",
    "/api/files/metadataTemplates/browse",
    "/api/gifts/browse",
    "/api/grants/v2/browse",
    "/api/ingresses/browse",
    "/api/jobs/browse",
    "/api/licenses/browse",
    "/api/networkips/browse",
    "/api/projects/v2/browseInvites",
    "/api/projects/v2/browseLink",
    "/api/providers/browse",
    "/api/ssh/browse",
    "/api/syncthing/browse",
    "/api/tasks/browse",
)
"""Lists, told as PageV2."""

OLD_PAGES = ("/api/news/list", "/api/news/listDowntimes")
"""Lists, told as Page; whoever is not signed in sees them too."""

SAID: Mapping[str, Any] = {
    "/api/avatar/find": Nothing(),
    "/api/features/retrieveEnabled": (),
    "/api/gifts/available": wire.Gifts(()),
    "/api/hpc/apps/retrieveLandingPage": wire.LandingPage(),
    "/api/hpc/apps/retrieveStars": wire.Items(()),
    "/api/jobs/retrieveProducts": wire.Machines({}),
    "/api/news/listCategories": (),
    "/api/sla": wire.Agreement(0, ""),
    "/auth/2fa/status": wire.TwoFactor(connected=False),
}
"""What else is asked for, with what there is to say."""

SAID_TO_ALL: Mapping[str, Any] = {
    "/api/branding/retrieve": wire.Branding(),
    "/auth/browseIdentityProviders": Responses(()),
}
"""What the page to sign in asks for, before anybody is known."""

INITS = ("/api/ingresses/init", "/api/jobs/init", "/api/licenses/init", "/api/networkips/init")
"""What is made ready before it is used; there is nothing to do."""


async def _page(call: Call, _: None, paged: Paged) -> Page:
    _demand_on(call)
    return Page(paging.size(paged), (), None)


async def _old_page(call: Call, _: None, paged: Paged) -> wire.OldPage:
    _demand_on(call)
    return wire.OldPage(0, paging.size(paged), 0, ())


async def _avatars(call: Call, _: None, __: None) -> wire.Avatars:
    """POST /api/avatar/bulk."""
    _demand_on(call)
    return wire.Avatars({})


async def _init(call: Call, _: None, __: None) -> Nothing:
    _demand_on(call)
    return Nothing()


def _says(said: Any) -> Callable[[Call, None, None], Awaitable[Any]]:
    async def handler(call: Call, _: None, __: None) -> Any:
        _demand_on(call)
        return said

    return handler


def _demand_on(call: Call) -> None:
    if not call.house.settings.ucloud_shell:
        raise NoRoute


ROUTES = (
    *(Route("GET", path, _page, Doing.STEPS, _PAGED) for path in PAGES),
    *(Route("GET", path, _old_page, Doing.STEPS, _PAGED, is_open=True) for path in OLD_PAGES),
    *(Route("GET", path, _says(said), Doing.STEPS) for path, said in SAID.items()),
    *(Route("GET", path, _says(said), Doing.STEPS, is_open=True) for path, said in SAID_TO_ALL.items()),
    *(Route("POST", path, _init, Doing.STEPS, has_body=True) for path in INITS),
    Route("POST", "/api/avatar/bulk", _avatars, Doing.STEPS, has_body=True),
)
