"""Handing mails to an SMTP server: plain text, headers that nobody can break out of, and one of three outcomes for each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from urllib.parse import unquote, urlsplit

import aiosmtplib

from polyshare.domain.errors import Unavailable

LONGEST_HEADER = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: to a person by display name and address, with a subject and a text of lines."""

    name: str
    address: str
    subject: str
    text: str


class Refused(Exception):
    """The server did not take this one mail; `final` means that trying again will not help."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.final = final


class Post:
    """One conversation with the server, in which mails are sent one after another."""

    def __init__(self, client: aiosmtplib.SMTP, sender: str) -> None:
        self._client = client
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        """
        Hand one mail over.

        Raises:
            Refused: It was not taken, or no mail can be made of it; others may be.
            Unavailable: The server does not answer any more.
        """
        try:
            message = composed(letter, self._sender)
        except (ValueError, IndexError, MessageError) as error:
            raise Refused(f"no mail can be made for this address: {error}", final=True) from error
        try:
            await self._client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused([one.code for one in error.recipients], error) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refused([error.code], error) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise Unavailable(f"The mail server broke off: {error}") from error


def composed(letter: Letter, sender: str) -> EmailMessage:
    """
    The mail as it goes out.

    Raises:
        ValueError: The address or the sender's is none.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = Address("Polyshare", addr_spec=sender)
    message["To"] = Address(_line(letter.name), addr_spec=letter.address)
    message["Subject"] = _line(letter.subject)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office notes in return
    message.set_content(_storable(letter.text))
    return message


@asynccontextmanager
async def conversation(url: str, sender: str, timeout_s: float) -> AsyncIterator[Post]:
    """
    Talk to the server at *url* (`smtp://` or `smtps://`, with user and password where it wants them).

    Raises:
        Unavailable: It does not answer, or does not let us in.
    """
    parts = urlsplit(url)
    client = aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        local_hostname=sender.rpartition("@")[2],
        timeout=timeout_s,
    )
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise Unavailable(f"The mail server does not answer: {error}") from error
    try:
        yield Post(client, sender)
    finally:
        client.close()


def _refused(codes: list[int], error: Exception) -> Refused:
    """What a refusal with these codes means: those from 500 on are final, as RFC 5321 says."""
    return Refused(str(error), final=bool(codes) and all(code >= 500 for code in codes))


def _line(text: str) -> str:
    """Text as it may stand in a header: one line without control characters, cut short."""
    plain = "".join(char if char.isprintable() else " " for char in _storable(text))
    return " ".join(plain.split())[:LONGEST_HEADER]


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
