"""
Receives what a Polyshare webhook provider tells: checks the signature by hand, prints the errand, answers.

    python3 examples/webhook_receiver.py whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwW5dCkFVbDRM= 8400

It needs nothing but Python. Entries whose key begins with "no-" are refused for good, to show how.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300
BODY_LIMIT_BYTES = 8 * 1024 * 1024


def is_signed(secret, headers, body, now_s):
    """Whether *body* was signed with *secret* within the last five minutes (Standard Webhooks 1.0, scheme v1)."""
    message_id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (sent.isascii() and sent.isdigit() and abs(now_s - int(sent)) <= TOLERANCE_S):
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{message_id}.{sent}.".encode() + body, hashlib.sha256)
    expected = b"v1," + base64.b64encode(digest)
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(expected, one) for one in given)


def carry_out(told):
    """Print what is to be done, and return the entries that were not done."""
    data, errors = told["data"], []
    for entry in data["entries"]:
        takes_back = told["type"] == "grant.withdraw" or entry["leaving"]
        if entry["key"].startswith("no-"):
            errors.append(
                {"entry": entry["id"], "message": f"{entry['key']} is not to be shared", "final": True}
            )
            continue
        # Here your own system would be told. It must not mind being told the same twice.
        print(
            "take" if takes_back else "give", entry["kind"], entry["key"], "->", data["recipient"], flush=True
        )
    return errors


class Receiver(BaseHTTPRequestHandler):
    """One POST, one errand."""

    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that an idle connection is kept

    def do_POST(self):
        """Check, carry out, answer."""
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > BODY_LIMIT_BYTES:
            self.close_connection = True
            return self.answer(413, {})
        body = self.rfile.read(int(length))
        if not is_signed(self.server.secret, self.headers, body, time.time()):
            return self.answer(401, {"message": "the signature is missing, wrong or too old"})
        return self.answer(200, {"errors": carry_out(json.loads(body))})

    def answer(self, status, content):
        """Send JSON."""
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """What matters is printed by carry_out."""


def main():
    """Listen on loopback until Ctrl-C."""
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} SECRET PORT")
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Receiver) as server:
        server.secret = sys.argv[1]
        print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
