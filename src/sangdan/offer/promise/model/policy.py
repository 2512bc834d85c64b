"""The alliance's usual rules for promising; a deployment may bring its own `Policy`."""

from typing import Final

from .inputs import Policy, ServiceRule

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
MARGIN_S: Final = 180

WON: Final = "KRW"
# The shoppers' clock where a currency is at home in one time zone, more or less.
_CLOCKS: Final = {WON: "Asia/Seoul", "BRL": "America/Sao_Paulo", "JPY": "Asia/Tokyo"}
TTL_S: Final = 900
# What a shopper in a city calls near by; where stores are rarer, the next ring is asked.
NEAR_M: Final = 10_000
_SERVICES_IN_WON: Final = (
    ServiceRule(service="pickup", target_ppm=980_000, within_s=2 * DAY_S, flat_minor=0, soonest_s=900),
    ServiceRule(service="quick", target_ppm=900_000, within_s=6 * HOUR_S, flat_minor=4_500),
    ServiceRule(service="dawn", target_ppm=950_000, within_s=2 * DAY_S, flat_minor=3_500, free_from_minor=40_000),
    ServiceRule(service="next_day", target_ppm=900_000, within_s=4 * DAY_S, flat_minor=3_000, free_from_minor=30_000),
    ServiceRule(service="standard", target_ppm=900_000, within_s=21 * DAY_S, flat_minor=2_500, free_from_minor=30_000),
)


def policy_for(currency: str, ttl_s: int = TTL_S) -> Policy:
    """The usual rules for a basket in a currency: fees by service in won, the carriers' tariffs anywhere else."""
    if currency == WON:
        return usual(ttl_s)
    return by_tariff(ttl_s, _CLOCKS.get(currency, "UTC"), within_s=60 * DAY_S, target_ppm=900_000)


def usual(ttl_s: int) -> Policy:
    """Rules for shoppers in Korea: a fee by service that falls away with the basket's worth, VAT of a tenth.

    ttl_s  how long a way stands at most, >= 1
    """
    return Policy(
        version="won-3",
        ttl_s=ttl_s,
        margin_s=min(MARGIN_S, ttl_s),
        max_parcels=3,
        pickup_ways=3,
        vat_ppm=100_000,
        timezone="Asia/Seoul",
        services=_SERVICES_IN_WON,
        near_m=NEAR_M,
    )


def by_tariff(ttl_s: int, timezone: str, within_s: int, target_ppm: int) -> Policy:
    """Rules for a marketplace whose shoppers pay each parcel's tariff and know one service; no VAT is told apart.

    ttl_s       as above
    timezone    of the shoppers
    within_s    the latest date that is still promised
    target_ppm  the probability that a date must reach
    """
    rule = ServiceRule(service="standard", target_ppm=target_ppm, within_s=within_s)
    return Policy(
        version=f"tariff-{target_ppm}",
        ttl_s=ttl_s,
        margin_s=min(MARGIN_S, ttl_s),
        max_parcels=3,
        pickup_ways=0,
        vat_ppm=0,
        timezone=timezone,
        services=(rule,),
    )
