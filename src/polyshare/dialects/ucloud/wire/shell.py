"""What the frame of UCloud's web client is told of services that are not here.  Source: the API of UCloud's server in Go."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct


class OldPage(Struct):
    """Page: lists older than PageV2."""

    itemsInTotal: int
    itemsPerPage: int
    pageNumber: int
    items: Sequence[Any]


class Items(Struct):
    """A list that comes whole."""

    items: Sequence[Any]


class Gifts(Struct):
    """Answer to GET /api/gifts/available."""

    gifts: Sequence[Any]


class Avatars(Struct):
    """Answer to POST /api/avatar/bulk; clients draw one of their own for whoever is not in it."""

    avatars: Mapping[str, Any]


class TwoFactor(Struct):
    """Answer to GET /auth/2fa/status."""

    connected: bool


class Agreement(Struct):
    """Answer to GET /api/sla."""

    version: int
    text: str


class Machines(Struct):
    """Answer to GET /api/jobs/retrieveProducts: what jobs can run on, by provider; clients look for one that syncs folders."""

    productsByProvider: Mapping[str, Any]


class LoginPage(Struct, frozen=True):
    """How the page to sign in looks: plain (0), with the form for login and password; else (1) it begins with WAYF."""

    type: Literal[0] = 0
    primaryLogoUrl: str = ""
    secondaryLogoUrls: Sequence[str] = ()


class Branding(Struct):
    """Answer to GET /api/branding/retrieve."""

    deploymentName: str = ""
    loginPage: LoginPage = LoginPage()


class LandingPage(Struct):
    """Answer to GET /api/hpc/apps/retrieveLandingPage; clients go through these lists, however empty."""

    carrousel: Sequence[Any] = ()
    topPicks: Sequence[Any] = ()
    categories: Sequence[Any] = ()
    newApplications: Sequence[Any] = ()
    recentlyUpdated: Sequence[Any] = ()
    availableProviders: Sequence[Any] = ()
    curator: Sequence[Any] = ()
