"""The pages of UCloud's web client that show shares, the dialog in which a folder is shared, and the page behind a link."""

from dataclasses import dataclass
from typing import Any

from tests.clients.webclient import Browser, Refused, at, bulk, items, number, several, several_of, text

SHARES, LINKS, DRIVES = "/api/shares", "/api/shares/links", "/api/files/collections"
MOST = 250


@dataclass(frozen=True)
class Received:
    """A row of "Shared with me" (Files/Shares.tsx, renderRow); `at` is where a click leads, once it may."""

    id: str
    name: str
    by: str
    state: str
    edits: bool
    at: str | None


@dataclass(frozen=True)
class Outgoing:
    """A row of "Shared by me", with those behind it (Files/SharesOutgoing.tsx)."""

    path: str
    title: str
    shares: tuple[tuple[str, str, str, bool], ...]  # id, with whom, state, whether to edit
    product: Any
    is_gone: bool


class SharesPages:
    """
    Shared with me (Files/Shares.tsx, which also has the dialog in which a folder is shared), shared by me
    (Files/SharesOutgoing.tsx), and the page behind a link (Files/SharesAcceptLink.tsx); their calls are in UCloud/SharesApi.tsx.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def received(self, **filters: str) -> list[Received]:
        """Shared with me."""
        found = self._browser.get(f"{SHARES}/browse", itemsPerPage=MOST, filterIngoing=True, **filters)
        rows = [self._received(one) for one in items(found)]
        self._avatars({row.by for row in rows})
        return rows

    def _received(self, share: Any) -> Received:
        number(share, "createdAt")
        by, path = text(share, "owner", "createdBy"), text(share, "specification", "sourceFilePath")
        permissions = several_of(str, share, "specification", "permissions")
        state = text(share, "status", "state")
        where = at(share, "status", "shareAvailableAt")
        assert state in ("APPROVED", "PENDING", "REJECTED")
        name = (
            path.rpartition("/")[2]
            if by != self._browser.username
            else text(share, "specification", "sharedWith")
        )
        return Received(text(share, "id"), name, by, state, "EDIT" in permissions, where)

    def _avatars(self, logins: set[str]) -> None:
        """A face for each (AvataaarLib/hook.ts); whoever is not answered gets the client's own."""
        if logins:
            told = self._browser.post("/api/avatar/bulk", {"usernames": sorted(logins)})
            assert isinstance(at(told, "avatars"), dict)

    def approve(self, share: str) -> None:
        """Accept."""
        self._browser.post(f"{SHARES}/approve", bulk({"id": share}))

    def reject(self, share: str) -> None:
        """Decline; of what was accepted: remove."""
        self._browser.post(f"{SHARES}/reject", bulk({"id": share}))

    def outgoing(self) -> list[Outgoing]:
        """Shared by me: each folder is looked for, and its drive asked for its title."""
        page = self._browser.get(f"{SHARES}/browseOutgoing", itemsPerPage=MOST)
        return [self._outgoing(group) for group in items(page)]

    def _outgoing(self, group: Any) -> Outgoing:
        path, gone = text(group, "sourceFilePath"), False
        shares = []
        for one in several(group, "sharePreview"):
            edits = "EDIT" in several_of(str, one, "permissions")
            shares.append((text(one, "shareId"), text(one, "sharedWith"), text(one, "state"), edits))
        try:
            self._browser.get("/api/files/retrieve", id=path)
        except Refused as refused:
            gone = refused.status in (400, 404)
        _, drive, *names = path.split("/")
        told = self._browser.get(f"{DRIVES}/retrieve", id=drive)  # Files/FilePath.tsx, prettyFilePath
        title = "/".join(("", text(told, "specification", "title"), *names))
        self._avatars({login for _, login, *_ in shares})
        return Outgoing(path, title, tuple(shares), at(group, "storageProduct"), gone)

    def permit(self, share: str, *, edit: bool) -> None:
        """The switch between Read and Edit; shown before it is answered."""
        permissions = ["READ", "EDIT"] if edit else ["READ"]
        self._browser.post(f"{SHARES}/permissions", bulk({"id": share, "permissions": permissions}))

    def remove(self, *shares: str) -> None:
        """Delete."""
        self._browser.delete(SHARES, bulk(*({"id": share} for share in shares)))

    def share(self, username: str, path: str, product: Any) -> str:
        """The dialog's first line (Files/Shares.tsx, ShareModal): always for reading."""
        wanted = {"sharedWith": username, "sourceFilePath": path, "permissions": ["READ"], "product": product}
        made = self._browser.post(SHARES, bulk(wanted))
        return text(several(made, "responses")[0], "id")

    def links(self, path: str) -> list[tuple[str, bool]]:
        """The dialog's links: their tokens, and whether they give editing; each shows in how many days it ends."""
        page = self._browser.get(f"{LINKS}/browse", itemsPerPage=10, path=path)
        found = []
        for one in items(page):
            assert number(one, "expires") > 1e12  # milliseconds
            found.append((text(one, "token"), "EDIT" in several_of(str, one, "permissions")))
        return found

    def create_link(self, path: str) -> str:
        """The newest of the links, as the list has it behind the call; what people are sent is an address of the client's own."""
        before = self.links(path)
        self._browser.post(LINKS, {"path": path})
        [made] = [token for token, _ in self.links(path) if token not in dict(before)]
        return made

    def change_link(self, token: str, path: str, *, edit: bool) -> None:
        """What whoever comes by it may do."""
        permissions = ["EDIT", "READ"] if edit else ["READ"]
        self._browser.post(f"{LINKS}/update", {"token": token, "path": path, "permissions": permissions})

    def delete_link(self, token: str, path: str) -> None:
        """The bin beside it."""
        self._browser.post(f"{LINKS}/delete", {"token": token, "path": path})

    def follow(self, token: str) -> str:
        """
        The page behind a link, and its button (Files/SharesAcceptLink.tsx); where the client goes then.

        Raises:
            Refused: The page says that the link has expired.
        """
        told = self._browser.get(f"{LINKS}/retrieve", token=token)
        if text(told, "sharedBy") == self._browser.username:
            return text(told, "path")
        if at(told, "sharePath"):
            return text(told, "sharePath")
        assert text(told, "path").split("/")[-1]
        share = self._browser.post(f"{LINKS}/accept", {"token": token})
        where = at(share, "status", "shareAvailableAt")
        return where or "/shares"

    def properties(self, share: str) -> Any:
        """One share on a page of its own (Resource/Properties.tsx)."""
        flags = {"includeUpdates": True, "includeOthers": True, "includeSupport": True}
        told = self._browser.get(f"{SHARES}/retrieve", id=share, **flags)
        assert at(told, "status", "resolvedSupport", "support") is not None
        for update in several(told, "updates"):
            number(update, "timestamp"), at(update, "status")
        return told
