"""Making a world file so: what it names is added or brought in line, what it does not name is left alone."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
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
from polyshare.domain.errors import Invalid, NotFound, PolyshareError, Taken, Unavailable
from polyshare.domain.principals import Access, Kind, Status
from polyshare.engine import (
    directing,
    enrolling,
    equipping,
    hashing,
    issuing,
    laying,
    planting,
    registering,
    seating,
)
from polyshare.engine.work import House, Work
from polyshare.engine.world import Place, World, WrongWorld, read_world, world_of
from polyshare.engine.world_shapes import FOR_LATER
from polyshare.store import principals
from polyshare.store.database import Rows

PROVIDER_SECRETS = ("secret", "private_key", "public_key", "refresh_token")


@dataclass(slots=True)
class Report:
    """
    What loading a world did, or would do.

    `changes` are lines such as "account 0000…000b: added", `unused` are the sections that this version has no use
    for, with the number of their entries, `secrets` what was generated, by what it is for; it is shown once.
    """

    changes: list[str] = field(default_factory=list)
    unused: dict[str, int] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


class _Undone(Exception):
    """Carries the report of a dry run out of its transaction, which is thereby undone."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What was found out before the transaction: secrets by section and number, hashes of passwords by login, content."""

    secrets: Mapping[tuple[str, int], str] = field(repr=False)
    hashes: Mapping[str, str] = field(repr=False)
    planting: planting.Planting


async def load(house: House, path: Path, *, overwrite: bool = False, dry_run: bool = False) -> Report:
    """
    Load a world file in one transaction.

    Args:
        overwrite: Write passwords also of users who have one, and content also of files that are there.
        dry_run: Undo everything in the end and only report.

    Raises:
        WrongWorld: The file can't be loaded; nothing of it was.
        Unavailable: The database did not answer.
    """
    return await load_world(house, read_world(path), overwrite=overwrite, dry_run=dry_run)


async def load_world(
    house: House,
    given: World | Mapping[str, Any],
    *,
    overwrite: bool = False,
    dry_run: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Report:
    """
    `load` for a world that was read already, or that is the content of a world file.

    Args:
        environment: Where `{ env = "NAME" }` looks; None: the process's own.
    """
    world = given if isinstance(given, World) else world_of(given, Path("world"))
    secrets = _Secrets(world, os.environ if environment is None else environment)
    prepared = _Prepared(
        secrets.all(),
        await _hashes(house, world, secrets, overwrite),
        await planting.prepare(house, world, overwrite=overwrite, dry_run=dry_run),
    )

    async def job(work: Work) -> Report:
        loading = _Loading(work, world, secrets, prepared)
        await loading.run()
        if dry_run:
            raise _Undone(loading.report)
        return loading.report

    try:
        report = await directing.changing(house, None, job)
    except _Undone as undone:
        report = undone.report
        report.secrets.clear()  # they were drawn for nothing
    report.unused = {name: len(entries) for name, entries in world.sections.items() if name in FOR_LATER}
    return report


class _Secrets:
    """The secrets of a world file, wherever they stand."""

    def __init__(self, world: World, environment: Mapping[str, str]) -> None:
        self._world = world
        self._environment = environment

    def all(self) -> dict[tuple[str, int], str]:
        """Those of tokens and keys by section and number; one that is left out is drawn."""
        found = {}
        for section, key in (("tokens", "token"), ("keys", "key")):
            for place, entry in self._world.entries(section):
                given = getattr(entry, key)
                if given is None and entry.name is None:
                    raise place.wrong(f"without {key} it needs a name, to be known by", "name")
                found[section, place.number] = (
                    issuing.new_secret() if given is None else self.of(place, key, given)
                )
        return found

    def of(self, place: Place, key: str, given: str | dict[str, str]) -> str:
        """A secret itself, from the environment, or from a file, whose last line break does not count."""
        if isinstance(given, str):
            return given
        if list(given) == ["env"]:
            value = self._environment.get(given["env"])
            if not value:
                raise place.wrong(f"environment variable {given['env']} is not set", key)
            return value
        if list(given) == ["file"]:
            try:
                return (self._world.folder / given["file"]).read_text("utf-8").rstrip("\r\n")
            except OSError as error:
                raise place.wrong(f"file {given['file']}: {error.strerror}", key) from error
            except ValueError as error:
                raise place.wrong(f"file {given['file']} is not UTF-8 text", key) from error
        raise place.wrong('give the secret itself, { env = "NAME" } or { file = "path" }', key)


async def _hashes(house: House, world: World, secrets: _Secrets, overwrite: bool) -> dict[str, str]:
    """Hashes of the passwords that are to be written, by login."""
    given = [(place, user) for place, user in world.entries("users") if user.password is not None]
    logins = [user.login for _, user in given if user.login.isprintable()]

    async def with_password(rows: Rows) -> set[str]:
        return {row[0] for row in await rows.all(principals.PASSWORDS, logins=logins)}

    keep = set() if overwrite else await house.database.read(with_password)
    hashes = {}
    for place, user in given:
        if user.login in keep:
            continue
        if isinstance(user.password, dict) and list(user.password) == ["argon2"]:
            if not user.password["argon2"].startswith("$argon2"):
                raise place.wrong("an argon2 hash begins with $argon2", "password", "argon2")
            hashes[user.login] = user.password["argon2"]
        else:
            with _at(place):
                password = secrets.of(place, "password", user.password)
                hashes[user.login] = await hashing.hash_password(house, password)
    return hashes


@contextlib.contextmanager
def _at(place: Place) -> Iterator[None]:
    """Have errors lead to *place*."""
    try:
        yield
    except (WrongWorld, Unavailable):
        raise
    except PolyshareError as error:
        message = directing.explained(error) if isinstance(error, Taken) else error.message
        raise place.wrong(message, *getattr(error, "where", ())) from error


class _Loading:
    """One load, in one transaction."""

    def __init__(self, work: Work, world: World, secrets: _Secrets, prepared: _Prepared) -> None:
        self.work = work
        self.world = world
        self.secrets = secrets
        self.prepared = prepared
        self.report = Report()

    async def run(self) -> None:
        """Make everything so, each thing after what it refers to."""
        steps = {
            "organizations": self._organization,
            "accounts": self._account,
            "users": self._user,
            "groups": self._group,
            "providers": self._provider,
            "tokens": self._token,
            "keys": self._key,
            "clients": self._client,
            "shares": self._share,
            "drives": self._drive,
            "folders": self._folder,
            "files": self._file,
            "members": self._member,
            "collections": self._collection,
        }
        for section, step in steps.items():
            for place, entry in self.world.entries(section):
                with _at(place):
                    await step(place, entry)
            if (
                section == "groups"
            ):  # after all of them, so that a group may hold one that stands further down
                for place, entry in self.world.entries(section):
                    with _at(place):
                        await self._members(entry)

    def _did(self, what: str, name: str, how: str) -> None:
        if how:
            self.report.changes.append(f"{what} {name}: {how}")

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

    async def _provider(self, place: Place, entry: Any) -> None:
        given = {name: getattr(entry, name) for name in ("delay_s", "url", "networks", "timeout_s")}
        for name in PROVIDER_SECRETS:
            if getattr(entry, name) is not None:
                given[name] = self.secrets.of(place, name, getattr(entry, name))
        settings = msgspec.json.encode({name: value for name, value in given.items() if value is not None})
        names = [row.name for row in await equipping.page(self.work)]
        different = await equipping.equip(
            self.work, entry.id, entry.kind, settings.decode(), entry.resource_types
        )
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
                self.report.secrets[f"{kind} {called}"] = secret
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

    async def _collection(self, place: Place, entry: Any) -> None:
        self._did("collection", entry.id, await planting.collection(self.work, entry))
