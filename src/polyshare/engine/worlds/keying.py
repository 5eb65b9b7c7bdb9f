"""What a world file says that people and programs come in by: tokens, keys, clients, refresh tokens and issuers."""

from typing import Any

from polyshare.domain.directory import CredentialChange, NewCredential, Scope
from polyshare.domain.errors import Invalid, NotFound, PolyshareError
from polyshare.domain.principals import Access
from polyshare.domain.refresh_tokens import Holder
from polyshare.engine.credentials import issuing, refreshing, registering, trusting
from polyshare.engine.directory import enrolling
from polyshare.engine.worlds.load import Load


async def token(load: Load, entry: Any) -> None:
    await _credential(load, "token", entry, drawn=entry.token is None)


async def key(load: Load, entry: Any) -> None:
    await _credential(load, "key", entry, drawn=entry.key is None)


async def _credential(load: Load, kind: issuing.CredentialKind, entry: Any, *, drawn: bool) -> None:
    secret = load.prepared.secrets[load.place.section, load.place.number]
    called = f"{load.place.number} ({entry.name or entry.user})"
    narrowed = entry.accounts is not None or entry.organizations is not None
    scope = Scope(entry.accounts or {}, entry.organizations or {}) if narrowed else None
    expires_at = None if entry.expires is None else round(entry.expires.timestamp()) * 1_000_000
    if drawn:
        await _check_user(load, entry)
        found = await issuing.with_name(load.work, kind, entry.user, entry.name)
    else:
        found = await issuing.with_secret(load.work, kind, secret)
    if found is None:
        access = entry.access or Access.EDIT
        new = NewCredential(kind, entry.user, entry.name or "", access, scope, expires_at, entry.revoked)
        await issuing.issue(load.work, new, secret)
        load.did(kind, called, "added")
        if drawn:
            load.drawn[f"{kind} {called}"] = secret
        return
    if found.login != entry.user:
        raise Invalid(f"this {kind} is another user's ({found.login}); give each user an own one", "user")
    wanted = CredentialChange(entry.name, entry.access, scope, expires_at, entry.revoked)
    before = (found, await issuing.scopes(load.work, [found]))
    after = await issuing.change(load.work, kind, found.public_id, wanted)
    same = before == (after, await issuing.scopes(load.work, [after]))
    load.did(kind, called, "" if same else "changed")


async def client(load: Load, entry: Any) -> None:
    if (entry.secret is None) != entry.public:
        raise Invalid("give it a secret, or say that it is public", "secret")
    secret = None if entry.secret is None else load.secrets.of(load.place, "secret", entry.secret)
    try:
        found = await registering.show(load.work, entry.id)
    except NotFound:
        await registering.register(load.work, entry.id, secret, entry.redirect_uris)
        load.did("client", entry.id, "added")
        return
    after = await registering.change(load.work, entry.id, secret, entry.redirect_uris)
    load.did("client", entry.id, "" if after == found else "changed")


async def issuer(load: Load, entry: Any) -> None:
    given = {
        name: None
        if getattr(entry, name) is None
        else load.secrets.of(load.place, name, getattr(entry, name))
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
    known = {(row.dialect, row.issuer) for row in await trusting.page(load.work)}
    different = await trusting.trust(load.work, entry.dialect, entry.issuer, terms)
    how = "changed" if (entry.dialect, entry.issuer) in known else "added"
    load.did("issuer", entry.issuer, how if different else "")


async def _check_user(load: Load, entry: Any) -> None:
    try:
        await enrolling.show(load.work, entry.user)
    except PolyshareError as error:
        raise Invalid(error.message, "user") from error


async def refresh_token(load: Load, entry: Any) -> None:
    """A refresh token of a user or a provider; one that was revoked stays so."""
    holder = Holder(entry.user or "", entry.provider or "")
    given = await refreshing.give(load.work, holder, load.secrets.of(load.place, "token", entry.token))
    load.did("refresh token", f"of {entry.user or entry.provider}", "added" if given else "")
