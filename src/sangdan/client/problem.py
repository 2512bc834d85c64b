"""What can go wrong with a call, as exceptions."""

from typing import Any

import msgspec


class Refused(Exception):
    """The server answered that it will not do it.

    status      the HTTP status
    code        stable name of the problem: write your program against it, not against the sentence
    detail      what is wrong and how to mend it, in the client's language
    arguments   the problem's facts
    request_id  what the server's log knows the call by
    """

    def __init__(self, status: int, code: str, detail: str, arguments: dict[str, Any], request_id: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.arguments = arguments
        self.request_id = request_id


class Unreachable(Exception):
    """No answer came, however often it was tried. A write may have happened: call again with the same key to learn."""


class _Body(msgspec.Struct):
    status: int
    code: str
    detail: str
    request_id: str = ""
    args: dict[str, Any] = {}


def refusal(status: int, content: bytes) -> Refused:
    """The exception for an answer that is not a success.

    content  RFC 9457 JSON; whatever else a proxy may have put in its place becomes code 'unexpected-answer'
    """
    try:
        body = msgspec.json.decode(content, type=_Body)
    except msgspec.DecodeError:
        text = content[:200].decode(errors="replace")
        return Refused(status, "unexpected-answer", f"Status {status}, and not from Sangdan: {text}", {}, "")
    return Refused(body.status, body.code, body.detail, body.args, body.request_id)
