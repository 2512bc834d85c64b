"""Calls of `client.exports`. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from typing import Literal

from sangdan.client.call import call
from sangdan.client.transport import AsyncTransport, Transport


class Exports:
    """What `client.exports` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(
        self,
        resource: str,
        *,
        format_: Literal["csv", "excel", "xlsx", "parquet"] | None = None,
        from_: datetime | None = None,
        until: datetime | None = None,
    ) -> bytes:
        """All rows of a resource that concern the asker; docs/export.md lists them.

        Shoppers' names, addresses and numbers are in none.
        """
        return self._transport.send(
            call(
                bytes,
                "GET",
                "/v1/exports/{resource}",
                at={"resource": resource},
                query={"format": format_, "from": from_, "until": until},
            )
        )


class AsyncExports:
    """What `client.exports` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get(
        self,
        resource: str,
        *,
        format_: Literal["csv", "excel", "xlsx", "parquet"] | None = None,
        from_: datetime | None = None,
        until: datetime | None = None,
    ) -> bytes:
        """All rows of a resource that concern the asker; docs/export.md lists them.

        Shoppers' names, addresses and numbers are in none.
        """
        return await self._transport.send(
            call(
                bytes,
                "GET",
                "/v1/exports/{resource}",
                at={"resource": resource},
                query={"format": format_, "from": from_, "until": until},
            )
        )
