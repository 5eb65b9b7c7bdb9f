"""Clients that change shares and keep a ledger of what the server acknowledged and what it may have done."""

import itertools
import secrets
from typing import Any

from tests.durability import crowd
from tests.durability.crowd import same

A = "023e105f4ecef8ad9ca31a8372d0c353"
SHARES = f"/client/v4/accounts/{A}/shares"
OTHERS = (
    "0000000000000000000000000000000b",
    "0000000000000000000000000000000c",
    "0000000000000000000000000000000d",
)
ALICE = {"Authorization": "Bearer alice-edit-token-0123456789abcdef0123456789"}
LIVE = ("associating", "associated")


class Known:
    """
    One share as its client knows it: for each part, the states that it may be in; one, unless an answer was lost.

    `recipients` by account and `resources` by key hold sets of states; a resource's state is its meta's number, or None.
    """

    def __init__(self, share, name, recipients, keys):
        self.share = share
        self.name = name
        self.deleted: set[Any] = {False}
        self.recipients: dict[str, set[Any]] = {account: {account in recipients} for account in OTHERS}
        self.resources: dict[str, set[Any]] = {key: {0} for key in keys}

    @property
    def place(self):
        """Its path."""
        return f"{SHARES}/{self.share}"

    @property
    def doubtful(self):
        """Whether an answer about it was lost."""
        return any(
            len(states) > 1 for states in (self.deleted, *self.recipients.values(), *self.resources.values())
        )


class Client(crowd.Client):
    """Makes and changes shares."""

    headers = ALICE

    def __init__(self, url, name, dice):
        super().__init__(url, name, dice)
        self.doubtful = None
        self._numbers = itertools.count()

    async def resume(self, http):
        """Look at what is doubtful."""
        await self.again(http)
        for known in self.known:
            if known.doubtful:
                await self.look(http, known)

    async def again(self, http):
        """A create whose answer was lost is asked for again under its key: it is there once."""
        if self.doubtful is not None:
            await self._send_create(http, *self.doubtful)

    async def one(self, http):
        """Make a share, or change one."""
        live = [known for known in self.known if known.deleted == {False}]
        if len(live) < 3 or self.dice.random() < 0.2:
            await self._create(http)
            return
        known = self.dice.choice(live)
        action = self.dice.choice(
            [self._recipient, self._recipient, self._resource, self._resource, self._delete]
        )
        await action(http, known)

    async def _create(self, http):
        recipients = self.dice.sample(OTHERS, self.dice.randint(1, 3))
        keys = [f"{n:032x}" for n in range(self.dice.randint(1, 4))]
        name = f"{self.name}-{next(self._numbers)}-{len(recipients)}x{len(keys)}"
        self.doubtful = (name, recipients, keys, secrets.token_hex(8))
        await self._send_create(http, *self.doubtful)

    async def _send_create(self, http, name, recipients, keys, idempotency):
        body = {
            "name": name,
            "recipients": [{"recipient_account_id": account} for account in recipients],
            "resources": [a_resource(key, 0) for key in keys],
        }
        answer = await http.post(SHARES, json=body, headers={"Idempotency-Key": idempotency})
        assert answer.status_code == 201, answer.text
        self.acknowledged += 1
        self.doubtful = None
        self.known.append(Known(answer.json()["result"]["id"], name, recipients, keys))

    async def _recipient(self, http, known):
        account = self.dice.choice(OTHERS)
        states = known.recipients[account]
        before = next(iter(states))
        states.add(not before)
        if before:
            listed = await http.get(f"{known.place}/recipients")
            [record] = [one["id"] for one in listed.json()["result"] if one["account_id"] == account]
            answer = await http.delete(f"{known.place}/recipients/{record}")
        else:
            answer = await http.post(f"{known.place}/recipients", json={"recipient_account_id": account})
        self._settle(answer, states, not before)

    async def _resource(self, http, known):
        listed = await http.get(f"{known.place}/resources", params={"status": "active"})
        live = {one["resource_id"]: one for one in listed.json()["result"]}
        dice = self.dice.random()
        if dice < 0.4 or not live:
            key, state = f"{100 + len(known.resources):032x}", 1
            states = known.resources.setdefault(key, {None})
            states.add(state)
            answer = await http.post(f"{known.place}/resources", json=a_resource(key, state))
        else:
            key = self.dice.choice(sorted(live))
            states, place = known.resources[key], f"{known.place}/resources/{live[key]['id']}"
            if dice < 0.8 or len(live) == 1:
                state = live[key]["meta"]["n"] + 1
                states.add(state)
                answer = await http.put(place, json={"meta": {"n": state}})
            else:
                state = None
                states.add(state)
                answer = await http.delete(place)
        self._settle(answer, states, state)

    async def _delete(self, http, known):
        known.deleted.add(True)
        self._settle(await http.delete(f"{known.place}"), known.deleted, True)

    def _settle(self, answer, states, after):
        assert answer.status_code in (200, 201, 202), answer.text
        self.settle(states, after)

    async def look(self, http, known):
        """Hold one share to what is known of it."""
        answer = await http.get(known.place)
        assert answer.status_code == 200, f"an acknowledged share is not there: {answer.text}"
        deleted = answer.json()["result"]["status"] != "active"
        same(known.name, "deleted", known.deleted, deleted)
        if deleted:
            return
        recipients = (await http.get(f"{known.place}/recipients")).json()["result"]
        live = {one["account_id"] for one in recipients if one["association_status"] in LIVE}
        for account, states in known.recipients.items():
            same(known.name, f"recipient {account}", states, account in live)
        resources = (await http.get(f"{known.place}/resources", params={"status": "active"})).json()["result"]
        metas = {one["resource_id"]: one["meta"]["n"] for one in resources}
        assert metas.keys() <= known.resources.keys(), f"{known.name}: {metas}"
        for key, states in known.resources.items():
            same(known.name, f"resource {key}", states, metas.get(key))


def a_resource(key, number):
    """A resource of the account as a request names it."""
    return {
        "resource_id": key,
        "resource_type": "custom-ruleset" if int(key, 16) % 2 else "gateway-policy",
        "resource_account_id": A,
        "meta": {"n": number},
    }
