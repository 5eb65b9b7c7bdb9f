"""Bringing what a world file names into line, entry by entry, each after what it refers to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from polyshare.domain.directory import (
    CredentialChange,
    NewCredential,
    NewPerson,
    NewPrincipal,
    PersonChange,
    PrincipalChange,
    Scope,
)
from polyshare.domain.errors import Invalid, NotFound, PolyshareError
from polyshare.domain.principals import Access, Kind, Status
from polyshare.domain.projects import Part
from polyshare.engine import (
    binding,
    bringing,
    directing,
    enrolling,
    equipping,
    issuing,
    laying,
    planting,
    proffering,
    projecting,
    registering,
    seating,
    trusting,
)
from polyshare.engine.work import Work
from polyshare.engine.world import Place, World
from polyshare.engine.world_secrets import Secrets
from polyshare.store import principals

PROVIDER_SECRETS = ("secret", "private_key", "public_key", "refresh_token")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found out before the transaction: secrets by section and number, hashes of passwords by login, content, hashes of access codes by number."""

    secrets: Mapping[tuple[str, int], str] = field(repr=False)
    hashes: Mapping[str, str] = field(repr=False)
    planting: planting.Planting
    codes: Mapping[int, str] = field(repr=False)


class Populating:
    """
    One load, in one transaction.

    `changes` are lines such as "account 0000…000b: added", `drawn` the secrets that were generated, by what they are for.
    """

    def __init__(self, work: Work, world: World, secrets: Secrets, prepared: Prepared) -> None:
        self.work = work
        self.world = world
        self.secrets = secrets
        self.prepared = prepared
        self.changes: list[str] = []
        self.drawn: dict[str, str] = {}

    async def run(self) -> None:
        """Make everything so, each thing after what it refers to."""
        steps = {
            "organizations": self._organization,
            "accounts": self._account,
            "users": self._user,
            "groups": self._group,
            "projects": self._project,
            "providers": self._provider,
            "tokens": self._token,
            "keys": self._key,
            "clients": self._client,
            "shares": self._share,
            "drives": self._drive,
            "folders": self._folder,
            "files": self._file,
            "members": self._member,
            "offers": self._offer,
            "collections": self._collection,
            "jwt": self._issuer,
            "links": self._link,
            "file_permissions": self._permission,
        }
        for section, step in steps.items():
            for place, entry in self.world.entries(section):
                with place.named():
                    await step(place, entry)
            if (
                section == "groups"
            ):  # after all of them, so that a group may hold one that stands further down
                for place, entry in self.world.entries(section):
                    with place.named():
                        await self._members(entry)

    def _did(self, what: str, name: str, how: str) -> None:
        if how:
            self.changes.append(f"{what} {name}: {how}")

    async def _organization(self, place: Place, entry: Any) -> None:
        await self._principal(Kind.ORGANIZATION, entry.id, entry.name, entry.status)

    async def _account(self, place: Place, entry: Any) -> None:
        await self._principal(Kind.ACCOUNT, entry.id, entry.name, entry.status, entry.organization)

    async def _group(self, place: Place, entry: Any) -> None:
        await self._principal(Kind.GROUP, entry.name, entry.title or entry.name, None)

    async def _principal(
        self, kind: Kind, ident: str | None, name: str, status: Status | None, organization: str | None = None
    ) -> None:
        rows = self.work.rows
        found = await (
            principals.named(rows, kind, name) if ident is None else principals.find(rows, kind, ident)
        )
        if found is None:
            new = NewPrincipal(kind, name, ident, organization or "", status or Status.ACTIVE)
            made = await directing.add(self.work, new)
            self._did(kind.value, made.public_id, "added")
            return
        wanted = PrincipalChange(name, status, organization)
        after = await directing.change(self.work, kind, found.public_id, wanted)
        self._did(kind.value, found.public_id, "" if after == found else "changed")

    async def _user(self, place: Place, entry: Any) -> None:
        found = await principals.person(self.work.rows, entry.login)
        password_hash = self.prepared.hashes.get(entry.login)
        if found is None or found.login != entry.login:
            new = NewPerson(
                entry.login,
                entry.name,
                entry.email or "",
                entry.id,
                password_hash,
                administrator=bool(entry.administrator),
                role=entry.role or "USER",
                status=entry.status or Status.ACTIVE,
                aliases=entry.aliases,
            )
            await enrolling.enroll(self.work, new)
            how = "added"
        else:
            if entry.id not in (None, found.public_id):
                raise Invalid(f"this user is there with the id {found.public_id}; ids stay as they are", "id")
            wanted = PersonChange(
                name=entry.name,
                email=entry.email,
                password_hash=password_hash,
                administrator=entry.administrator,
                role=entry.role,
                status=entry.status,
                aliases=entry.aliases,
            )
            after = await enrolling.change(self.work, entry.login, wanted)
            how = "" if after == found else "changed"
        roles = await self._roles(entry)
        self._did("user", entry.login, how or roles)

    async def _roles(self, entry: Any) -> str:
        """Give a user the roles that its entry names."""
        present = {
            (one.kind, one.public_id): one.access for one in await seating.roles(self.work, entry.login)
        }
        how = ""
        for kind, wanted in ((Kind.ACCOUNT, entry.accounts), (Kind.ORGANIZATION, entry.organizations)):
            for public_id, access in wanted.items():
                if present.get((kind, public_id)) is access:
                    continue
                try:
                    await seating.give_role(self.work, entry.login, kind, public_id, access)  # type: ignore[arg-type]
                except PolyshareError as error:
                    raise Invalid(error.message, f"{kind.value}s", public_id) from error
                how = "changed"
        return how

    async def _members(self, entry: Any) -> None:
        for at, member in enumerate(entry.members):
            try:
                joined = await seating.join(self.work, entry.name, member)
            except Invalid as error:
                raise Invalid(error.message, "members", at) from error
            self._did("group", entry.name, f"{member} joined" if joined else "")

    async def _project(self, place: Place, entry: Any) -> None:
        await self._principal(Kind.PROJECT, entry.id, entry.title, None)
        for login, part in entry.members.items():
            different = await projecting.put(self.work, entry.id, login, Part(part))
            self._did("project", entry.id, f"{login} is in it as {part}" if different else "")

    async def _provider(self, place: Place, entry: Any) -> None:
        given = {name: getattr(entry, name) for name in ("delay_s", "url", "networks", "timeout_s")}
        for name in PROVIDER_SECRETS:
            if getattr(entry, name) is not None:
                given[name] = self.secrets.of(place, name, getattr(entry, name))
        settings = msgspec.json.encode({name: value for name, value in given.items() if value is not None})
        names = [row.name for row in await equipping.page(self.work)]
        try:
            different = await equipping.equip(
                self.work, entry.id, entry.kind, settings.decode(), entry.resource_types
            )
        except Invalid as error:  # a world file has the settings beside the other keys
            where = error.where[error.where[:1] == ("settings",) :]
            raise Invalid(error.message, *where) from error
        self._did("provider", entry.id, ("changed" if entry.id in names else "added") if different else "")

    async def _token(self, place: Place, entry: Any) -> None:
        await self._credential(place, "token", entry, drawn=entry.token is None)

    async def _key(self, place: Place, entry: Any) -> None:
        await self._credential(place, "key", entry, drawn=entry.key is None)

    async def _credential(
        self, place: Place, kind: issuing.CredentialKind, entry: Any, *, drawn: bool
    ) -> None:
        secret = self.prepared.secrets[place.section, place.number]
        called = f"{place.number} ({entry.name or entry.user})"
        narrowed = entry.accounts is not None or entry.organizations is not None
        scope = Scope(entry.accounts or {}, entry.organizations or {}) if narrowed else None
        expires_at = None if entry.expires is None else round(entry.expires.timestamp()) * 1_000_000
        if drawn:
            await self._check_user(entry)
            found = await issuing.with_name(self.work, kind, entry.user, entry.name)
        else:
            found = await issuing.with_secret(self.work, kind, secret)
        if found is None:
            access = entry.access or Access.EDIT
            new = NewCredential(kind, entry.user, entry.name or "", access, scope, expires_at, entry.revoked)
            await issuing.issue(self.work, new, secret)
            self._did(kind, called, "added")
            if drawn:
                self.drawn[f"{kind} {called}"] = secret
            return
        if found.login != entry.user:
            raise Invalid(f"this {kind} is another user's ({found.login}); give each user an own one", "user")
        wanted = CredentialChange(entry.name, entry.access, scope, expires_at, entry.revoked)
        before = (found, await issuing.scopes(self.work, [found]))
        after = await issuing.change(self.work, kind, found.public_id, wanted)
        same = before == (after, await issuing.scopes(self.work, [after]))
        self._did(kind, called, "" if same else "changed")

    async def _client(self, place: Place, entry: Any) -> None:
        if (entry.secret is None) != entry.public:
            raise Invalid("give it a secret, or say that it is public", "secret")
        secret = None if entry.secret is None else self.secrets.of(place, "secret", entry.secret)
        try:
            found = await registering.show(self.work, entry.id)
        except NotFound:
            await registering.register(self.work, entry.id, secret, entry.redirect_uris)
            self._did("client", entry.id, "added")
            return
        after = await registering.change(self.work, entry.id, secret, entry.redirect_uris)
        self._did("client", entry.id, "" if after == found else "changed")

    async def _issuer(self, place: Place, entry: Any) -> None:
        given = {
            name: None if getattr(entry, name) is None else self.secrets.of(place, name, getattr(entry, name))
            for name in ("secret", "certificate")
        }
        terms = trusting.Trust(
            entry.algorithm,
            given["secret"],
            given["certificate"],
            entry.jwks_url,
            entry.jwks,
            entry.audience,
            entry.networks,
            entry.create_users,
        )
        known = {(row.dialect, row.issuer) for row in await trusting.page(self.work)}
        different = await trusting.trust(self.work, entry.dialect, entry.issuer, terms)
        how = "changed" if (entry.dialect, entry.issuer) in known else "added"
        self._did("issuer", entry.issuer, how if different else "")

    async def _check_user(self, entry: Any) -> None:
        try:
            await enrolling.show(self.work, entry.user)
        except PolyshareError as error:
            raise Invalid(error.message, "user") from error

    async def _share(self, place: Place, entry: Any) -> None:
        self._did("share", entry.id, await laying.lay(self.work, entry))

    async def _drive(self, place: Place, entry: Any) -> None:
        self._did("drive", str(entry.id), await planting.drive(self.work, entry))

    async def _folder(self, place: Place, entry: Any) -> None:
        self._did("folder", entry.path, await planting.folder(self.work, entry))

    async def _file(self, place: Place, entry: Any) -> None:
        how = await planting.file(self.work, entry, place.number, self.prepared.planting)
        self._did("file", entry.path, how)

    async def _member(self, place: Place, entry: Any) -> None:
        who = entry.user or f"group:{entry.group}"
        self._did("member", f"{who} of {entry.path}", await planting.member(self.work, entry))

    async def _offer(self, place: Place, entry: Any) -> None:
        self._did("offer", f"of {entry.path} to {entry.to}", await proffering.offer(self.work, entry))

    async def _collection(self, place: Place, entry: Any) -> None:
        self._did("collection", entry.id, await planting.collection(self.work, entry))

    async def _link(self, place: Place, entry: Any) -> None:
        token = None if entry.token is None else self.secrets.of(place, "token", entry.token)
        code_hash = self.prepared.codes.get(place.number)
        to_come = await self._is_to_come(entry.path)
        how = "added" if to_come else await binding.link(self.work, entry, token, code_hash)
        self._did("link", f"to {entry.path}", how)

    async def _permission(self, place: Place, entry: Any) -> None:
        to_come = await self._is_to_come(entry.path)
        how = "added" if to_come else await binding.permission(self.work, entry)
        self._did("permission", f"of {entry.entity} on {entry.path}", how)

    async def _is_to_come(self, path: str) -> bool:
        """Whether a file is not there only because nothing is to stay, not even what this world file has in it."""
        if not self.prepared.planting.only_told:
            return False
        if all(entry.path != path for _, entry in self.world.entries("files")):
            return False
        try:
            await bringing.found(self.work, path)
        except NotFound:
            return True
        return False
