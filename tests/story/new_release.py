"""A line behind which, from some moment on, a newer release of the floor app is served."""

import re
from random import Random
from typing import Final

from .bad_line import HEAD_END, BadLine

CODE: Final = re.compile(rb"/assets/(floor-[A-Z0-9]+)\.js")


class NewRelease(BadLine):
    """Before `came` all is as the tower serves it; then the page names a file of another name, and the old is gone.

    cut_at  beginnings of requests that meet with a dead line
    """

    def __init__(self, port: int) -> None:
        self.came = False
        self.cut_at: tuple[bytes, ...] = ()
        super().__init__(port, Random(0), badly=0.0)

    async def _ask(self, request: bytes) -> bytes:
        if request.startswith(self.cut_at):
            raise OSError
        request = re.sub(rb"\r\n(?i:accept-encoding|if-none-match):[^\r]*", b"", request)
        if not self.came:
            return await super()._ask(request)
        if request.startswith(b"GET /assets/newer-"):
            answer = await super()._ask(request.replace(b"/assets/newer-", b"/assets/floor-", 1))
            return _with_body(answer, _body(answer) + b"\nglobalThis.newer = true;")
        if CODE.match(request.removeprefix(b"GET ")):
            return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        answer = await super()._ask(request)
        if request.startswith(b"GET /floor/worker.js"):
            return _with_body(answer, _body(answer) + b"\n// newer")
        if request.startswith(b"GET /floor "):
            return _with_body(answer, CODE.sub(lambda found: found[0].replace(b"floor-", b"newer-"), _body(answer)))
        return answer


def _body(answer: bytes) -> bytes:
    return answer.partition(HEAD_END)[2]


def _with_body(answer: bytes, body: bytes) -> bytes:
    head = re.sub(rb"\r\n(?i:content-length):[^\r]*", b"", answer.partition(HEAD_END)[0])
    return head + f"\r\ncontent-length: {len(body)}".encode() + HEAD_END + body
