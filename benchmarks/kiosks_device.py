"""A kiosk without a browser: its cookie, its key and one connection; and what signing costs the server."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import secrets
import time
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.report import Row, row

_FRAME = 60_000
_TIMES = 2000
_CURVE_BYTES = 32


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Device:
    """Signs as ``keys.js`` does, over one connection that stays open."""

    def __init__(self, host: str, port: int, cookie: str = "") -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=30)
        self._cookie = cookie
        self._key = ec.generate_private_key(ec.SECP256R1())

    @classmethod
    def paired(cls, host: str, port: int, invitation: str) -> Device:
        """A kiosk by an invitation, its key registered."""
        device = cls(host, port)
        device._connection.request("GET", f"/kiosk/?invite={invitation}")
        answer = device._connection.getresponse()
        answer.read()
        device._cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        public = device._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        body = json.dumps({"public_key": base64.b64encode(public).decode()}).encode()
        status, said = device.post("/kiosk/key", body, "application/json")
        if status != http.client.OK:
            raise RuntimeError(f"the key was refused: {said}")
        return device

    def post(self, path: str, body: bytes, kind: str) -> tuple[int, dict[str, Any]]:
        """The answer's status and its JSON."""
        headers = {
            "Content-Type": kind,
            "Cookie": self._cookie,
            "X-FaceRoster-Kiosk": "1",
            "X-FaceRoster-Signature": self._signature("POST", path, body),
        }
        self._connection.request("POST", path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, {}

    def _signature(self, method: str, path: str, body: bytes) -> str:
        stamp, nonce = str(int(time.time() * 1000)), _base64url(secrets.token_bytes(16))
        digest = hashlib.sha256(body).hexdigest()
        text = "\n".join((method, path, stamp, nonce, digest, "")).encode()
        r, s = decode_dss_signature(self._key.sign(text, ec.ECDSA(SHA256())))
        return f"v1 {stamp} {nonce} {_base64url(r.to_bytes(_CURVE_BYTES) + s.to_bytes(_CURVE_BYTES))}"


def signing_rows() -> list[Row]:
    """What a signature costs the server: the hash of a frame, and the check of the signature itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    body, text = os.urandom(_FRAME), os.urandom(200)
    r, s = decode_dss_signature(key.sign(text, ec.ECDSA(SHA256())))
    public = key.public_key()

    def check() -> None:
        public.verify(encode_dss_signature(r, s), text, ec.ECDSA(SHA256()))

    return [
        _timed("hash of a frame of 60 kB, p95", 2.0, lambda: hashlib.sha256(body).hexdigest()),
        _timed("check of a signature, p95", 1.0, check),
    ]


def _timed(name: str, bar: float, work: Any) -> Row:
    ms = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        work()
        ms.append((time.perf_counter() - start) * 1000)
    p50, p95 = np.quantile(ms, (0.5, 0.95))
    return row(name, p95, "ms", bar=bar, p50=p50, p95=p95, n=_TIMES)
