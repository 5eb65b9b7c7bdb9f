"""The shapes of Cloudflare Resource Sharing on the wire: bodies, objects and the envelope around them."""

from msgspec import UNSET, Raw, Struct, UnsetType

ABSENT = Raw()  # luggage that was left out

# Requests. Every field may be missing or null, which mean the same; what must be there is said by `translate`.


class RecipientInput(Struct):
    """
    An account or an organization that shall receive a share; neither means the sender's whole organization.

    Source: developers.cloudflare.com/api, Resource Sharing > Recipients > Create; SDK `RecipientCreateParams`.
    `account_id` is the deprecated spelling of `recipient_account_id`; the TypeScript SDK sends it as `body_account_id`.
    """

    recipient_account_id: str | None = None
    organization_id: str | None = None
    account_id: str | None = None
    body_account_id: str | None = None


class ResourceInput(Struct):
    """
    A resource that shall be shared; all four are required.

    Source: developers.cloudflare.com/api, Resource Sharing > Resources > Create; SDK `ResourceCreateParams`.
    """

    resource_id: str | None = None
    resource_type: str | None = None
    resource_account_id: str | None = None
    meta: Raw = ABSENT


class NewShare(Struct):
    """
    Body of POST shares.

    Source: developers.cloudflare.com/api, Resource Sharing > Create; SDK `ResourceSharingCreateParams`.
    """

    name: str | None = None
    recipients: list[RecipientInput] | None = None
    resources: list[ResourceInput] | None = None
    tags: dict[str, str | None] | None = None


class ShareUpdate(Struct):
    """
    Body of PUT share; Terraform sends recipients and resources along, which are managed by their own calls.

    Source: developers.cloudflare.com/api, Resource Sharing > Update; SDK `ResourceSharingUpdateParams`.
    """

    name: str | None = None
    tags: dict[str, str | None] | None = None


class ResourceUpdate(Struct):
    """
    Body of PUT resource; Terraform sends all four fields, of which only `meta` can change.

    Source: developers.cloudflare.com/api, Resource Sharing > Resources > Update; SDK `ResourceUpdateParams`.
    """

    meta: Raw = ABSENT


class ExcludedInput(Struct):
    """
    An account that a share with an organization shall pass over.

    Source: the vendor's command line, `resource-sharing excluded-recipients`; in no SDK yet.
    """

    account_id: str | None = None
    recipient_account_id: str | None = None


# Answers. What is UNSET is left out.


class Resource(Struct):
    """
    A resource in a share; `id` is the entry's, `resource_id` the shared thing's.

    Source: developers.cloudflare.com/api, Resource Sharing > Resources > Get; SDK `ResourceGetResponse`.
    """

    id: str
    resource_id: str
    resource_account_id: str
    resource_type: str
    resource_version: int
    meta: Raw
    status: str
    created: str
    modified: str


class Share(Struct):
    """
    A share; `resources` and the counts are there only when they were asked for.

    Source: developers.cloudflare.com/api, Resource Sharing > Get; SDK `ResourceSharingGetResponse`. `tags` is ours.
    """

    id: str
    account_id: str
    account_name: str
    organization_id: str
    name: str
    status: str
    target_type: str
    kind: str
    created: str
    modified: str
    tags: Raw | UnsetType = UNSET
    resources: list[Resource] | UnsetType = UNSET
    associating_recipient_count: int | UnsetType = UNSET
    associated_recipient_count: int | UnsetType = UNSET
    disassociating_recipient_count: int | UnsetType = UNSET
    disassociated_recipient_count: int | UnsetType = UNSET


class RecipientResource(Struct):
    """
    How far one resource has come at a recipient; `terminal` means that it won't be tried again.

    Source: developers.cloudflare.com/api, Resource Sharing > Recipients > Get; SDK `RecipientGetResponse.resources`.
    """

    error: str
    resource_id: str
    resource_version: int
    terminal: bool


class Recipient(Struct):
    """
    An account that receives a share. `status_message` was required by the SDKs of 2025 and is always sent.

    Source: developers.cloudflare.com/api, Resource Sharing > Recipients > Get; SDK `RecipientGetResponse`.
    """

    id: str
    account_id: str
    association_status: str
    status_message: str
    created: str
    modified: str
    resources: list[RecipientResource] | UnsetType = UNSET


class Excluded(Struct):
    """
    An account that a share with an organization passes over.

    Source: the vendor's command line, `resource-sharing excluded-recipients`; the object's fields are ours.
    """

    id: str
    account_id: str
    created: str
    modified: str


class ResultInfo(Struct):
    """
    What stands beside a list.

    Source: developers.cloudflare.com/fundamentals/api/how-to/make-api-calls, Pagination.
    """

    count: int
    page: int
    per_page: int
    total_count: int
    total_pages: int


class Source(Struct):
    """Where a request is wrong: a JSON pointer into the body, or the name of a query parameter."""

    pointer: str


class ChainedError(Struct):
    """What lies behind an error."""

    code: int
    message: str


class ErrorItem(Struct):
    """
    One error.

    Source: developers.cloudflare.com/api, "Response format"; SDK `ErrorData`.
    """

    code: int
    message: str
    source: Source | UnsetType = UNSET
    error_chain: list[ChainedError] | UnsetType = UNSET


class Failure(Struct, kw_only=True):
    """The envelope of whatever did not succeed."""

    success: bool = False
    errors: list[ErrorItem]
    messages: list[str] = []
    result: None = None


SUCCESS = (
    b'{"success":true,"errors":[],"messages":[],"result":'  # the envelope of a success, up to its result
)
