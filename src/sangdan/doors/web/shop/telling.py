"""How the storefront tells dates, chances, charges and distances: as one would say them across a counter."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sangdan.flows.shop_window import CardWay
from sangdan.kit.calendars import Window
from sangdan.kit.money import PPM
from sangdan.offer.catalogue.model import UnitPrice
from sangdan.offer.promise.model.inputs import PICKUP

from ..words import SEOUL, Words, mark

# What a shopper calls each service.
SERVICES: Final[Mapping[str, str]] = {
    "pickup": mark("Pick up in store"),
    "quick": mark("Right away"),
    "dawn": mark("Before breakfast"),
    "next_day": mark("Next day"),
    "standard": mark("Parcel"),
}
ICONS: Final[Mapping[str, str]] = {
    "pickup": "store", "quick": "zap", "dawn": "sun-medium", "next_day": "truck", "standard": "package",
}  # fmt: skip
TEMPERATURES: Final[Mapping[str, str]] = {
    "ambient": mark("At room temperature"), "chilled": mark("Chilled"), "frozen": mark("Frozen"),
}  # fmt: skip
PLENTY: Final = 10
# Services whose promise is the end of a day: an hour would say more than was promised.
WHOLE_DAYS: Final = frozenset({"next_day", "standard"})
OF: Final = 100
KILOMETRE_M: Final = 1000


class Teller:
    """Tells a page's shopper things, as of an instant.

    say  the words of the page's language
    now  aware
    """

    def __init__(self, say: Words, now: datetime) -> None:
        self._say = say
        self._now = now
        self._today = now.astimezone(SEOUL).date()

    def service(self, service: str) -> str:
        """What a shopper calls a way to receive goods."""
        return self._say(SERVICES[service])

    def icon(self, service: str) -> str:
        """The icon that stands for a service."""
        return ICONS[service]

    def day(self, on: date) -> str:
        """A day as one says it today."""
        match (on - self._today).days:
            case 0:
                return self._say("Today")
            case 1:
                return self._say("Tomorrow")
            case _:
                return self._say.day(on)

    def arrival(self, service: str, at: datetime) -> str:
        """When goods that are promised for an instant are in the shopper's hands."""
        say, day = self._say, self._inside(at.astimezone(SEOUL).date())
        if service in WHOLE_DAYS:
            return say("Arrives %(day)s", day=day)
        if service == PICKUP:
            return say("Ready %(day)s at %(time)s", day=day, time=say.time(at))
        return say("Arrives %(day)s by %(time)s", day=day, time=say.time(at))

    def wrote(self, at: datetime) -> str:
        """The day on which something was written."""
        return self._say.date(at.astimezone(SEOUL).date())

    def first_two(self, ways: Sequence[CardWay]) -> list[CardWay]:
        """The soonest that is brought, then the soonest to fetch."""
        brought = [way for way in ways if way.service != PICKUP]
        return brought[:1] + [way for way in ways if way.service == PICKUP][:1]

    def odds(self, service: str, ppm: int) -> str:
        """A probability as a count of orders, rounded down; nothing is ever certain."""
        n = min(ppm * OF // PPM, OF - 1)
        if service == PICKUP:
            return self._say("%(n)s of 100 orders are ready by then", n=n)
        return self._say("%(n)s of 100 orders arrive by then", n=n)

    def fee(self, delivery_minor: int, currency: str) -> str:
        """What of a price is for bringing the goods."""
        if delivery_minor == 0:
            return self._say("Free delivery")
        return self._say("%(amount)s delivery included", amount=self._say.money(delivery_minor, currency))

    def unit_price(self, price: UnitPrice, currency: str) -> str:
        """The price by content that the law wants beside the price."""
        told = self._say.money(price.amount_minor, currency)
        return self._say("%(price)s per %(amount)s", price=told, amount=self._amount(price.per, price.unit))

    def temperature(self, temperature: str) -> str:
        """How goods are kept on their way."""
        return self._say(TEMPERATURES[temperature])

    def left(self, units: int) -> str:
        """How much there is, as far as it helps to know."""
        return self._say("In stock") if units >= PLENTY else self._say.many("%(num)s left", "%(num)s left", units)

    def hours(self, window: Window) -> str:
        """Whether a place is open, and until or from when.

        window  the first of its open stretches that ends after now
        """
        say, (opens_at, closes_at) = self._say, window
        if opens_at > self._now:
            day = self._inside(opens_at.astimezone(SEOUL).date())
            return say("Opens %(day)s at %(time)s", day=day, time=say.time(opens_at))
        if closes_at - self._now > timedelta(days=1):
            return say("Open around the clock")
        return say("Open until %(time)s", time=say.time(closes_at))

    def is_open(self, window: Window) -> bool:
        """Whether the stretch has begun."""
        return window[0] <= self._now

    def far(self, distance_m: int) -> str:
        """How far it is, as exactly as one wants to know it."""
        if distance_m < KILOMETRE_M:
            return self._say("%(n)s m away", n=max(100, round(distance_m, -2)))
        kilometres = distance_m / KILOMETRE_M
        return self._say("%(n)s km away", n=f"{kilometres:.1f}" if kilometres < 9.95 else f"{kilometres:,.0f}")

    def _amount(self, n: int, unit: str) -> str:
        say = self._say
        match unit:
            case "g":
                return say("%(n)s g", n=f"{n:,}")
            case "ml":
                return say("%(n)s mL", n=f"{n:,}")
            case "m":
                return say("%(n)s m", n=f"{n:,}")
            case "sheet":
                return say.many("%(num)s sheet", "%(num)s sheets", n)
            case _:
                return say("piece") if n == 1 else say.many("%(num)s piece", "%(num)s pieces", n)

    def _inside(self, on: date) -> str:
        """A day inside a sentence: English writes today and tomorrow small there."""
        day = self.day(on)
        return day.lower() if self._say.language == "en" and 0 <= (on - self._today).days <= 1 else day
