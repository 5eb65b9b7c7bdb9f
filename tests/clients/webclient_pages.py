"""What surrounds all pages of UCloud's web client, and its page of drives: what they ask for, and what they read of it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.clients.webclient import Browser, Refused, at, bulk, items, number, several, several_of, text

DRIVES = "/api/files/collections"
MOST = 250


@dataclass(frozen=True)
class Notice:
    """A line in the tray (Notifications/index.tsx, normalizeNotification)."""

    id: str
    type: str
    message: str
    read: bool


class Frame:
    """What surrounds every page, and asks for its own things once somebody is signed in (Core.tsx, ui-components/Sidebar.tsx)."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def start(self) -> list[Notice]:
        """Everything that is asked for without anybody having clicked; what the tray shows."""
        get, post = self._browser.get, self._browser.post
        self._ask_who_this_is()
        for _ in range(2):  # Core.tsx, LoginSuccess; Sidebar.tsx
            get("/api/avatar/find")
        several(get("/api/gifts/available"), "gifts")  # Services/Gifts/AutomaticGiftClaim.tsx
        for service in ("files/collections", "ingresses", "licenses", "networkips", "files", "jobs"):
            post(f"/api/{service}/init", {})  # Services/ResourceInit.tsx; a failure of these is not shown
        at(get("/api/branding/retrieve"), "loginPage", "type")  # UCloud/BrandingApi.tsx
        items(get("/api/news/listDowntimes"))
        for drive in items(get(f"{DRIVES}/browse", itemsPerPage=MOST, filterMemberFiles="SHOW_ONLY_MINE")):
            text(drive, "specification", "title"), text(drive, "specification", "product", "id")
            assert all("status" in update for update in several(drive, "updates")[:1])
        items(
            get("/api/files/metadata/browse", filterActive=True, filterTemplate="Favorite", itemsPerPage=10)
        )
        items(get("/api/jobs/browse", itemsPerPage=100, filterState="RUNNING"))
        page = get("/api/hpc/apps/retrieveLandingPage", discovery="DEFAULT")
        assert not any(several(page, name) for name in ("carrousel", "topPicks", "categories"))
        several(get("/api/hpc/apps/retrieveStars"), "items")
        several_of(str, {"enabled": get("/api/features/retrieveEnabled")}, "enabled")  # UCloud/FeaturesApi.ts
        self._dashboard()
        return self.tray()

    def _ask_who_this_is(self) -> None:
        """It would ask for what is missing of this (UserSettings/ChangeUserDetails.tsx); a failure is shown nowhere."""
        with suppress(Refused):
            told = self._browser.get("/auth/users/retrieveOptionalInfo")
            assert all(
                at(told, name) for name in ("department", "organizationFullName", "position", "gender")
            )

    def _dashboard(self) -> None:
        """The page after signing in (Dashboard/Dashboard.tsx)."""
        get = self._browser.get
        items(get("/api/news/list", itemsPerPage=10, page=0, withHidden=False))
        items(get("/api/accounting/v2/browseWallets", itemsPerPage=MOST))
        items(get("/api/projects/v2/browseInvites", itemsPerPage=MOST, filterType="INGOING"))
        items(get("/api/jobs/browse", itemsPerPage=10))
        items(get("/api/grants/v2/browse", itemsPerPage=10, filter="ACTIVE"))
        for project in self.projects():
            text(project, "specification", "title"), at(project, "status", "isFavorite")

    def projects(self) -> list[Any]:
        """What the switcher of projects lists (Project/ProjectSwitcher.tsx)."""
        wanted = {
            "includeFavorite": True,
            "includeMembers": True,
            "sortBy": "favorite",
            "includeArchived": True,
        }
        return list(pages(self._browser, "/api/projects/v2/browse", itemsPerPage=MOST, **wanted))

    def tray(self) -> list[Notice]:
        """What was told before the page was opened; news come over a socket (Notifications/index.tsx, initializeStore)."""
        page = self._browser.get("/api/notifications", itemsPerPage=MOST)
        found = []
        for one in items(page):
            number(one, "ts"), at(one, "meta")
            kind, message = text(one, "type"), text(one, "message")
            found.append(Notice(str(number(one, "id")), kind, message, at(one, "read") is True))
        return found

    def mark_as_read(self, notices: Sequence[Notice]) -> None:
        """Only what the server told has a number that does not begin with a dash."""
        ids = [one.id for one in notices if not one.id.startswith("-")]
        self._browser.post("/api/notifications/read", {"ids": ",".join(ids)})


def pages(browser: Browser, path: str, **params: Any) -> Iterator[Any]:
    """All of a list, page by page; the end is where `next` is nothing (Utilities/PageUtilities.ts, fetchAll)."""
    following = None
    while True:
        page = browser.get(path, **params, next=following)
        yield from items(page)
        following = at(page, "next")
        if following is None:
            break
        assert text(page, "next")


@dataclass(frozen=True)
class Drive:
    """A row of the page (Files/DriveBrowse.tsx, renderRow)."""

    id: str
    title: str
    product: Any
    created_by: str

    @property
    def is_share(self) -> bool:
        """It then has a folder's icon, and can be neither renamed nor deleted."""
        return bool(self.product["id"] == "share")


class DrivesPage:
    """Drives (Files/DriveBrowse.tsx)."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._connected: dict[str, bool] = {}
        self._support: dict[str, Any] = {}

    def open(self) -> list[Drive]:
        """The drives, behind what the page asks for beside them."""
        get = self._browser.get
        connections = items(get("/api/providers/integration/browse", itemsPerPage=MOST))
        for one in connections:  # Providers/ConnectionState.tsx
            self._connected[text(one, "providerTitle")] = at(one, "connected") is True
        self._fetch_support()
        flags = {"includeOthers": True, "filterMemberFiles": "SHOW_ONLY_MINE"}
        listed = get(f"{DRIVES}/browse", itemsPerPage=MOST, **flags, filterApplicationFiles="ordinary")
        # One is enough for a row of its own, behind which the applications' drives are.
        others = get(f"{DRIVES}/browse", itemsPerPage=1, **flags, filterApplicationFiles="application")
        assert items(others) == [], "the page has a folder of drives that no application made"
        return [self._row(one) for one in items(listed)]

    def _row(self, drive: Any) -> Drive:
        number(drive, "createdAt")
        for entry in at(drive, "permissions", "others") or []:
            several_of(str, entry, "permissions"), text(entry, "entity", "type")
        title, by = text(drive, "specification", "title"), text(drive, "owner", "createdBy")
        product = at(drive, "specification", "product")
        assert all(text(product, name) for name in ("id", "category", "provider"))
        return Drive(text(drive, "id"), title, product, by)

    def _fetch_support(self) -> None:
        """What can be made where: each product of the older list is looked up in the newer (UCloud/ResourceApi.tsx, retrieveSupportV2)."""
        support = self._browser.get(f"{DRIVES}/retrieveProducts")
        newer = list(
            pages(self._browser, "/api/products/v2/browse", itemsPerPage=MOST, filterProductType="STORAGE")
        )
        known = {
            (text(one, "name"), text(one, "category", "name"), text(one, "category", "provider"))
            for one in newer
        }
        self._support = at(support, "productsByProvider")
        for offered in self._support.values():
            for one in offered:
                product = at(one, "product")
                names = text(product, "name"), text(product, "category", "name")
                assert (*names, text(product, "category", "provider")) in known
                assert at(one, "support", "collection", "usersCanCreate") in (True, False)

    def can_open(self, drive: Drive) -> bool:
        """A drive is opened only if its provider is said to be connected (skipOpen)."""
        return self._connected.get(drive.product["provider"], False)

    def can_rename(self, drive: Drive) -> bool:
        """As the support of its product says (UCloud/FileCollectionsApi.tsx, retrieveOperations)."""
        return self._can(drive, "usersCanRename")

    def can_delete(self, drive: Drive) -> bool:
        """Never where it shows a share."""
        return not drive.is_share and self._can(drive, "usersCanDelete")

    def _can(self, drive: Drive, what: str) -> bool:
        wanted = (drive.product["id"], drive.product["category"])
        for one in self._support.get(drive.product["provider"], ()):
            if (text(one, "product", "name"), text(one, "product", "category", "name")) == wanted:
                return at(one, "support", "collection", what) is True
        return False

    def create(self, title: str, product: Any) -> str:
        """The id of a new drive."""
        made = self._browser.post(DRIVES, bulk({"product": product, "title": title}))
        return text(several(made, "responses")[0], "id")

    def rename(self, drive: Drive, title: str) -> None:
        """Shown before it is answered."""
        self._browser.post(f"{DRIVES}/rename", bulk({"id": drive.id, "newTitle": title}))

    def delete(self, *drives: str) -> None:
        """For good (UCloud/ResourceApi.tsx)."""
        self._browser.delete(DRIVES, bulk(*({"id": one} for one in drives)))
