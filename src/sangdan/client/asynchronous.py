"""The client that lets others run while it waits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Literal, TypeVar

import httpx

from .call import wait_s
from .calls import AsyncGroups
from .page import Page
from .stream import Reader, follow_async
from .transport import TIMEOUT_S, TRIES, AsyncHttp
from .types import Event

T = TypeVar("T")


class AsyncSangdan(AsyncGroups):
    """An alliance, seen with one API key, for asynchronous programs; see Sangdan for the arguments."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        language: Literal["ko", "en"] = "en",
        timeout_s: float = TIMEOUT_S,
        tries: int = TRIES,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": language}
        self.http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout_s)
        super().__init__(AsyncHttp(self.http, tries))

    async def every(self, list_: Callable[..., Awaitable[Page[T]]], **filters: Any) -> AsyncIterator[T]:
        """All entries of a list, page by page; see Sangdan.every."""
        page = await list_(**filters)
        for item in page.items:
            yield item
        while page.next is not None:
            page = await list_(**filters, cursor=page.next)
            for item in page.items:
                yield item

    async def follow(self, *, after: int | None = None, types: Sequence[str] | None = None) -> AsyncIterator[Event]:
        """Events as they happen; see Sangdan.follow."""
        reader, tried = Reader(after, types), 0
        while True:
            try:
                async for event in follow_async(self.http, reader):
                    tried = 0
                    yield event
            except httpx.TransportError:
                reader.broken()
            tried += 1
            await asyncio.sleep(wait_s(min(tried, 6), None))

    async def close(self) -> None:
        """Give the connections back."""
        await self.http.aclose()

    async def __aenter__(self) -> "AsyncSangdan":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
