"""From Cloudflare's bodies to what the engine is asked for."""

from collections.abc import Sequence

from msgspec import Raw

from polyshare.dialects.cloudflare import wire
from polyshare.domain.errors import Invalid
from polyshare.domain.views import NewItem, NewOffer

RESOURCE_TYPES = frozenset(
    {
        "custom-ruleset",
        "gateway-policy",
        "gateway-destination-ip",
        "gateway-block-page-settings",
        "gateway-extended-email-matching",
        "idp-federation-grant",
        "trust-grant",
    }
)
LONGEST_ID = 32
LONGEST_RESOURCE_ID = 64
LONGEST_NAME = 255
LONGEST_TAG_KEY = 256
LONGEST_TAG_VALUE = 1024
LARGEST_META_BYTES = 16 * 1024

Where = tuple[str | int, ...]


def is_id(text: str) -> bool:
    """Whether *text* can be the id of an account, organization, share, recipient or entry."""
    return len(text) <= LONGEST_ID and _is_word(text)


def _is_word(text: str) -> bool:
    if text.isalnum():
        return text.isascii()
    return text != "" and text.isascii() and text.replace("-", "a").replace("_", "a").isalnum()


def offer_from(body: wire.NewShare, account: str) -> NewOffer:
    """
    The offer that a new share of *account* means.

    Raises:
        Invalid: A field is missing or contradicts another one.
    """
    name = _name_from(body.name)
    if not body.recipients:
        raise Invalid("recipients must name at least one; {} means the whole organization.", "recipients")
    if not body.resources:
        raise Invalid("resources must have at least one resource.", "resources")
    named = [_recipient_from(sent, ("recipients", at)) for at, sent in enumerate(body.recipients)]
    accounts = tuple(dict.fromkeys(account for account, _ in named if account is not None))
    if len(named) > 1 and any(account is None for account, _ in named):
        raise Invalid("recipients must be accounts only, or exactly one organization.", "recipients")
    return NewOffer(
        name=name,
        to=accounts,
        to_audience=not accounts,
        audience=named[0][1],
        items=_items_from(body.resources, account),
        tags=_tags_from(body.tags),
    )


def revision_from(body: wire.ShareUpdate) -> tuple[str, dict[str, str] | None]:
    """The new name and tags of a share; tags are None when they stay as they are; raises Invalid."""
    return _name_from(body.name), _tags_from(body.tags)


def account_from(sent: wire.RecipientInput, where: Where = ()) -> str:
    """The account that a recipient names where only accounts can be; raises Invalid."""
    account, organization = _recipient_from(sent, where)
    if organization is not None:
        raise Invalid("Only an account can be named here, no organization.", *where, "organization_id")
    if account is None:
        raise Invalid("recipient_account_id is required.", *where, "recipient_account_id")
    return account


def accounts_from(sent: Sequence[wire.RecipientInput]) -> tuple[str, ...]:
    """The accounts that a list of recipients names, each once; raises Invalid."""
    return tuple(dict.fromkeys(account_from(one, (at,)) for at, one in enumerate(sent)))


def excluded_from(sent: wire.ExcludedInput, where: Where = ()) -> str:
    """The account that shall be passed over; raises Invalid."""
    account = _same(where, account_id=sent.account_id, recipient_account_id=sent.recipient_account_id)
    if account is None:
        raise Invalid("account_id is required.", *where, "account_id")
    return account


def exclusions_from(sent: Sequence[wire.ExcludedInput]) -> tuple[str, ...]:
    """The accounts that shall be passed over, each once; raises Invalid."""
    return tuple(dict.fromkeys(excluded_from(one, (at,)) for at, one in enumerate(sent)))


def item_from(sent: wire.ResourceInput, account: str, where: Where = ()) -> NewItem:
    """The item that a resource of *account* becomes; raises Invalid."""
    key = _required(sent.resource_id, where, "resource_id")
    kind = _required(sent.resource_type, where, "resource_type")
    owner = _required(sent.resource_account_id, where, "resource_account_id")
    if len(key) > LONGEST_RESOURCE_ID or not _is_word(key):
        raise Invalid(
            f"resource_id must have 1 to {LONGEST_RESOURCE_ID} letters, digits, - or _.",
            *where,
            "resource_id",
        )
    if kind not in RESOURCE_TYPES:
        known = ", ".join(sorted(RESOURCE_TYPES))
        raise Invalid(f"resource_type {kind[:64]!r} is unknown; use {known}.", *where, "resource_type")
    if owner != account:
        raise Invalid("resource_account_id must be the account in the path.", *where, "resource_account_id")
    return NewItem(kind, key, meta_from(sent.meta, where))


def meta_from(sent: Raw, where: Where = ()) -> str:
    """Luggage as it was sent: a JSON object whose inside is nobody's business; raises Invalid."""
    raw = bytes(sent).strip(b" \t\r\n")
    if not raw or raw == b"null":
        raise Invalid("meta is required.", *where, "meta")
    if not raw.startswith(b"{"):
        raise Invalid("meta must be a JSON object.", *where, "meta")
    if len(raw) > LARGEST_META_BYTES:
        raise Invalid(f"meta must have at most {LARGEST_META_BYTES} bytes.", *where, "meta")
    return raw.decode()


def pointer_to(where: Sequence[str | int], body: object) -> str:
    """
    The JSON pointer to *where* in the *body* that was sent.

    The engine speaks of recipients, each once; a body may be the list itself, or name one account twice.
    """
    steps = list(where)
    match steps, body:
        case ["audience"], wire.NewShare():  # only one recipient can be an organization, and it is alone
            steps = ["recipients", 0, "organization_id"]
        case ["recipients", int()], wire.RecipientInput():
            steps = ["recipient_account_id"]
        case ["recipients", int()], wire.ExcludedInput():
            steps = ["account_id"]
        case ["recipients", int(at)], wire.NewShare(recipients=list(sent)):
            steps = ["recipients", _first_sent(sent, at)]
        case ["recipients", int(at)], list(sent):
            steps = [_first_sent(sent, at)]
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _first_sent(sent: Sequence[wire.RecipientInput | wire.ExcludedInput], distinct: int) -> int:
    """Where the account that is number *distinct* of those named, each once, was named first."""
    named = [
        one.recipient_account_id or one.account_id or getattr(one, "body_account_id", None) for one in sent
    ]
    firsts = [at for at, account in enumerate(named) if account not in named[:at]]
    return firsts[distinct] if distinct < len(firsts) else distinct


def _name_from(name: str | None) -> str:
    name = _required(name, (), "name")
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Invalid(f"name must have 1 to {LONGEST_NAME} characters and not be blank.", "name")
    return name


def _recipient_from(sent: wire.RecipientInput, where: Where) -> tuple[str | None, str | None]:
    """The account and the organization that a recipient names, at most one of them; neither is the whole organization."""
    account = _same(
        where,
        recipient_account_id=sent.recipient_account_id,
        account_id=sent.account_id,
        body_account_id=sent.body_account_id,
    )
    organization = sent.organization_id
    if account is not None and organization is not None:
        raise Invalid("A recipient is an account or an organization, not both.", *where, "organization_id")
    if organization is not None and not is_id(organization):
        raise Invalid("organization_id is no identifier of an organization.", *where, "organization_id")
    return account, organization


def _same(where: Where, **spellings: str | None) -> str | None:
    """The one value behind several spellings of a field."""
    sent = {name: value for name, value in spellings.items() if value is not None}
    if not sent:
        return None
    name, value = next(iter(sent.items()))
    if len(set(sent.values())) > 1:
        raise Invalid(f"{' and '.join(sent)} name different accounts.", *where, name)
    if not is_id(value):
        raise Invalid(f"{name} is no identifier of an account.", *where, name)
    return value


def _required(value: str | None, where: Where, name: str) -> str:
    if value is None:
        raise Invalid(f"{name} is required.", *where, name)
    return value


def _items_from(sent: Sequence[wire.ResourceInput], account: str) -> tuple[NewItem, ...]:
    items, seen = [], set()
    for at, one in enumerate(sent):
        item = item_from(one, account, ("resources", at))
        if (item.kind, item.key) in seen:
            raise Invalid("The same resource is named twice.", "resources", at, "resource_id")
        seen.add((item.kind, item.key))
        items.append(item)
    return tuple(items)


def _tags_from(sent: dict[str, str | None] | None) -> dict[str, str] | None:
    if sent is None:
        return None
    tags = {key: value for key, value in sent.items() if value is not None}
    for key, value in tags.items():
        if not 1 <= len(key) <= LONGEST_TAG_KEY:
            raise Invalid(f"The key of a tag must have 1 to {LONGEST_TAG_KEY} characters.", "tags")
        if len(value) > LONGEST_TAG_VALUE:
            raise Invalid(
                f"The value of a tag must have at most {LONGEST_TAG_VALUE} characters.", "tags", key
            )
    return tags
