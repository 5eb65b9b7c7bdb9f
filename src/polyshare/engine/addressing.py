"""Under which address users reach this server; never built from what a request says of its host."""

from polyshare.settings import Settings


def root(settings: Settings) -> str:
    """The public base URL, without a final slash."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls_certificate else 'http'}://{host}:{settings.port}"


def issuer(settings: Settings) -> str:
    """Who signs our tokens, as they name it: with a final slash, which clients of this kind of issuer expect."""
    return f"{root(settings)}/authrouter/"
