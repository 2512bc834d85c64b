"""Reads the event stream: lines of server-sent events become events, and a lost line is taken up where it broke."""

from collections.abc import AsyncGenerator, Generator, Sequence
from typing import Final

import httpx
import msgspec

from .call import AGAIN
from .problem import refusal
from .types import Event

PATH: Final = "/v1/events"
# The server says that it is still there every 15 seconds.
SILENCE_S: Final = 60.0


class Reader:
    """Puts a stream's lines together, and knows where to go on.

    position  of the last event that is known; None: from now on
    """

    def __init__(self, position: int | None, types: Sequence[str] | None) -> None:
        self.position = position
        self._types = types
        self._data: list[str] = []

    def headers(self) -> dict[str, str]:
        """What to ask with."""
        known = {} if self.position is None else {"Last-Event-ID": str(self.position)}
        return {"Accept": "text/event-stream", **known}

    def query(self) -> dict[str, list[str]]:
        """What to ask for."""
        return {} if self._types is None else {"types": list(self._types)}

    def read(self, line: str) -> Event | None:
        """Take a line; gives the event that it completes.

        source  https://html.spec.whatwg.org/multipage/server-sent-events.html
        """
        name, _, said = line.partition(":")
        said = said.removeprefix(" ")
        if name == "id" and said.isdigit():
            self.position = int(said)
        elif name == "data":
            self._data.append(said)
        elif line == "" and self._data:
            data, self._data = "\n".join(self._data), []
            return msgspec.json.decode(data, type=Event)
        return None

    def broken(self) -> None:
        """Forget what was begun: it comes again."""
        self._data = []


def follow(http: httpx.Client, reader: Reader) -> Generator[Event]:
    """Events until the stream ends.

    raises  Refused; httpx.TransportError when the line is lost
    """
    with http.stream(
        "GET", PATH, params=reader.query(), headers=reader.headers(), timeout=httpx.Timeout(10.0, read=SILENCE_S)
    ) as answer:
        if answer.status_code in AGAIN:
            return
        if answer.status_code != 200:
            raise refusal(answer.status_code, answer.read())
        for line in answer.iter_lines():
            if (event := reader.read(line)) is not None:
                yield event


async def follow_async(http: httpx.AsyncClient, reader: Reader) -> AsyncGenerator[Event]:
    """As `follow`, letting others run meanwhile."""
    async with http.stream(
        "GET", PATH, params=reader.query(), headers=reader.headers(), timeout=httpx.Timeout(10.0, read=SILENCE_S)
    ) as answer:
        if answer.status_code in AGAIN:
            return
        if answer.status_code != 200:
            raise refusal(answer.status_code, await answer.aread())
        async for line in answer.aiter_lines():
            if (event := reader.read(line)) is not None:
                yield event
