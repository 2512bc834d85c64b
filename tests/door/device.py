"""A device that makes passkeys and shows them, as a phone does; the tests tell it where it lies."""

import hashlib
import json
import secrets
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT: Final = 0x01
VERIFIED: Final = 0x04
SYNCED: Final = 0x08
BACKED_UP: Final = 0x10
_ATTESTED: Final = 0x40


class Device:
    """One passkey's secret, and how often it was used.

    counts  whether it counts; passkeys that are copied between devices do not
    synced  whether its passkey is
    """

    def __init__(self, *, counts: bool = True, synced: bool = False) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)
        self.owner = b""
        self.count = 0
        self._counts = counts
        self._kept = SYNCED | BACKED_UP if synced else 0

    def make(self, asked: dict[str, Any], origin: str, flags: int = PRESENT | VERIFIED) -> str:
        """What a browser brings back from `credentials.create`."""
        self.owner = base64url_to_bytes(asked["user"]["id"])
        point = self.key.public_key().public_numbers()
        public = encode_cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + public
        data = self._data(asked["rp"]["id"], flags | _ATTESTED) + attested
        statement: dict[str, Any] = {"fmt": "none", "attStmt": {}, "authData": data}
        said = client_data("webauthn.create", asked["challenge"], origin)
        return self._brought(said, attestationObject=encode_cbor(statement))

    def show(
        self, asked: dict[str, Any], origin: str, flags: int = PRESENT | VERIFIED, host: str | None = None, **more: Any
    ) -> str:
        """What a browser brings back from `credentials.get`.

        flags  what the device claims of whoever holds it
        host   the name that it signs for, another than was asked
        more   fields of the client data
        """
        self.count += self._counts
        data = self._data(host or asked["rpId"], flags)
        said = client_data("webauthn.get", asked["challenge"], origin, **more)
        signed = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._brought(said, authenticatorData=data, signature=signed, userHandle=self.owner)

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags | self._kept]) + self.count.to_bytes(4)

    def _brought(self, said: bytes, **response: bytes) -> str:
        spelled = {name: bytes_to_base64url(each) for name, each in {"clientDataJSON": said, **response}.items()}
        name = bytes_to_base64url(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": spelled})


def client_data(kind: str, challenge: str, origin: str, **more: Any) -> bytes:
    """What a browser has its device sign."""
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False, **more}).encode()
