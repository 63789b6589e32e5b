"""A kiosk's browser for tests: the cookie, and a key that signs every request as the page's scripts do."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.utils.http import urlencode

from faceroster.kiosks.access import COOKIE
from faceroster.kiosks.keys import key_register
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.services import Visitor, invitation_accept, kiosk_invitation
from faceroster.kiosks.signatures import CHALLENGE_HEADER, HEADER, signed_text
from faceroster.people.models import Site


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class DeviceKey:
    """What a device keeps in its browser."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        public = self._private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public = base64.b64encode(public).decode()

    def sign(
        self, method: str, path: str, body: bytes = b"", *, challenge: str = "", ahead: float = 0
    ) -> str:
        """The signature header of one request; ``ahead``: seconds that the device's clock is wrong by."""
        stamp, nonce = str(int((time.time() + ahead) * 1000)), base64url(secrets.token_bytes(16))
        text = signed_text(
            method=method, path=path, timestamp=stamp, nonce=nonce, body=body, challenge=challenge
        )
        r, s = decode_dss_signature(self._private.sign(text, ec.ECDSA(SHA256())))
        return f"v1 {stamp} {nonce} {base64url(r.to_bytes(32) + s.to_bytes(32))}"


class DeviceClient(Client):
    """Signs what goes to /kiosk/, unless the request brings a signature of its own."""

    def __init__(self, key: DeviceKey | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.key = key or DeviceKey()

    def generic(  # type: ignore[override]
        self, method: str, path: str, data: Any = "", *args: Any, **kwargs: Any
    ) -> Any:
        headers = {**self.defaults_headers(), **(kwargs.pop("headers", None) or {})}
        if path.startswith("/kiosk/") and HEADER not in headers:
            query = urlencode(kwargs.get("query_params") or {}, doseq=True)
            body = data.encode() if isinstance(data, str) else bytes(data)
            whole = f"{path}?{query}" if query and "?" not in path else path.removesuffix("?")
            challenge = headers.get(CHALLENGE_HEADER, "")
            headers[HEADER] = self.key.sign(method, whole, body, challenge=challenge)
        return super().generic(method, path, data, *args, headers=headers, **kwargs)

    def defaults_headers(self) -> dict[str, str]:
        """Headers that every request of this client has."""
        challenge = self.defaults.get("HTTP_X_FACEROSTER_CHALLENGE")
        return {CHALLENGE_HEADER: str(challenge)} if challenge else {}

    def register(self) -> Any:
        """Tell the server of the key, as each page does when it is opened."""
        body = json.dumps({"public_key": self.key.public})
        return self.post("/kiosk/key", body, content_type="application/json")


def paired_device(site: Site) -> tuple[Kiosk, DeviceClient]:
    """An active kiosk of ``site``, and a client that holds its cookie and its key."""
    visitor = Visitor(secret=None, address="192.0.2.7", user_agent="tablet")
    kiosk, secret = invitation_accept(token=kiosk_invitation(site), visitor=visitor)
    client = DeviceClient(headers={"X-FaceRoster-Kiosk": "1"})
    client.cookies[COOKIE] = secret
    return key_register(kiosk=kiosk, public_key=client.key.public), client
