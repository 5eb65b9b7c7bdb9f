"""Previews of files that nobody needs to trust: pictures drawn anew, and the beginning of texts."""

import asyncio
import contextlib
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, ImageOps, UnidentifiedImageError

from polyshare.domain.errors import Unavailable, WrongState
from polyshare.domain.media import BINARY, guessed
from polyshare.engine.content import storing
from polyshare.engine.content.storing import Download
from polyshare.engine.work import House

LARGEST_PICTURE = 48 * 1024 * 1024
"""Bytes of a picture that is drawn anew; a larger one is not."""

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1600
EXCERPT = 64 * 1024
"""Bytes of a text that are shown."""

THREADS, WAITING = 2, 16

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")


class Show(StrEnum):
    """How a browser can be shown a file without running anything in it."""

    PICTURE = "picture"
    TEXT = "text"
    PDF = "pdf"
    AUDIO = "audio"
    VIDEO = "video"


# Only these go out as what they are called; whatever else a file claims to be is only downloaded, or shown as text.
_AS_IS = {
    "image/png": Show.PICTURE,
    "image/jpeg": Show.PICTURE,
    "image/gif": Show.PICTURE,
    "image/webp": Show.PICTURE,
    "image/avif": Show.PICTURE,
    "image/bmp": Show.PICTURE,
    "application/pdf": Show.PDF,
    "audio/aac": Show.AUDIO,
    "audio/flac": Show.AUDIO,
    "audio/mp4": Show.AUDIO,
    "audio/mpeg": Show.AUDIO,
    "audio/ogg": Show.AUDIO,
    "audio/wav": Show.AUDIO,
    "audio/webm": Show.AUDIO,
    "video/mp4": Show.VIDEO,
    "video/ogg": Show.VIDEO,
    "video/webm": Show.VIDEO,
}
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_REDRAWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff"}
_TEXTS = {"application/json", "application/xml", "application/yaml", "application/toml", "application/x-sh"}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The beginning of a text; `cut` says whether it goes on."""

    text: str
    cut: bool


def type_of(mime: str, name: str) -> str:
    """A file's media type in lower case without parameters; where nobody said one, what its name stands for."""
    plain = mime.partition(";")[0].strip().lower()
    return guessed(name) if plain in ("", BINARY) else plain


def shown_as(mime: str, *, original: bool) -> Show | None:
    """
    How a file of this type can be shown; None: only downloaded.

    Args:
        mime: From `type_of`.
        original: Whether its own bytes may go out; if not, pictures are drawn anew, and only they and texts are shown.
    """
    if mime.startswith("text/") or mime in _TEXTS or mime.endswith(("+json", "+xml")):
        return Show.TEXT
    if original:
        return _AS_IS.get(mime)
    return Show.PICTURE if mime in _REDRAWN else None


async def excerpt(house: House, download: Download) -> Excerpt:
    """
    The beginning of a text, whatever it is encoded in.

    Raises:
        Unavailable: The byte store did not give it.
    """
    upto = min(download.size, EXCERPT)
    raw = b"".join([chunk async for chunk in storing.read(house, download, 0, upto)]) if upto else b""
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = raw.decode(encoding, "replace")
    if download.size > upto:
        text = text.removesuffix("\ufffd")  # a letter that was cut in two
    return Excerpt(text.replace("\r\n", "\n").replace("\0", "\ufffd"), download.size > upto)


async def picture(house: House, download: Download) -> tuple[str, bytes]:
    """
    A picture drawn anew, at most `LONGEST_SIDE` on either side, with nothing of the original file in it: media type, bytes.

    Raises:
        WrongState: It is no picture that we draw, or too large a one.
        Unavailable: Too many are being drawn, or the byte store did not give it.
    """
    if download.size > min(LARGEST_PICTURE, house.pictures.total):
        raise WrongState("This picture is too large to be shown here.")
    leave = await _let_in(house, download.size)
    try:
        raw = io.BytesIO()
        async for chunk in storing.read(house, download):
            raw.write(chunk)
        drawing = _POOL.submit(_drawn, raw)
    except BaseException:
        leave()
        raise
    loop = asyncio.get_running_loop()

    def drawn(_: object) -> None:  # also one that nobody waits for any more; called in its thread
        with contextlib.suppress(RuntimeError):  # the loop has ended, and whatever waited there
            loop.call_soon_threadsafe(leave)

    drawing.add_done_callback(drawn)
    return await asyncio.wrap_future(drawing)


async def _let_in(house: House, size: int) -> Callable[[], None]:
    """Wait for memory for a picture's file; what to call when it is needed no more. Raises Unavailable if too many wait."""
    if not _PLACES.acquire(blocking=False):
        raise Unavailable("Too many pictures are being drawn; try again.")
    try:
        await house.pictures.take(size)
    except BaseException:
        _PLACES.release()
        raise

    def leave() -> None:
        _PLACES.release()
        house.pictures.give_back(size)

    return leave


_POOL = ThreadPoolExecutor(THREADS, thread_name_prefix="picture")
_PLACES = threading.BoundedSemaphore(THREADS + WAITING)


def _drawn(raw: io.BytesIO) -> tuple[str, bytes]:
    try:
        with Image.open(raw, formats=_FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise WrongState("This picture has too many pixels to be shown here.")
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is read no larger than needed
            opened.load()
            clear = opened.has_transparency_data
            opened.thumbnail(
                (LONGEST_SIDE, LONGEST_SIDE)
            )  # before anything copies it, so that its pixels are there once
            upright = ImageOps.exif_transpose(opened)
            drawn = upright.convert("RGBA" if clear else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, *_BOMBS) as error:
        raise WrongState("This file is no picture that can be shown here.") from error
    fresh = Image.new(drawn.mode, drawn.size)  # takes over pixels alone, and no metadata
    fresh.paste(drawn)
    made = io.BytesIO()
    if clear:
        fresh.save(made, "PNG")
        return "image/png", made.getvalue()
    fresh.save(made, "JPEG", quality=85)
    return "image/jpeg", made.getvalue()
