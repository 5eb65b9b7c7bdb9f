"""Commands for the keys that tokens are signed with, and for other issuers."""

import json

from joserfc import jwk

from tests.cli.test_directory import listed, polyshare
from tests.engine.tokens import a_key

__all__ = ["polyshare"]

ISSUER = "https://tenant.example.com/"
URL = "https://tenant.example.com/.well-known/jwks.json"


def test_keys_are_listed_and_replaced_without_their_secrets(polyshare):
    assert listed(polyshare, "signing-keys", "list") == []
    polyshare("signing-keys", "rotate", "user")

    said = polyshare("signing-keys", "rotate", "user")

    keys = listed(polyshare, "signing-keys", "list")
    assert [one["signs_now"] for one in keys] == [True, False]
    assert said == f"key {keys[0]['id']} signs from now on\n"
    assert set(keys[0]) == {"id", "purpose", "signs_now", "created_at"}
    polyshare("signing-keys", "rotate", "user", "--revoke")
    assert [one["signs_now"] for one in listed(polyshare, "signing-keys", "list")] == [True]


def test_the_public_half_of_a_key_is_printed_alone(polyshare):
    for purpose in ("user", "link", "page"):
        polyshare("signing-keys", "rotate", purpose)
    keys = {one["purpose"]: one["id"] for one in listed(polyshare, "signing-keys", "list")}

    for purpose, kind in (("user", "RSA"), ("link", "EC")):
        printed = polyshare("signing-keys", "show", keys[purpose])
        assert printed.startswith("-----BEGIN PUBLIC KEY-----\n")
        assert printed.endswith("-----END PUBLIC KEY-----\n")
        assert jwk.import_key(printed, kind).thumbprint() == keys[purpose]
    for ident in (keys["page"], "nothing"):
        assert "no key" in polyshare("signing-keys", "show", ident, code=1)


def test_a_shared_secret_comes_from_a_file(polyshare, tmp_path):
    (tmp_path / "secret.txt").write_text("x" * 64 + "\n")
    words = ("--api", "ucloud", "--algorithm", "HS512")

    polyshare("issuers", "trust", "cloud.sdu.dk", *words, "--secret", str(tmp_path / "secret.txt"))

    [one] = listed(polyshare, "issuers", "list")
    assert (one["api"], one["algorithm"], one["keys"]) == ("ucloud", "HS512", "secret")
    (tmp_path / "short.txt").write_text("x" * 63)
    short = ("--secret", str(tmp_path / "short.txt"))
    assert "64 characters" in polyshare("issuers", "trust", "cloud.sdu.dk", *words, *short, code=1)


def test_issuers_are_trusted_shown_and_distrusted(polyshare):
    assert polyshare("issuers", "trust", ISSUER, "--jwks-url", URL) == f"changed issuer {ISSUER}\n"
    assert polyshare("issuers", "trust", ISSUER, "--jwks-url", URL) == f"nothing new for issuer {ISSUER}\n"

    shown = json.loads(polyshare("issuers", "show", ISSUER, "--json"))
    assert (shown["api"], shown["algorithm"], shown["keys"]) == ("mycloud", "RS256", URL)
    assert [one["issuer"] for one in listed(polyshare, "issuers", "list")] == [ISSUER]
    polyshare("issuers", "distrust", ISSUER)
    assert listed(polyshare, "issuers", "list") == []
    assert "no issuer" in polyshare("issuers", "show", ISSUER, code=1)
    assert "no issuer" in polyshare("issuers", "distrust", ISSUER, code=1)


def test_keys_of_issuers_come_from_files(polyshare, tmp_path):
    key = a_key()
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    (tmp_path / "key.pem").write_bytes(key.as_pem(private=False))

    polyshare("issuers", "trust", ISSUER, "--jwks", str(tmp_path / "keys.json"))
    polyshare("issuers", "trust", ISSUER, "--certificate", str(tmp_path / "key.pem"), "--create-users")

    [one] = listed(polyshare, "issuers", "list")
    assert (one["keys"], one["create_users"]) == ("certificate", True)


def test_terms_that_could_not_work_are_told_in_a_line(polyshare, tmp_path):
    (tmp_path / "list.json").write_text("[]")

    assert "give one of" in polyshare("issuers", "trust", ISSUER, code=1)
    assert "not JSON" in polyshare("issuers", "trust", ISSUER, "--jwks", __file__, code=2)
    assert "not a set" in polyshare("issuers", "trust", ISSUER, "--jwks", str(tmp_path / "list.json"), code=2)
    assert "can be read" in polyshare("issuers", "trust", ISSUER, "--certificate", "/nowhere", code=2)
