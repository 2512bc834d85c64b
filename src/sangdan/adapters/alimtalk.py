"""A Korean message relay over HTTP: 알림톡 by an approved template, and SMS or LMS when KakaoTalk does not reach them.

Relays differ in the names of their fields, not in what they want. This one speaks:

    POST {url}/messages       Authorization: Bearer KEY, Idempotency-Key: the notice's key
        {"to": "01012345678", "from": "0212345678", "profile": "@shop",
         "alimtalk": {"template": CODE, "variables": {...}},   when that is a way
         "text": {"form": "sms"|"lms", "title": ..., "text": ...}}   when SMS is a way, or the one to fall back to
      -> 202 {"state": "accepted", "ref": ...}; the same key again gets the same answer and sends nothing
    GET {url}/messages/{key}  -> 200 {"state": "accepted"|"delivered"|"failed", "channel": ..., "ref": ..., "code": ...}
                                 404 when the key never arrived

A refusal is a 4xx with {"code": ...}. docs/notices.md lists the codes; a relay with other names needs a file like this.
"""

import ssl
from typing import Any, Final

import httpx
import msgspec

from sangdan.talk.notices.model import LMS_BYTES, SMS_BYTES, Channel, cut_to, sms_bytes, speakable
from sangdan.talk.notices.ports import Outgoing, Receipt

TIMEOUT_S: Final = 10.0
TITLE_BYTES: Final = 40
# Nothing is wrong with the message: the same again may work once somebody has mended the key, or the relay has rested.
_NOT_NOW: Final = frozenset({401, 403, 408, 409, 425, 429})
NOT_FOUND: Final = 404
_DIGITS: Final = frozenset("0123456789")


class RelaySender(msgspec.Struct, frozen=True):
    """Who we are to the relay.

    number   the registered number that text messages come from, digits
    profile  the KakaoTalk channel's search name or sender key; without one no 알림톡 is sent
    """

    number: str
    profile: str | None


class Said(msgspec.Struct, frozen=True):
    """What the relay answers."""

    state: str = ""
    channel: Channel | None = None
    ref: str | None = None
    code: str | None = None


class AlimtalkMessenger:
    """Hands messages to a relay.

    url     e.g. https://relay.example/v1
    key     the relay's key for us
    """

    def __init__(self, url: str, key: str, sender: RelaySender, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {key}"}
        self._sender = sender
        self._timeout_s = timeout_s
        self._tls = ssl.create_default_context()

    async def send(self, message: Outgoing) -> Receipt:
        """Hand it over; the relay says later what became of it."""
        body = wanted(message, self._sender)
        if "alimtalk" not in body and "text" not in body:
            return Receipt(outcome="refused", because="no_profile")
        try:
            async with self._client() as relay:
                answer = await relay.post("/messages", json=body, headers={"idempotency-key": str(message.key)})
        except httpx.HTTPError:
            return Receipt(outcome="again", because="unreachable")
        return _receipt(answer)

    async def ask(self, message: Outgoing) -> Receipt:
        """What became of a message; one that never arrived is to be sent again."""
        try:
            async with self._client() as relay:
                answer = await relay.get(f"/messages/{message.key}")
        except httpx.HTTPError:
            return Receipt(outcome="accepted", because="unreachable")
        if answer.status_code == NOT_FOUND:
            return Receipt(outcome="again", because="never_arrived")
        return _receipt(answer) if answer.is_success else Receipt(outcome="accepted", because=_code(answer))

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self._url, headers=self._headers, timeout=self._timeout_s, verify=self._tls, trust_env=False
        )


def wanted(message: Outgoing, sender: RelaySender) -> dict[str, Any]:
    """A message as the relay takes it; a text too long for an SMS goes as LMS, one too long for that is cut."""
    body: dict[str, Any] = {"to": local_number(message.to), "from": sender.number, "profile": sender.profile}
    if "alimtalk" in message.ways and sender.profile is not None:
        body["alimtalk"] = {"template": message.code, "variables": message.variables}
    if "sms" in message.ways:
        text = cut_to(speakable(message.text), LMS_BYTES)
        form = "sms" if sms_bytes(text) <= SMS_BYTES else "lms"
        body["text"] = {"form": form, "title": cut_to(speakable(message.title), TITLE_BYTES), "text": text}
    return body


def local_number(phone: str) -> str:
    """A Korean number as it is dialled at home: +82 10-1234-5678 is 01012345678."""
    digits = "".join(character for character in phone if character in _DIGITS)
    return "0" + digits.removeprefix("82") if phone.lstrip().startswith("+82") else digits


def _receipt(answer: httpx.Response) -> Receipt:
    if answer.status_code in _NOT_NOW or answer.is_server_error:
        return Receipt(outcome="again", because=_code(answer))
    if not answer.is_success:
        return Receipt(outcome="refused", because=_code(answer))
    said = _said(answer)
    if said.state == "delivered":
        return Receipt(outcome="sent", channel=said.channel, ref=said.ref)
    if said.state == "failed":
        return Receipt(outcome="refused", because=said.code or "undeliverable")
    return Receipt(outcome="accepted", ref=said.ref)


def _said(answer: httpx.Response) -> Said:
    try:
        return msgspec.json.decode(answer.content, type=Said)
    except msgspec.MsgspecError:
        return Said()


def _code(answer: httpx.Response) -> str:
    return _said(answer).code or f"http_{answer.status_code}"
