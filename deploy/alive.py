"""Asks the server that the settings describe, on this machine, whether it lives: exit code 0 if it does."""

import http.client
import ssl
import sys

from polyshare.settings import Settings, load_settings

PATIENCE_S = 5


def connection(settings: Settings) -> http.client.HTTPConnection:
    """A connection to the server by loopback, which is let in whoever else is."""
    if not settings.tls_certificate:
        return http.client.HTTPConnection("127.0.0.1", settings.port, timeout=PATIENCE_S)
    # Its certificate bears the name under which others come; here the way is known, and nothing secret is sent.
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", settings.port, timeout=PATIENCE_S, context=trusting)


def lives(settings: Settings) -> bool:
    """Whether the server answers that it is alive."""
    asked = connection(settings)
    try:
        asked.request("GET", "/livez")
        return asked.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


if __name__ == "__main__":
    sys.exit(0 if lives(load_settings()) else 1)
