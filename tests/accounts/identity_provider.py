"""A small identity provider of the tests' own: the code flow of OpenID Connect on a local port."""

import base64
import hashlib
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "chuyen-can", "the secret of the tests"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ANOTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class IdentityProvider:
    """Knows one person; what it says of itself and of them can be made false.

    `token`, `person`: claims that replace those of the token and of the answer about the person;
    None takes one out. `key`: what it signs with.
    """

    def __init__(self):
        self.token, self.person, self.key, self.about_itself = {}, {}, KEY, {}
        self.asked, self.codes, self.is_broken = [], {}, False
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.answer(self)

            do_POST = do_GET  # noqa: N815  # a name of the standard library

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/realm"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def sign_in(self, address):
        """What a browser brings back after its person has signed in: the query of the return."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    def answer(self, handler):
        page = urllib.parse.urlsplit(handler.path).path.removeprefix("/realm")
        self.asked.append(page)
        length = int(handler.headers.get("Content-Length") or 0)
        sent = dict(urllib.parse.parse_qsl(handler.rfile.read(length).decode()))
        found = None if self.is_broken else self.pages()[page](handler, sent)
        body = json.dumps(found or {}).encode()
        handler.send_response(200 if found else 500)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def pages(self):
        return {
            "/.well-known/openid-configuration": self.describe,
            "/token": self.give_token,
            "/person": self.tell_person,
            "/keys": self.give_keys,
        }

    def describe(self, handler, sent):
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/sign-in",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/person",
            "jwks_uri": f"{self.issuer}/keys",
        } | self.about_itself

    def give_token(self, handler, sent):
        query = self.codes.pop(sent["code"], None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            query is None
            or (sent["client_id"], sent["client_secret"]) != (CLIENT, SECRET)
            or sent["redirect_uri"] != query["redirect_uri"]
            or query["code_challenge_method"] != "S256"
            or challenge != query["code_challenge"]
        ):
            return None
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "17",
            "exp": int(time.time()) + 300,
            "nonce": query["nonce"],
        }
        token = jwt.encode(self.with_changes(claims, self.token), self.key, "RS256", {"kid": "1"})
        return {"access_token": "access", "id_token": token, "token_type": "Bearer"}

    def tell_person(self, handler, sent):
        assert handler.headers["Authorization"] == "Bearer access"
        person = {"sub": "17", "email": "teacher.a@example.vn", "email_verified": True}
        return self.with_changes(person, self.person)

    def give_keys(self, handler, sent):
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [public | {"kid": "1", "alg": "RS256", "use": "sig"}]}

    @staticmethod
    def with_changes(claims, changes):
        changed = claims | changes
        return {name: value for name, value in changed.items() if value is not None}
