"""A real OpenID Connect provider in a process of its own, which also insists on PKCE.

Started by tests as `python oidc_server.py`; writes its port on the first line and ends with its input.
`python -c` would do, but the check of PKCE, which the provider leaves out, deserves to be read.
"""

import base64
import hashlib
import importlib
import os
import sys
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIServer, make_server

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WithPkce:
    """Refuses a token to whoever does not know the verifier of the code's challenge (RFC 7636)."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.challenges: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Note the challenge with each code; compare at the token."""
        if environ["PATH_INFO"] == "/oauth2/token" and not self._is_proved(environ):
            start("400 Bad Request", [("Content-Type", "application/json")])
            return [b'{"error": "invalid_grant"}']
        asked = parse_qs(environ.get("QUERY_STRING", ""))

        def note(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            target = dict(headers).get("Location", "")
            for code in parse_qs(urlsplit(target).query).get("code", []):
                if asked.get("code_challenge_method") == ["S256"]:
                    self.challenges[code] = asked["code_challenge"][0]
            return start(status, headers, *more)

        return self.application(environ, note)

    def _is_proved(self, environ: dict[str, Any]) -> bool:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        sent = parse_qs(body.decode())
        verifier = sent.get("code_verifier", [""])[0]
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return self.challenges.get(sent.get("code", [""])[0]) == challenge


def serve() -> None:
    """Until standard input ends."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    provider = importlib.import_module("oidc_provider_mock")
    server: WSGIServer = make_server("localhost", 0, WithPkce(provider.app()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    serve()
