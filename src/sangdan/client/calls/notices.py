"""Calls of `client.notices`. Made from the OpenAPI document by `make client`."""

from typing import Literal
from uuid import UUID

from sangdan.client.call import call
from sangdan.client.page import Page
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import NoticeView


class Notices:
    """What `client.notices` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        order_id: UUID | None = None,
        state: Literal["waiting", "held", "sending", "sent", "suppressed", "failed"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[NoticeView]:
        """What the shop's shoppers were told and were not, by the time of their orders."""
        return self._transport.send(
            call(
                Page[NoticeView],
                "GET",
                "/v1/notices",
                query={"order_id": order_id, "state": state, "cursor": cursor, "limit": limit},
            )
        )

    def retry(self, notice_id: UUID, *, key: str | None = None) -> NoticeView:
        """Have a notice that failed or was suppressed sent after all."""
        return self._transport.send(
            call(NoticeView, "POST", "/v1/notices/{notice_id}/retry", at={"notice_id": notice_id}, key=key, keyed=True)
        )


class AsyncNotices:
    """What `client.notices` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def list(
        self,
        *,
        order_id: UUID | None = None,
        state: Literal["waiting", "held", "sending", "sent", "suppressed", "failed"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[NoticeView]:
        """What the shop's shoppers were told and were not, by the time of their orders."""
        return await self._transport.send(
            call(
                Page[NoticeView],
                "GET",
                "/v1/notices",
                query={"order_id": order_id, "state": state, "cursor": cursor, "limit": limit},
            )
        )

    async def retry(self, notice_id: UUID, *, key: str | None = None) -> NoticeView:
        """Have a notice that failed or was suppressed sent after all."""
        return await self._transport.send(
            call(NoticeView, "POST", "/v1/notices/{notice_id}/retry", at={"notice_id": notice_id}, key=key, keyed=True)
        )
