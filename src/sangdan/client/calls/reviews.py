"""Calls of `client.reviews`. Made from the OpenAPI document by `make client`."""

from typing import Literal
from uuid import UUID

from sangdan.client.call import body_of, call
from sangdan.client.page import Page
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Reported, Review, ReviewPage, Written


class Reviews:
    """What `client.reviews` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def of_product(
        self,
        product_id: str,
        *,
        sort: Literal["newest", "best", "worst"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> ReviewPage:
        """What shoppers who bought a product say of it; who they are is nobody's business."""
        return self._transport.send(
            call(
                ReviewPage,
                "GET",
                "/v1/products/{product_id}/reviews",
                at={"product_id": product_id},
                query={"sort": sort, "cursor": cursor, "limit": limit},
            )
        )

    def queue(self, *, cursor: str | None = None, limit: int | None = None) -> Page[Review]:
        """Reviews that somebody has to look at, oldest first: those that wait, and shown ones that were reported."""
        return self._transport.send(call(Page[Review], "GET", "/v1/reviews", query={"cursor": cursor, "limit": limit}))

    def write(
        self,
        *,
        order_id: UUID,
        line_no: int,
        stars: int,
        body: str,
        shopper_id: str | None = None,
        key: str | None = None,
    ) -> Written:
        """A shopper reviews what arrived, once. It waits for a person when it holds a link or somebody's data."""
        return self._transport.send(
            call(
                Written,
                "POST",
                "/v1/reviews",
                body=body_of(order_id=order_id, line_no=line_no, stars=stars, body=body, shopper_id=shopper_id),
                key=key,
                keyed=True,
            )
        )

    def report(
        self,
        review_id: UUID,
        *,
        reason: Literal["abuse", "advertising", "personal", "other"],
        reporter: str,
        key: str | None = None,
    ) -> Reported:
        """Somebody objects to a review that is shown; it stays until somebody decides."""
        return self._transport.send(
            call(
                Reported,
                "POST",
                "/v1/reviews/{review_id}/reports",
                at={"review_id": review_id},
                body=body_of(reason=reason, reporter=reporter),
                key=key,
                keyed=True,
            )
        )

    def decide(
        self, review_id: UUID, *, state: Literal["shown", "hidden"], reason: str | None = None, key: str | None = None
    ) -> Review:
        """Show a review, or hide it with a reason; what was reported of it is dealt with then."""
        return self._transport.send(
            call(
                Review,
                "POST",
                "/v1/reviews/{review_id}/decision",
                at={"review_id": review_id},
                body=body_of(state=state, reason=reason),
                key=key,
                keyed=True,
            )
        )


class AsyncReviews:
    """What `client.reviews` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def of_product(
        self,
        product_id: str,
        *,
        sort: Literal["newest", "best", "worst"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> ReviewPage:
        """What shoppers who bought a product say of it; who they are is nobody's business."""
        return await self._transport.send(
            call(
                ReviewPage,
                "GET",
                "/v1/products/{product_id}/reviews",
                at={"product_id": product_id},
                query={"sort": sort, "cursor": cursor, "limit": limit},
            )
        )

    async def queue(self, *, cursor: str | None = None, limit: int | None = None) -> Page[Review]:
        """Reviews that somebody has to look at, oldest first: those that wait, and shown ones that were reported."""
        return await self._transport.send(
            call(Page[Review], "GET", "/v1/reviews", query={"cursor": cursor, "limit": limit})
        )

    async def write(
        self,
        *,
        order_id: UUID,
        line_no: int,
        stars: int,
        body: str,
        shopper_id: str | None = None,
        key: str | None = None,
    ) -> Written:
        """A shopper reviews what arrived, once. It waits for a person when it holds a link or somebody's data."""
        return await self._transport.send(
            call(
                Written,
                "POST",
                "/v1/reviews",
                body=body_of(order_id=order_id, line_no=line_no, stars=stars, body=body, shopper_id=shopper_id),
                key=key,
                keyed=True,
            )
        )

    async def report(
        self,
        review_id: UUID,
        *,
        reason: Literal["abuse", "advertising", "personal", "other"],
        reporter: str,
        key: str | None = None,
    ) -> Reported:
        """Somebody objects to a review that is shown; it stays until somebody decides."""
        return await self._transport.send(
            call(
                Reported,
                "POST",
                "/v1/reviews/{review_id}/reports",
                at={"review_id": review_id},
                body=body_of(reason=reason, reporter=reporter),
                key=key,
                keyed=True,
            )
        )

    async def decide(
        self, review_id: UUID, *, state: Literal["shown", "hidden"], reason: str | None = None, key: str | None = None
    ) -> Review:
        """Show a review, or hide it with a reason; what was reported of it is dealt with then."""
        return await self._transport.send(
            call(
                Review,
                "POST",
                "/v1/reviews/{review_id}/decision",
                at={"review_id": review_id},
                body=body_of(state=state, reason=reason),
                key=key,
                keyed=True,
            )
        )
