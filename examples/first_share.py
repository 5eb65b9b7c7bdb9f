"""A first share with Cloudflare's own Python client: only its base URL is changed."""

import os
import time

from cloudflare import Cloudflare

HOST = os.environ.get("BASE", "http://127.0.0.1:8300")
TOKEN = os.environ.get("TOKEN", "alice-edit-token-0123456789abcdef0123456789")  # of the demo world

# --- shown in the README
A, B = "023e105f4ecef8ad9ca31a8372d0c353", "0000000000000000000000000000000b"
RULESET = "00000000000000000000000000000001"

api = Cloudflare(api_token=TOKEN, base_url=f"{HOST}/client/v4")
share = api.resource_sharing.create(
    account_id=A,
    name="Baseline rules",
    recipients=[{"recipient_account_id": B}],
    resources=[
        {"resource_type": "custom-ruleset", "resource_id": RULESET, "resource_account_id": A, "meta": {}}
    ],
)
# --- up to here
assert share is not None  # noqa: S101 - for the type checker
print("made", share.id)

while True:
    recipient = next(iter(api.resource_sharing.recipients.list(share.id, account_id=A)))
    if recipient.association_status == "associated":
        break
    time.sleep(0.1)
print("the recipient is", recipient.association_status)

withdrawn = api.resource_sharing.delete(share.id, account_id=A)
assert withdrawn is not None  # noqa: S101 - for the type checker
print("withdrawn:", withdrawn.status)
