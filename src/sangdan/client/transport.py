"""Sends calls over HTTP, and sends them again where that is harmless: one class that waits, one that does not."""

import asyncio
import time
from typing import Final, Protocol, TypeVar

import httpx

from .call import AGAIN, Call, wait_s
from .problem import Unreachable

T = TypeVar("T")

TRIES: Final = 5
TIMEOUT_S: Final = 30.0


class Transport(Protocol):
    """Sends a call and waits for its answer."""

    def send(self, call: Call[T]) -> T:
        """The answer; raises Refused or Unreachable."""
        ...


class AsyncTransport(Protocol):
    """Sends a call, and lets others run until the answer is there."""

    async def send(self, call: Call[T]) -> T:
        """The answer; raises Refused or Unreachable."""
        ...


class Http:
    """The transport over a pool of connections.

    http   carries the server's address, the key and the timeouts
    tries  of one call, 1 or more
    """

    def __init__(self, http: httpx.Client, tries: int = TRIES) -> None:
        self._http = http
        self._tries = tries

    def send(self, call: Call[T]) -> T:
        """See Transport."""
        for tried in range(1, self._tries + 1):
            try:
                answer = self._http.request(
                    call.method, call.path, params=dict(call.query), content=call.body, headers=dict(call.headers)
                )
            except httpx.TransportError as reason:
                if tried == self._tries:
                    raise Unreachable(_no_answer(call.path, tried, reason)) from reason
                time.sleep(wait_s(tried, None))
                continue
            if answer.status_code not in AGAIN or tried == self._tries:
                return call.answer(answer.status_code, answer.content)
            time.sleep(wait_s(tried, answer.headers.get("retry-after")))
        raise AssertionError("the last try returns or raises")


class AsyncHttp:
    """The asynchronous transport; see Http."""

    def __init__(self, http: httpx.AsyncClient, tries: int = TRIES) -> None:
        self._http = http
        self._tries = tries

    async def send(self, call: Call[T]) -> T:
        """See AsyncTransport."""
        for tried in range(1, self._tries + 1):
            try:
                answer = await self._http.request(
                    call.method, call.path, params=dict(call.query), content=call.body, headers=dict(call.headers)
                )
            except httpx.TransportError as reason:
                if tried == self._tries:
                    raise Unreachable(_no_answer(call.path, tried, reason)) from reason
                await asyncio.sleep(wait_s(tried, None))
                continue
            if answer.status_code not in AGAIN or tried == self._tries:
                return call.answer(answer.status_code, answer.content)
            await asyncio.sleep(wait_s(tried, answer.headers.get("retry-after")))
        raise AssertionError("the last try returns or raises")


def _no_answer(path: str, tried: int, reason: Exception) -> str:
    return f"{path}: no answer in {tried} tries ({reason or type(reason).__name__}). Is the server running there?"
