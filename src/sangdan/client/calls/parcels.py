"""Calls of `client.parcels`. Made from the OpenAPI document by `make client`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sangdan.client.call import body_of, call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import DeliveryParcel, ParcelReport, Taken, Tracking


class Parcels:
    """What `client.parcels` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, parcel_id: UUID) -> Tracking:
        """Where a parcel is. A carrier sees those it carries, an ally those of orders it has a part in."""
        return self._transport.send(call(Tracking, "GET", "/v1/parcels/{parcel_id}", at={"parcel_id": parcel_id}))

    def track(
        self,
        parcel_id: UUID,
        *,
        at: datetime,
        state: Literal[
            "in_transit", "out_for_delivery", "attempt_fail", "available_for_pickup", "exception", "delivered", "lost"
        ],
        detail: str | None = None,
    ) -> DeliveryParcel:
        """Take one report. It may come late, twice and out of order."""
        return self._transport.send(
            call(
                DeliveryParcel,
                "POST",
                "/v1/parcels/{parcel_id}/tracking",
                at={"parcel_id": parcel_id},
                body=body_of(at=at, state=state, detail=detail),
            )
        )

    def track_many(self, *, rows: Sequence[ParcelReport]) -> Taken:
        """Take up to 1,000 reports at once; those of parcels that the carrier does not have are named, the others

        taken.
        """
        return self._transport.send(call(Taken, "POST", "/v1/tracking", body=rows))


class AsyncParcels:
    """What `client.parcels` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get(self, parcel_id: UUID) -> Tracking:
        """Where a parcel is. A carrier sees those it carries, an ally those of orders it has a part in."""
        return await self._transport.send(call(Tracking, "GET", "/v1/parcels/{parcel_id}", at={"parcel_id": parcel_id}))

    async def track(
        self,
        parcel_id: UUID,
        *,
        at: datetime,
        state: Literal[
            "in_transit", "out_for_delivery", "attempt_fail", "available_for_pickup", "exception", "delivered", "lost"
        ],
        detail: str | None = None,
    ) -> DeliveryParcel:
        """Take one report. It may come late, twice and out of order."""
        return await self._transport.send(
            call(
                DeliveryParcel,
                "POST",
                "/v1/parcels/{parcel_id}/tracking",
                at={"parcel_id": parcel_id},
                body=body_of(at=at, state=state, detail=detail),
            )
        )

    async def track_many(self, *, rows: Sequence[ParcelReport]) -> Taken:
        """Take up to 1,000 reports at once; those of parcels that the carrier does not have are named, the others

        taken.
        """
        return await self._transport.send(call(Taken, "POST", "/v1/tracking", body=rows))
