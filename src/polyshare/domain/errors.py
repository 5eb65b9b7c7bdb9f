"""
Everything that can go wrong, as one tree; leaves carry facts and never speak HTTP.

    PolyshareError
    ├── NotFound              nothing of that name is there
    │   └── Hidden            it is there, but this actor may not see it
    ├── Unauthenticated       who calls is not known
    │   ├── NoCredential      nothing was presented, or only half of it
    │   ├── MalformedCredential
    │   └── UnknownCredential unknown, expired or revoked
    ├── Denied                known, but may not do this
    │   ├── LinkShut          the public link is gone, has expired, or is for others
    │   ├── CodeNeeded        the public link asks for an access code, and none or a wrong one was given
    │   ├── ClosedTo          the account or organization is not open to the actor
    │   ├── ReadOnly          the actor may look here but change nothing
    │   ├── Insufficient      the actor sees the node, but lacks the permission that this needs
    │   ├── NoAllocation      the product is unknown, or nothing of it is the actor's to use
    │   └── NotYours          a received share is its owner's to change
    ├── Invalid               the request contradicts itself or the world
    │   └── OwnersPlace       the owner has everything and is no member
    ├── WrongState            right in itself, but not now or not for this share
    │   ├── NotSupported      the provider of this can't do it, now or ever
    │   ├── ProviderRefused   a provider was asked first, and said no
    │   └── ListChanged       a list that was to be read at one moment has changed since it was begun
    ├── LimitReached
    │   └── TooLarge          more bytes than one file may have
    ├── Braked                too often; right later
    ├── Conflict
    │   ├── AlreadyThere      the same thing or recipient is there already
    │   │   └── AlreadyMember who is to be given a share of this node holds one
    │   ├── NotMember         who is to be changed or removed holds no share of this node
    │   ├── KeyReused         an idempotency key came back with another request
    │   └── Taken             a unique name or number is in use
    └── Unavailable           something we depend on did not answer
        ├── ProviderUnknown   nobody of that name provides anything
        └── ProviderAway      a provider could not be reached, or what it said makes no sense
"""

from typing import ClassVar


class PolyshareError(Exception):
    """Root of the tree; the message says what is wrong and what would be right."""

    slug: ClassVar[str] = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(PolyshareError):
    """Nothing of that name is there; `what` is the noun that was looked for."""

    slug = "not-found"

    def __init__(self, what: str, message: str | None = None) -> None:
        super().__init__(message or f"{what.capitalize()} not found.")
        self.what = what


class Hidden(NotFound):
    """It is there, but this actor may not see it: answered as if it were not, unless a vendor tells."""

    slug = "hidden"


class Unauthenticated(PolyshareError):
    """Who calls is not known."""

    slug = "unauthenticated"


class NoCredential(Unauthenticated):
    """No credential was presented, or only half of a pair."""

    slug = "no-credential"


class MalformedCredential(Unauthenticated):
    """A credential was presented in a form that none has; `header` names where."""

    slug = "malformed-credential"

    def __init__(self, header: str, message: str) -> None:
        super().__init__(message)
        self.header = header


class UnknownCredential(Unauthenticated):
    """
    No live credential is this one: unknown, expired, revoked, or its user is not active.

    `kind` is token, key, jwt, session, password or client; nobody learns what of a pair was wrong.
    """

    slug = "unknown-credential"

    def __init__(self, kind: str) -> None:
        pair = {
            "password": "No active user has this login and password.",
            "client": "No client has this id and secret.",
            "jwt": "This token is not a good one.",
        }
        super().__init__(pair.get(kind, f"This {kind} is unknown, expired or revoked."))
        self.kind = kind


class Denied(PolyshareError):
    """The actor is known but may not do this."""

    slug = "denied"


class ClosedTo(Denied):
    """The account or organization is not open to this actor, or does not exist: nobody learns which."""

    slug = "closed"


class ReadOnly(Denied):
    """The actor may look here but change nothing."""

    slug = "read-only"


class Insufficient(Denied):
    """The actor may see the node, but what it holds there is not enough; `node` is its id."""

    slug = "insufficient"

    def __init__(self, node: int, message: str) -> None:
        super().__init__(message)
        self.node = node


class LinkShut(Denied):
    """The public link is gone, has expired, or is for others."""

    slug = "link-shut"


class CodeNeeded(Denied):
    """The public link asks for an access code, and none or a wrong one was given."""

    slug = "code-needed"


class NoAllocation(Denied):
    """The product is unknown, or nothing of it is the actor's to use."""

    slug = "no-allocation"


class NotYours(Denied):
    """Only the owner of a share changes it."""

    slug = "not-yours"


class Invalid(PolyshareError):
    """The request contradicts itself or the world; `where` leads to the culprit, outermost first."""

    slug = "invalid"

    def __init__(self, message: str, *where: str | int) -> None:
        super().__init__(message)
        self.where = where


class OwnersPlace(Invalid):
    """The owner of a node has everything there and can't be made a member of it."""

    slug = "owners-place"


class WrongState(PolyshareError):
    """Right in itself, but not now, or not for this kind of share; the message says what to do instead."""

    slug = "wrong-state"


class NotSupported(WrongState):
    """Who provides this can't do it, now or ever."""

    slug = "not-supported"


class ListChanged(WrongState):
    """A list that was to be read as it is at one moment has changed since it was begun; it is to be begun again."""

    slug = "list-changed"

    def __init__(self) -> None:
        super().__init__("The list has changed since its first page was read; read it again from the start.")


class ProviderRefused(WrongState):
    """
    A provider was asked first, and said no; nothing has changed.

    `status` and `code` are its own, as it speaks of failures; the message is what it wrote. `retry_after_s` is how long it
    asks to be left alone, in seconds; None: it does not say.
    """

    slug = "provider-refused"

    def __init__(
        self, message: str, status: int, code: str | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s


class LimitReached(PolyshareError):
    """A configured limit would be passed."""

    slug = "limit-reached"

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"At most {limit} {what} are allowed.")
        self.what = what
        self.limit = limit


class TooLarge(LimitReached):
    """More bytes than one file may have; `limit` is how many it may."""

    slug = "too-large"

    def __init__(self, limit: int) -> None:
        super().__init__("bytes in a file", limit)


class Braked(PolyshareError):
    """Asked too often; the same may be asked again after `retry_after_s` seconds."""

    slug = "braked"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"Too many tries; wait {retry_after_s:.0f} seconds, then try again.")
        self.retry_after_s = retry_after_s


class Conflict(PolyshareError):
    """The change collides with what is there."""

    slug = "conflict"


class AlreadyThere(Conflict):
    """The same recipient, entry or exclusion is there already."""

    slug = "already-there"


class AlreadyMember(AlreadyThere):
    """Who is to be given a share of this very node holds one already, whatever it gives."""

    slug = "already-member"


class NotMember(Conflict):
    """Who is to be changed or removed holds no share of this very node; `principal` is its id."""

    slug = "not-member"

    def __init__(self, principal: int) -> None:
        super().__init__(
            "This has not been shared with them here; share it first, or look at the folders above."
        )
        self.principal = principal


class KeyReused(Conflict):
    """An idempotency key came back with another request."""

    slug = "key-reused"


class Taken(Conflict):
    """A unique name, id or number is in use; `constraint` names the rule."""

    slug = "taken"

    def __init__(self, constraint: str, message: str | None = None) -> None:
        super().__init__(message or f"Already taken: {constraint}.")
        self.constraint = constraint


class Unavailable(PolyshareError):
    """
    Something we depend on did not answer; trying again later may help.

    `retry_after_s` is how long it asks to be left alone, in seconds; None: it does not say.
    """

    slug = "unavailable"

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ProviderUnknown(Unavailable):
    """Nobody of that name provides anything."""

    slug = "provider-unknown"


class ProviderAway(Unavailable):
    """A provider could not be reached, or what it said makes no sense."""

    slug = "provider-away"
