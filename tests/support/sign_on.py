"""Sign-on assertions as the connector makes them (docs/api/sign-on.md)."""

import base64
import hashlib
import hmac
import json
import secrets
import time


class Signer:
    """A user of a connected site."""

    def __init__(self, site: str, key: str, role: str, name: str = "Ada Lovelace"):
        self.site, self.key, self.role, self.name = site, key, role, name

    def claims(self, method: str, path: str, body: bytes = b"") -> dict:
        now = round(time.time(), 3)
        return {"site": self.site, "userid": 5, "name": self.name, "role": self.role, "iat": now,
                "exp": now + 30, "jti": secrets.token_hex(16), "method": method, "path": path,
                "sha256": hashlib.sha256(body).hexdigest()}

    def header(self, claims: dict) -> dict[str, str]:
        encoded = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
        mac = hmac.new(self.key.encode(), encoded, hashlib.sha256).hexdigest()
        return {"Authorization": f"MIH-Sign-On {encoded.decode()}.{mac}"}

    def for_request(self, method: str, path: str, body: bytes = b"") -> dict[str, str]:
        return self.header(self.claims(method, path, body))
