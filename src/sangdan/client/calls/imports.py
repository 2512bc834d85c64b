"""Calls of `client.imports`. Made from the OpenAPI document by `make client`."""

from typing import Literal

from sangdan.client.call import call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Imported


class Imports:
    """What `client.imports` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def import_(
        self,
        kind: str,
        content: bytes,
        *,
        media_type: Literal[
            "text/csv",
            "application/vnd.apache.parquet",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/x-ndjson",
            "application/jsonl",
        ],
    ) -> Imported:
        """Bring rows of one kind in: text/csv (UTF-8 or CP949), Parquet, XLSX or application/x-ndjson.

        Good rows are loaded, bad ones are told with their line and reason. The columns are those of `sangdan
        columns KIND`. An ally may bring its own offers, stock and inbound supply; everything else is the
        tower's. What is larger than a body may be goes through `sangdan import`.
        """
        return self._transport.send(
            call(Imported, "POST", "/v1/imports/{kind}", at={"kind": kind}, body=content, media_type=media_type)
        )


class AsyncImports:
    """What `client.imports` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def import_(
        self,
        kind: str,
        content: bytes,
        *,
        media_type: Literal[
            "text/csv",
            "application/vnd.apache.parquet",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/x-ndjson",
            "application/jsonl",
        ],
    ) -> Imported:
        """Bring rows of one kind in: text/csv (UTF-8 or CP949), Parquet, XLSX or application/x-ndjson.

        Good rows are loaded, bad ones are told with their line and reason. The columns are those of `sangdan
        columns KIND`. An ally may bring its own offers, stock and inbound supply; everything else is the
        tower's. What is larger than a body may be goes through `sangdan import`.
        """
        return await self._transport.send(
            call(Imported, "POST", "/v1/imports/{kind}", at={"kind": kind}, body=content, media_type=media_type)
        )
