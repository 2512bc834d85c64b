"""A stand-in for a Korean message relay: a real HTTP server that checks what a real one would, and sends nothing.

It refuses wrong keys, unknown templates, wrong sets of variables, texts that are too long and numbers that cannot be
one; it knows idempotency keys; and the last four digits of a number decide what becomes of a message (see FATES).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any, Final

import msgspec

from sangdan.talk.notices.model import LMS_BYTES, SMS_BYTES, Channel, registered, sms_bytes, templates

from .alimtalk import TITLE_BYTES, RelaySender

# KakaoTalk's own limit for an 알림톡 text, in characters.
ALIMTALK_MOST: Final = 1000
LATE_ASKS: Final = 3
FAULTS: Final = 2

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Fate(Enum):
    """What becomes of a message."""

    DELIVER = "delivered when first asked"
    HANG = "accepted, but the answer never comes"
    FAIL = "answers 500 at first and takes it at a later try"
    LOSE = "the first try never arrives, and nothing answers"
    NOT_ON_KAKAO = "falls back to text; fails when there is none"
    DEAD = "nobody has this number"
    LATE = "delivered only after some asking"


FATES: Final[Mapping[str, Fate]] = {
    "0001": Fate.HANG,
    "0002": Fate.FAIL,
    "0003": Fate.NOT_ON_KAKAO,
    "0004": Fate.DEAD,
    "0005": Fate.LATE,
    "0006": Fate.LOSE,
}


class Taken(msgspec.Struct):
    """A message that was taken: what was asked, what becomes of it, how often somebody asked."""

    body: bytes
    wanted: dict[str, Any]
    fate: Fate
    asked: int = 0


class Refused(Exception):
    """Not taken: an HTTP status and a code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class SandboxRelay:
    """The relay as an ASGI application.

    key     the one key that it lets in
    sender  the one number and profile that are registered
    fate    what becomes of a message to a number
    """

    def __init__(
        self, key: str, sender: RelaySender, fate: Callable[[str], Fate] = lambda to: FATES.get(to[-4:], Fate.DELIVER)
    ) -> None:
        self._key = key
        self._sender = sender
        self._fate = fate
        self._tries: Counter[str] = Counter()
        self.taken: dict[str, Taken] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError("the relay speaks HTTP only")
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            answer = await self._answer(scope["method"], scope["path"], headers, receive)
        except Refused as refused:
            await _say(send, refused.status, {"code": refused.code})
        else:
            await _say(send, *answer)

    async def _answer(
        self, method: str, path: str, headers: Mapping[str, str], receive: Receive
    ) -> tuple[int, Mapping[str, Any]]:
        if headers.get("authorization") != f"Bearer {self._key}":
            raise Refused(401, "key-unknown")
        _, found, name = path.partition("/messages")
        if method == "GET" and found and name.startswith("/"):
            return 200, self._became(name[1:])
        if method != "POST" or not found or name:
            raise Refused(404, "address-unknown")
        body = await _body(receive)
        return await self._take(headers.get("idempotency-key", ""), body, receive)

    async def _take(self, key: str, body: bytes, receive: Receive) -> tuple[int, Mapping[str, Any]]:
        if not key:
            raise Refused(400, "idempotency-key-missing")
        known = self.taken.get(key)
        if known is not None and known.body != body:
            raise Refused(422, "idempotency-key-reused")
        if known is None:
            wanted = self._checked(body)
            fate = self._fate(wanted["to"])
            self._tries[key] += 1
            if fate is Fate.FAIL and self._tries[key] <= FAULTS:
                raise Refused(500, "try-again")
            if fate is Fate.LOSE and self._tries[key] == 1:
                await _until_they_leave(receive)
                raise Refused(500, "nobody-listens")
            known = self.taken[key] = Taken(body, wanted, fate)
            if fate is Fate.HANG:
                await _until_they_leave(receive)
        return 202, {"state": "accepted", "ref": _ref(key)}

    def _became(self, key: str) -> Mapping[str, Any]:
        taken = self.taken.get(key)
        if taken is None:
            raise Refused(404, "message-unknown")
        taken.asked += 1
        if taken.fate is Fate.LATE and taken.asked <= LATE_ASKS:
            return {"state": "accepted", "ref": _ref(key)}
        if taken.fate is Fate.DEAD:
            return {"state": "failed", "ref": _ref(key), "code": "number-dead"}
        channel = reached_by(taken)
        if channel is None:
            return {"state": "failed", "ref": _ref(key), "code": "not-on-kakao"}
        return {"state": "delivered", "ref": _ref(key), "channel": channel}

    def _checked(self, body: bytes) -> dict[str, Any]:
        """What is asked for, if a relay would take it."""
        try:
            wanted = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.MsgspecError as wrong:
            raise Refused(400, "body-unreadable") from wrong
        to = wanted.get("to")
        if not isinstance(to, str) or not to.isdecimal() or not 9 <= len(to) <= 12 or not to.startswith("0"):
            raise Refused(400, "number-unfit")
        if wanted.get("from") != self._sender.number:
            raise Refused(400, "sender-unknown")
        if "alimtalk" not in wanted and "text" not in wanted:
            raise Refused(400, "nothing-to-send")
        if "alimtalk" in wanted:
            self._check_alimtalk(wanted)
        if "text" in wanted:
            _check_text(wanted["text"])
        return wanted

    def _check_alimtalk(self, wanted: Mapping[str, Any]) -> None:
        if wanted.get("profile") != self._sender.profile or self._sender.profile is None:
            raise Refused(400, "profile-unknown")
        approved = APPROVED.get(wanted["alimtalk"].get("template", ""))
        if approved is None:
            raise Refused(400, "template-unknown")
        text, names = approved
        variables: dict[str, str] = wanted["alimtalk"].get("variables", {})
        if variables.keys() != set(names):
            raise Refused(400, "variables-differ")
        for name, said in variables.items():
            text = text.replace(f"#{{{name}}}", said)
        if len(text) > ALIMTALK_MOST:
            raise Refused(400, "text-too-long")


def _approved() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Every template of ours but advertisements, which KakaoTalk approves for nobody."""
    return {
        f"{name}_{language}{template.version}": registered(name, language)
        for name, template in templates().items()
        if template.kind == "order"
        for language in ("ko", "en")
    }


APPROVED: Final = _approved()


def reached_by(taken: Taken) -> Channel | None:
    """By which way a message reaches its phone; None when by none."""
    if taken.fate is Fate.DEAD:
        return None
    if "alimtalk" in taken.wanted and taken.fate is not Fate.NOT_ON_KAKAO:
        return "alimtalk"
    return taken.wanted["text"]["form"] if "text" in taken.wanted else None


def _check_text(text: Mapping[str, str]) -> None:
    most = {"sms": SMS_BYTES, "lms": LMS_BYTES}.get(text.get("form", ""))
    if most is None:
        raise Refused(400, "form-unknown")
    if sms_bytes(text["text"]) > most or sms_bytes(text.get("title", "")) > TITLE_BYTES:
        raise Refused(400, "text-too-long")


def _ref(key: str) -> str:
    return f"relay-{key[-12:]}"


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def _until_they_leave(receive: Receive) -> None:
    """Keep a caller waiting until they hang up, or for an hour."""
    async with asyncio.timeout(3600):
        while (await receive())["type"] != "http.disconnect":
            continue


async def _say(send: Send, status: int, body: Mapping[str, Any]) -> None:
    raw = msgspec.json.encode(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(raw)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})
