"""Calls of `client.shoppers`. Made from the OpenAPI document by `make client`."""

from collections.abc import Sequence
from typing import Any, Literal

from sangdan.client.call import body_of, call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Consent, Erased, KeptPerson, Reading, ShopperView


class Shoppers:
    """What `client.shoppers` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def read(self, shopper_id: str, *, shop_id: str | None = None, reason: str | None = None) -> ShopperView:
        """A shopper: in the clear for the own shop, for the tower with a `reason`, masked otherwise.

        Each reading in the clear is written down. Whoever has read 50 persons within the hour gives a reason
        for more.
        """
        return self._transport.send(
            call(
                ShopperView,
                "GET",
                "/v1/shoppers/{shopper_id}",
                at={"shopper_id": shopper_id},
                query={"shop_id": shop_id, "reason": reason},
            )
        )

    def write(
        self,
        shopper_id: str,
        *,
        name: str,
        phone: str | None = None,
        email: str | None = None,
        lines: Sequence[str | Any] | None = None,
        postcode: str | None = None,
        locale: Literal["ko", "en"] | None = None,
        clearance_code: str | None = None,
        channels: Sequence[Literal["alimtalk", "sms", "email"] | Any] | None = None,
        key: str | None = None,
    ) -> ShopperView:
        """Keep what the shop knows of its shopper, in place of what it knew. The answer is masked."""
        return self._transport.send(
            call(
                ShopperView,
                "PUT",
                "/v1/shoppers/{shopper_id}",
                at={"shopper_id": shopper_id},
                body=body_of(
                    name=name,
                    phone=phone,
                    email=email,
                    lines=lines,
                    postcode=postcode,
                    locale=locale,
                    clearance_code=clearance_code,
                    channels=channels,
                ),
                key=key,
                keyed=True,
            )
        )

    def erase(self, shopper_id: str, *, shop_id: str | None = None) -> Erased:
        """Let a shopper go: contact and consents at once, names and addresses of trades when the law's term is

        over.

        An open order still arrives: its recipient goes when it ends.
        """
        return self._transport.send(
            call(
                Erased, "DELETE", "/v1/shoppers/{shopper_id}", at={"shopper_id": shopper_id}, query={"shop_id": shop_id}
            )
        )

    def kept(self, shopper_id: str, *, shop_id: str | None = None, reason: str | None = None) -> tuple[KeptPerson, ...]:
        """What the law keeps of an erased shopper: masked, unless the reason is `law`."""
        return self._transport.send(
            call(
                tuple[KeptPerson, ...],
                "GET",
                "/v1/shoppers/{shopper_id}/kept",
                at={"shopper_id": shopper_id},
                query={"shop_id": shop_id, "reason": reason},
            )
        )

    def consents(self, shopper_id: str, *, shop_id: str | None = None) -> tuple[Consent, ...]:
        """All that was said about consent, oldest first: when, how, and who told us."""
        return self._transport.send(
            call(
                tuple[Consent, ...],
                "GET",
                "/v1/shoppers/{shopper_id}/consents",
                at={"shopper_id": shopper_id},
                query={"shop_id": shop_id},
            )
        )

    def consent(
        self, shopper_id: str, *, kind: Literal["ads", "ads_night"], given: bool, how: str, key: str | None = None
    ) -> tuple[Consent, ...]:
        """A consent was given or withdrawn; gives all that was said, oldest first. The last word of a kind counts."""
        return self._transport.send(
            call(
                tuple[Consent, ...],
                "POST",
                "/v1/shoppers/{shopper_id}/consents",
                at={"shopper_id": shopper_id},
                body=body_of(kind=kind, given=given, how=how),
                key=key,
                keyed=True,
            )
        )

    def readings(self, shopper_id: str) -> tuple[Reading, ...]:
        """Who read what of the shopper in the clear, when and why: the latest 1,000."""
        return self._transport.send(
            call(tuple[Reading, ...], "GET", "/v1/shoppers/{shopper_id}/readings", at={"shopper_id": shopper_id})
        )

    def search(self, *, phone: str | None = None, email: str | None = None) -> tuple[ShopperView, ...]:
        """Who has this phone or this e-mail address: twenty at most, masked."""
        return self._transport.send(
            call(tuple[ShopperView, ...], "POST", "/v1/shopper-searches", body=body_of(phone=phone, email=email))
        )


class AsyncShoppers:
    """What `client.shoppers` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def read(self, shopper_id: str, *, shop_id: str | None = None, reason: str | None = None) -> ShopperView:
        """A shopper: in the clear for the own shop, for the tower with a `reason`, masked otherwise.

        Each reading in the clear is written down. Whoever has read 50 persons within the hour gives a reason
        for more.
        """
        return await self._transport.send(
            call(
                ShopperView,
                "GET",
                "/v1/shoppers/{shopper_id}",
                at={"shopper_id": shopper_id},
                query={"shop_id": shop_id, "reason": reason},
            )
        )

    async def write(
        self,
        shopper_id: str,
        *,
        name: str,
        phone: str | None = None,
        email: str | None = None,
        lines: Sequence[str | Any] | None = None,
        postcode: str | None = None,
        locale: Literal["ko", "en"] | None = None,
        clearance_code: str | None = None,
        channels: Sequence[Literal["alimtalk", "sms", "email"] | Any] | None = None,
        key: str | None = None,
    ) -> ShopperView:
        """Keep what the shop knows of its shopper, in place of what it knew. The answer is masked."""
        return await self._transport.send(
            call(
                ShopperView,
                "PUT",
                "/v1/shoppers/{shopper_id}",
                at={"shopper_id": shopper_id},
                body=body_of(
                    name=name,
                    phone=phone,
                    email=email,
                    lines=lines,
                    postcode=postcode,
                    locale=locale,
                    clearance_code=clearance_code,
                    channels=channels,
                ),
                key=key,
                keyed=True,
            )
        )

    async def erase(self, shopper_id: str, *, shop_id: str | None = None) -> Erased:
        """Let a shopper go: contact and consents at once, names and addresses of trades when the law's term is

        over.

        An open order still arrives: its recipient goes when it ends.
        """
        return await self._transport.send(
            call(
                Erased, "DELETE", "/v1/shoppers/{shopper_id}", at={"shopper_id": shopper_id}, query={"shop_id": shop_id}
            )
        )

    async def kept(
        self, shopper_id: str, *, shop_id: str | None = None, reason: str | None = None
    ) -> tuple[KeptPerson, ...]:
        """What the law keeps of an erased shopper: masked, unless the reason is `law`."""
        return await self._transport.send(
            call(
                tuple[KeptPerson, ...],
                "GET",
                "/v1/shoppers/{shopper_id}/kept",
                at={"shopper_id": shopper_id},
                query={"shop_id": shop_id, "reason": reason},
            )
        )

    async def consents(self, shopper_id: str, *, shop_id: str | None = None) -> tuple[Consent, ...]:
        """All that was said about consent, oldest first: when, how, and who told us."""
        return await self._transport.send(
            call(
                tuple[Consent, ...],
                "GET",
                "/v1/shoppers/{shopper_id}/consents",
                at={"shopper_id": shopper_id},
                query={"shop_id": shop_id},
            )
        )

    async def consent(
        self, shopper_id: str, *, kind: Literal["ads", "ads_night"], given: bool, how: str, key: str | None = None
    ) -> tuple[Consent, ...]:
        """A consent was given or withdrawn; gives all that was said, oldest first. The last word of a kind counts."""
        return await self._transport.send(
            call(
                tuple[Consent, ...],
                "POST",
                "/v1/shoppers/{shopper_id}/consents",
                at={"shopper_id": shopper_id},
                body=body_of(kind=kind, given=given, how=how),
                key=key,
                keyed=True,
            )
        )

    async def readings(self, shopper_id: str) -> tuple[Reading, ...]:
        """Who read what of the shopper in the clear, when and why: the latest 1,000."""
        return await self._transport.send(
            call(tuple[Reading, ...], "GET", "/v1/shoppers/{shopper_id}/readings", at={"shopper_id": shopper_id})
        )

    async def search(self, *, phone: str | None = None, email: str | None = None) -> tuple[ShopperView, ...]:
        """Who has this phone or this e-mail address: twenty at most, masked."""
        return await self._transport.send(
            call(tuple[ShopperView, ...], "POST", "/v1/shopper-searches", body=body_of(phone=phone, email=email))
        )
