"""Cloudflare Resource Sharing: a share is made, arrives, is seen by its recipient, and is withdrawn."""

from tools.conversations.talking import Talk

TITLE = "Cloudflare Resource Sharing"
PATH = "/client/v4"

A, B = "023e105f4ecef8ad9ca31a8372d0c353", "0000000000000000000000000000000b"
ALICE = {"Authorization": "Bearer alice-edit-token-0123456789abcdef0123456789"}
BOB = {"Authorization": "Bearer bob-token-0123456789abcdef0123456789abcdef"}
KEY = {"X-Auth-Email": "alice@example.com", "X-Auth-Key": "144c9defac04969c7bfad8efaa8ea194"}

CREDENTIALS = (
    (f"Alice, account {A}", "; ".join(f"{name}: {value}" for name, value in ALICE.items())),
    ("Alice, by key", "; ".join(f"{name}: {value}" for name, value in KEY.items())),
    (f"Bob, account {B}", "; ".join(f"{name}: {value}" for name, value in BOB.items())),
)


def play(talk: Talk) -> None:
    """
    Play the conversation against a server that holds the demo world.

    Raises:
        WrongAnswer: The server answered otherwise than it should.
    """
    shares = f"{PATH}/accounts/{A}/shares"
    talk.say("Alice offers a ruleset of account A to account B.")
    body = {
        "name": "Demo rules",
        "recipients": [{"recipient_account_id": B}],
        "resources": [
            {
                "resource_type": "custom-ruleset",
                "resource_id": "00000000000000000000000000000001",
                "resource_account_id": A,
                "meta": {},
            }
        ],
    }
    share = talk.ask("POST", shares, ALICE, 201, body)["result"]
    talk.check(share["status"] == "active" and share["kind"] == "sent", "the new share is active and sent")

    talk.say("The server carries it to the recipient by itself: associating becomes associated.")
    recipients = talk.ask_until(
        f"{shares}/{share['id']}/recipients",
        ALICE,
        lambda said: [each["association_status"] for each in said["result"]] == ["associated"],
    )["result"]
    talk.check(recipients[0]["account_id"] == B, "the recipient is account B")

    talk.say("Bob, acting for account B, sees it as received.")
    received = talk.ask("GET", f"{PATH}/accounts/{B}/shares?kind=received&direction=desc&per_page=1", BOB)[
        "result"
    ]
    talk.check([each["id"] for each in received] == [share["id"]], "the newest received share is this one")
    talk.check(received[0]["account_id"] == A, "its sender is account A")

    talk.say("What is received is its sender's to change.")
    talk.ask("DELETE", f"{PATH}/accounts/{B}/shares/{share['id']}", BOB, 403)

    talk.say("Alice withdraws it, this time with e-mail and key.")
    withdrawn = talk.ask("DELETE", f"{shares}/{share['id']}", KEY)["result"]
    talk.check(withdrawn["status"] == "deleting", "the share is being deleted")

    talk.say("It ends for everyone, and stays readable for its sender.")
    talk.ask_until(f"{shares}/{share['id']}", ALICE, lambda said: said["result"]["status"] == "deleted")
    talk.ask("GET", f"{PATH}/accounts/{B}/shares/{share['id']}", BOB, 404)
