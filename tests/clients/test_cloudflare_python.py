"""The official Python client of Cloudflare creates, lists, changes and withdraws shares here."""

import cloudflare
import httpx
import pytest

from tests.clients.sharing import (
    ALICE,
    ALICE_READING,
    BOB,
    EMAIL,
    FOREIGN,
    KEY,
    NOBODY,
    A,
    B,
    Counting,
    a_resource,
    async_client,
    client,
    methods,
    until,
    until_async,
)


def test_the_clients_resource_has_fourteen_methods():
    assert len(methods()) == 14
    assert {"create", "recipients.list", "resources.update"} <= methods()


@pytest.mark.behaviour("cloudflare", 26)
def test_every_method_works_in_strict_mode(base_url):
    called: set[str] = set()
    with client(base_url) as api:
        sharing = Counting(api.resource_sharing, called)

        share = sharing.create(
            account_id=A,
            name="By the client",
            recipients=[{"recipient_account_id": B}],
            resources=[a_resource(1, nested={"a": [None]})],
        )
        assert share is not None
        assert (share.status, share.target_type, share.kind) == ("active", "account", "sent")
        renamed = sharing.update(share.id, account_id=A, name="Renamed")
        assert (renamed.id, renamed.name, renamed.created) == (share.id, "Renamed", share.created)
        assert share.id in [
            each.id for each in sharing.list(account_id=A, per_page=50, kind="sent", status="active")
        ]

        entry = sharing.resources.create(share.id, account_id=A, **a_resource(2, "gateway-policy"))
        changed = sharing.resources.update(entry.id, account_id=A, share_id=share.id, meta={"precedence": 1})
        assert (changed.resource_version, changed.meta) == (2, {"precedence": 1})
        assert [each.resource_id for each in sharing.resources.list(share.id, account_id=A)] == [
            f"{number:032x}" for number in (1, 2)
        ]
        assert sharing.resources.get(entry.id, account_id=A, share_id=share.id).to_dict() == changed.to_dict()
        removed = sharing.resources.delete(entry.id, account_id=A, share_id=share.id)
        assert removed.status == "deleting"

        recipient = next(iter(sharing.recipients.list(share.id, account_id=A, include_resources=True)))
        assert recipient.account_id == B
        settled = until(
            lambda: sharing.recipients.get(
                recipient.id, account_id=A, share_id=share.id, include_resources=True
            ),
            lambda seen: seen.association_status == "associated",
        )
        assert [each.error for each in settled.resources] == [""] * len(settled.resources)
        leaving = sharing.recipients.delete(recipient.id, account_id=A, share_id=share.id)
        assert leaving.association_status == "disassociating"
        back = sharing.recipients.create(share.id, path_account_id=A, recipient_account_id=B)
        assert (back.id, back.association_status) == (recipient.id, "associating")

        withdrawn = sharing.delete(share.id, account_id=A)
        assert withdrawn.status == "deleting"
        gone = until(
            lambda: sharing.get(
                share.id, account_id=A, include_recipient_counts=True, include_resources=True
            ),
            lambda seen: seen.status == "deleted",
        )
        assert (gone.disassociated_recipient_count, gone.resources) == (1, [])

    assert called == methods()


@pytest.mark.behaviour("cloudflare", 26)
async def test_every_method_of_the_asynchronous_client_works_in_strict_mode(base_url):
    called: set[str] = set()
    async with async_client(base_url) as api:
        sharing = Counting(api.resource_sharing, called)

        share = await sharing.create(
            account_id=A,
            name="By the asynchronous client",
            recipients=[{"recipient_account_id": B}],
            resources=[a_resource(1)],
        )
        await sharing.update(share.id, account_id=A, name="Renamed")
        assert share.id in [each.id async for each in sharing.list(account_id=A, per_page=50)]
        entry = await sharing.resources.create(share.id, account_id=A, **a_resource(2, "trust-grant"))
        await sharing.resources.update(entry.id, account_id=A, share_id=share.id, meta={"n": None})
        listed = [each async for each in sharing.resources.list(share.id, account_id=A, per_page=1)]
        assert [each.resource_type for each in listed] == ["custom-ruleset", "trust-grant"]
        assert (await sharing.resources.get(entry.id, account_id=A, share_id=share.id)).meta == {"n": None}
        assert (
            await sharing.resources.delete(entry.id, account_id=A, share_id=share.id)
        ).status == "deleting"

        (recipient,) = [each async for each in sharing.recipients.list(share.id, account_id=A)]
        await until_async(
            lambda: sharing.recipients.get(recipient.id, account_id=A, share_id=share.id),
            lambda seen: seen.association_status == "associated",
        )
        await sharing.recipients.delete(recipient.id, account_id=A, share_id=share.id)
        back = await sharing.recipients.create(share.id, path_account_id=A, recipient_account_id=B)
        assert back.id == recipient.id
        assert (await sharing.delete(share.id, account_id=A)).status == "deleting"
        await until_async(lambda: sharing.get(share.id, account_id=A), lambda seen: seen.status == "deleted")

    assert called == methods()


@pytest.mark.behaviour("cloudflare", 26)
def test_a_status_message_is_there_for_older_clients(base_url):
    with client(base_url) as api:
        share = api.resource_sharing.create(
            account_id=A, name="Older", recipients=[{}], resources=[a_resource()]
        )
        path = f"{base_url}/client/v4/accounts/{A}/shares/{share.id}/recipients"
        headers = {"Authorization": f"Bearer {ALICE}"}

        listed = httpx.get(path, headers=headers, trust_env=False).json()["result"]

    assert listed
    assert {each["status_message"] for each in listed} == {""}


@pytest.mark.behaviour("cloudflare", 20)
def test_iteration_over_45_shares_yields_each_once(base_url):
    with client(base_url) as api:
        made = [
            api.resource_sharing.create(
                account_id=A,
                name=f"Iterated {number:02}",
                recipients=[{"recipient_account_id": B}],
                resources=[a_resource(number, "idp-federation-grant")],
            ).id
            for number in range(45)
        ]
        narrowed = {"account_id": A, "resource_types": ["idp-federation-grant"], "order": "name"}

        walked = [share.id for share in api.resource_sharing.list(**narrowed, per_page=10)]
        backwards = [
            share.id for share in api.resource_sharing.list(**narrowed, per_page=7, direction="desc")
        ]

    assert walked == made
    assert backwards == made[::-1]


@pytest.mark.behaviour("cloudflare", 20)
async def test_asynchronous_iteration_yields_each_once_too(base_url):
    async with async_client(base_url) as api:
        resources = [a_resource(number, "gateway-destination-ip") for number in range(45)]
        share = await api.resource_sharing.create(
            account_id=A, name="Wide", recipients=[{"recipient_account_id": B}], resources=resources
        )

        walked = [
            each async for each in api.resource_sharing.resources.list(share.id, account_id=A, per_page=20)
        ]

    assert [each.resource_id for each in walked] == [each["resource_id"] for each in resources]


def test_the_recipient_sees_what_it_was_given(base_url):
    with client(base_url) as alice, client(base_url, api_token=BOB) as bob:
        share = alice.resource_sharing.create(
            account_id=A, name="For Bob", recipients=[{"recipient_account_id": B}], resources=[a_resource()]
        )

        received = bob.resource_sharing.list(account_id=B, kind="received", per_page=100)
        seen = bob.resource_sharing.get(share.id, account_id=B, include_resources=True)

        assert share.id in [each.id for each in received]
        assert (seen.kind, seen.account_id, seen.account_name) == ("received", A, "Account A")
        with pytest.raises(cloudflare.PermissionDeniedError):
            bob.resource_sharing.update(share.id, account_id=B, name="Mine")


def test_key_and_email_open_the_same_door(base_url):
    with client(base_url, api_email=EMAIL, api_key=KEY) as api:
        share = api.resource_sharing.create(
            account_id=A, name="By key", recipients=[{}], resources=[a_resource()]
        )

        assert api.resource_sharing.get(share.id, account_id=A).name == "By key"


def test_failures_become_the_clients_own_exceptions(base_url):
    with client(base_url) as api:
        sharing = api.resource_sharing
        share = sharing.create(
            account_id=A, name="Refusing", recipients=[{"recipient_account_id": B}], resources=[a_resource()]
        )
        with pytest.raises(cloudflare.NotFoundError) as not_found:
            sharing.get(NOBODY, account_id=A)
        with pytest.raises(cloudflare.BadRequestError) as bad_request:
            sharing.create(account_id=A, name="", recipients=[], resources=[])
        with pytest.raises(cloudflare.ConflictError) as conflict:
            sharing.recipients.create(share.id, path_account_id=A, recipient_account_id=B)
        with pytest.raises(cloudflare.PermissionDeniedError) as denied:
            sharing.list(account_id=FOREIGN)

    assert not_found.value.status_code == 404
    assert not_found.value.errors[0].code == 1004
    assert bad_request.value.errors[0].code == 1001
    assert conflict.value.response.headers["x-should-retry"] == "false"
    assert conflict.value.response.request.headers["x-stainless-retry-count"] == "0"
    assert denied.value.errors[0].code == 9109


@pytest.mark.parametrize(
    ("credentials", "failure"),
    [
        ({"api_token": "nobody-has-this-token"}, cloudflare.AuthenticationError),
        ({"api_email": EMAIL, "api_key": "f" * 32}, cloudflare.PermissionDeniedError),
        ({"api_email": EMAIL, "api_token": None, "api_key": "with blank"}, cloudflare.BadRequestError),
    ],
    ids=["token", "key", "malformed key"],
)
def test_bad_credentials_become_the_clients_own_exceptions(base_url, credentials, failure):
    with client(base_url, **credentials) as nobody, pytest.raises(failure):
        nobody.resource_sharing.list(account_id=A)


def test_a_reading_token_reads_and_does_not_write(base_url):
    with client(base_url, api_token=ALICE_READING) as reader:
        assert reader.resource_sharing.list(account_id=A, per_page=1).result is not None
        with pytest.raises(cloudflare.PermissionDeniedError):
            reader.resource_sharing.create(account_id=A, name="x", recipients=[{}], resources=[a_resource()])


def test_what_has_no_method_is_reached_with_raw_calls(base_url):
    with client(base_url, api_token="admin-token-0123456789abcdef0123456789abcd") as api:
        listed = api.get(
            "/organizations/9a7806061c88ada191ed06f989cc3dac/shares?per_page=1", cast_to=httpx.Response
        )
        share = api.resource_sharing.create(
            account_id=A, name="Replaced", recipients=[{"recipient_account_id": B}], resources=[a_resource()]
        )
        replaced = api.put(f"/accounts/{A}/shares/{share.id}/recipients", body=[], cast_to=httpx.Response)

    assert listed.json()["result_info"]["per_page"] == 1
    assert (replaced.status_code, replaced.content) == (204, b"")
