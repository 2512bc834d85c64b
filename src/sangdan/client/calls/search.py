"""Calls of `client.search`. Made from the OpenAPI document by `make client`."""

from typing import Literal

from sangdan.client.call import call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Finds, Suggestions


class Search:
    """What `client.search` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def find(
        self,
        *,
        q: str | None = None,
        category: str | None = None,
        brand: tuple[str, ...] | None = None,
        price_from: int | None = None,
        price_to: int | None = None,
        rating_from: int | None = None,
        postcode: str | None = None,
        available: bool | None = None,
        sort: Literal["best", "soonest", "cheapest", "dearest", "rated"] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        facets: bool | None = None,
    ) -> Finds:
        """Products that fit what was typed, whatever the keyboard, the spacing and the spelling; 초성 will do."""
        return self._transport.send(
            call(
                Finds,
                "GET",
                "/v1/search",
                query={
                    "q": q,
                    "category": category,
                    "brand": brand,
                    "price_from": price_from,
                    "price_to": price_to,
                    "rating_from": rating_from,
                    "postcode": postcode,
                    "available": available,
                    "sort": sort,
                    "limit": limit,
                    "offset": offset,
                    "facets": facets,
                },
            )
        )

    def suggest(self, *, q: str | None = None, limit: int | None = None) -> Suggestions:
        """What somebody who has typed so far may want: words, brands, categories and products."""
        return self._transport.send(call(Suggestions, "GET", "/v1/suggestions", query={"q": q, "limit": limit}))


class AsyncSearch:
    """What `client.search` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def find(
        self,
        *,
        q: str | None = None,
        category: str | None = None,
        brand: tuple[str, ...] | None = None,
        price_from: int | None = None,
        price_to: int | None = None,
        rating_from: int | None = None,
        postcode: str | None = None,
        available: bool | None = None,
        sort: Literal["best", "soonest", "cheapest", "dearest", "rated"] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        facets: bool | None = None,
    ) -> Finds:
        """Products that fit what was typed, whatever the keyboard, the spacing and the spelling; 초성 will do."""
        return await self._transport.send(
            call(
                Finds,
                "GET",
                "/v1/search",
                query={
                    "q": q,
                    "category": category,
                    "brand": brand,
                    "price_from": price_from,
                    "price_to": price_to,
                    "rating_from": rating_from,
                    "postcode": postcode,
                    "available": available,
                    "sort": sort,
                    "limit": limit,
                    "offset": offset,
                    "facets": facets,
                },
            )
        )

    async def suggest(self, *, q: str | None = None, limit: int | None = None) -> Suggestions:
        """What somebody who has typed so far may want: words, brands, categories and products."""
        return await self._transport.send(call(Suggestions, "GET", "/v1/suggestions", query={"q": q, "limit": limit}))
