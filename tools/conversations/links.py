"""Links as people use them: an inbox that strangers fill, and a folder that anybody with the address looks at in a browser."""

import io

from PIL import Image

from tools.conversations.talking import Talk

TITLE = "Links, as people use them"
PATH = "/me/v1"
ALICE = {"Authorization": "Bearer alice-edit-token-0123456789abcdef0123456789"}
NOBODY: dict[str, str] = {}
PASSWORD = "long-walk-home"  # noqa: S105 - of a link that this conversation makes
WORDS = "Welcome. What lies here was left by somebody without an account.\n"

CREDENTIALS = (("Alice", "; ".join(f"{name}: {value}" for name, value in ALICE.items())),)


def play(talk: Talk) -> None:
    """
    Play the conversation against a server that holds the demo world.

    Raises:
        WrongAnswer: The server answered otherwise than it should.
    """
    talk.say("Alice makes a link by which files can be left in a folder of hers, and nothing be seen there.")
    inbox = _made(talk, {"path": "designs", "gives": "drop", "name": "inbox"})
    talk.say("Somebody without an account leaves two files; the picture was drawn by this demo.")
    talk.leave(f"{inbox}/leave", "welcome.txt", WORDS.encode())
    talk.leave(f"{inbox}/leave", "sunset.jpg", _sunset())
    talk.ask_text("GET", f"{inbox}/zip", NOBODY, 403)

    talk.say("She makes a second link, to look and to download. A program gets a plain list.")
    shown = _made(talk, {"path": "designs", "name": "for everybody"})
    listed = talk.ask_text("GET", shown, NOBODY)
    talk.check("sunset.jpg" in listed and "welcome.txt" in listed, "what was left is there")
    talk.say("Everything as one archive.")
    talk.check(talk.ask_bytes("GET", f"{shown}/zip", NOBODY).startswith(b"PK"), "what comes is an archive")
    talk.say("A browser gets a page.")
    talk.show("a folder with a picture and a text", shown)

    talk.say("A third one has a password, and shows without giving away.")
    coded = _made(talk, {"path": "designs", "name": "looking", "gives": "view", "password": PASSWORD})
    talk.ask_text("GET", coded, NOBODY, 401)
    talk.show(f"the same to look at only; its password is {PASSWORD}", coded)
    talk.show("where files can be left, and nothing is seen", inbox)


def _made(talk: Talk, body: dict[str, str]) -> str:
    """The path of a new link of Alice's."""
    url: str = talk.ask("POST", f"{PATH}/links", ALICE, 201, body)["url"]
    return "/" + url.split("/", 3)[3]


def _sunset() -> bytes:
    """A picture of an evening at the sea."""
    width, height = 960, 540
    picture = Image.new("RGB", (width, height))
    for y in range(height):
        far, sea = y / height, y > height * 0.62
        colour = (18, 60 - int(30 * far), 110 - int(50 * far)) if sea else (250, 120 + int(150 * far), 90)
        picture.paste(colour, (0, y, width, y + 1))
    sun = Image.new("L", (width, height))
    for radius, light in ((150, 40), (110, 90), (80, 255)):
        sun.paste(light, None, _disc(width, height, radius))
    sun.paste(0, (0, int(height * 0.62), width, height))
    picture.paste((255, 236, 170), (0, 0), sun)
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=88)
    return made.getvalue()


def _disc(width: int, height: int, radius: int) -> Image.Image:
    disc = Image.new("L", (width, height))
    edge = Image.radial_gradient("L").resize((radius * 2, radius * 2))
    disc.paste(
        edge.point(lambda far: 255 if far < 180 else 0), (width // 2 - radius, int(height * 0.5) - radius)
    )
    return disc
