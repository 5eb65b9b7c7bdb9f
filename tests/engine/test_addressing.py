"""Under which address users reach the server is what they can go to, or is asked for."""

import pytest

from polyshare.engine import addressing
from polyshare.settings import Settings


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1", "http://127.0.0.1:8300"),
        ("0.0.0.0", "http://127.0.0.1:8300"),  # noqa: S104 - not listened on
        ("::", "http://[::1]:8300"),
        ("0:0:0:0:0:0:0:0", "http://[::1]:8300"),
        ("::1", "http://[::1]:8300"),
        ("share.example.com", "http://share.example.com:8300"),
    ],
)
def test_without_a_public_url_the_address_is_one_that_can_be_gone_to(host, reached):
    settings = Settings(host=host)

    assert addressing.root(settings) == reached
    assert addressing.issuer(settings) == f"{reached}/authrouter/"


@pytest.mark.parametrize(
    ("given", "guessed"),
    [
        ({}, False),
        ({"host": "0.0.0.0"}, True),  # noqa: S104 - not listened on
        ({"host": "::"}, True),
        ({"host": "0.0.0.0", "public_url": "https://share.example.com"}, False),  # noqa: S104
        ({"trusted_proxies": ("127.0.0.1/32",)}, True),
        ({"host": "share.example.com"}, False),
    ],
)
def test_it_is_guessed_where_nobody_could_know_it(given, guessed):
    assert addressing.is_guessed(Settings(**given)) is guessed
