#!/bin/sh
# A first share with curl: account A offers a ruleset to account B, sees it arrive, and withdraws it.
set -eu
HOST="${BASE:-http://127.0.0.1:8300}"

# --- shown in the README
SHARES="$HOST/client/v4/accounts/023e105f4ecef8ad9ca31a8372d0c353/shares"
ME="Authorization: Bearer alice-edit-token-0123456789abcdef0123456789"
MADE=$(curl --silent --fail-with-body --header "$ME" --header "Content-Type: application/json" "$SHARES" --data '{
  "name": "Baseline rules",
  "recipients": [{"recipient_account_id": "0000000000000000000000000000000b"}],
  "resources": [{"resource_type": "custom-ruleset", "resource_id": "00000000000000000000000000000001",
                 "resource_account_id": "023e105f4ecef8ad9ca31a8372d0c353", "meta": {}}]}')
# --- up to here

SHARE=$(echo "$MADE" | sed 's/.*"result":[^}]*"id":"\([0-9a-f]*\)".*/\1/')
echo "made $SHARE"
until curl --silent --fail-with-body --header "$ME" "$SHARES/$SHARE/recipients" | grep -q '"associated"'; do
  sleep 0.1
done
echo "the recipient is associated"
curl --silent --fail-with-body --header "$ME" --request DELETE "$SHARES/$SHARE" | grep -q '"deleting"'
echo "withdrawn: deleting"
