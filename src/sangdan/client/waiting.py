"""The client that waits for each answer."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar

import httpx

from .call import wait_s
from .calls import Groups
from .page import Page
from .stream import Reader, follow
from .transport import TIMEOUT_S, TRIES, Http
from .types import Event

T = TypeVar("T")


class Sangdan(Groups):
    """An alliance, seen with one API key. Use it as a context manager, from any number of threads.

    url        of the server, e.g. http://127.0.0.1:8080
    key        'sgd_...', from the alliance's tower
    language   of problems' sentences
    timeout_s  for one try
    tries      of one call: a lost or refused-for-now try is repeated, with its key, so that it has one effect
    """

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
        self.http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s)
        super().__init__(Http(self.http, tries))

    def every(self, list_: Callable[..., Page[T]], **filters: Any) -> Iterator[T]:
        """All entries of a list, page by page.

        list_    a method that gives pages, e.g. alliance.orders.list
        filters  its arguments, but for `cursor`
        """
        page = list_(**filters)
        yield from page.items
        while page.next is not None:
            page = list_(**filters, cursor=page.next)
            yield from page.items

    def follow(self, *, after: int | None = None, types: Sequence[str] | None = None) -> Iterator[Event]:
        """Events as they happen, for as long as you read; a lost line is taken up where it broke.

        after  position of the last event that you know; None begins now
        types  only these
        """
        reader, tried = Reader(after, types), 0
        while True:
            try:
                for event in follow(self.http, reader):
                    tried = 0
                    yield event
            except httpx.TransportError:
                reader.broken()
            tried += 1
            time.sleep(wait_s(min(tried, 6), None))

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()

    def __enter__(self) -> "Sangdan":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
