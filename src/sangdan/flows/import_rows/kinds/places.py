"""Imports of the network: calendars, zones, postcodes, nodes, lanes, surcharges."""

from typing import Final

import polars as pl

from sangdan.kit.bulk import LINE
from sangdan.offer.network import commands as network

from ..cells import clock, code, currency, day, flag, hours, one_of, postcode, several, text, timezone, whole
from .kind import Column, Kind, Reference, Rule, plain
from .people import PARTNER

SECONDS_30_DAYS: Final = 30 * 86400
INTEGER: Final = 2**31 - 1
WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TEMPERATURES: Final = ("ambient", "chilled", "frozen")

ZONE: Final = Reference("zone", "zones", network.known_zones)
CALENDAR: Final = Reference("calendar", "calendars", network.known_calendars)
NODE: Final = Reference("node", "nodes", network.known_nodes)


def _week_in_one(frame: pl.DataFrame) -> pl.DataFrame:
    """The seven columns of a week as the one that the table has."""
    return frame.select(LINE, "calendar_id", "timezone", "holidays", pl.concat_list(WEEK).alias("week"))


def _place() -> tuple[Column, Column]:
    return (
        Column("lat_e6", whole(-90_000_000, 90_000_000), "latitude in millionths of a degree", "37566500"),
        Column("lon_e6", whole(-180_000_000, 180_000_000), "longitude in millionths of a degree", "126978000"),
    )


def _names() -> tuple[Column, Column]:
    return (
        Column("name_ko", text(), "name in Korean", "서울 중구"),
        Column("name_en", text(), "name in English", "Jung-gu, Seoul"),
    )


CALENDARS: Final = Kind(
    "calendars",
    "the weekly hours of a node or a carrier",
    (
        Column("calendar_id", code(), "its id", "weekdays"),
        Column("timezone", timezone(), "whose clock the hours are on", "Asia/Seoul"),
        Column(
            "holidays",
            one_of("KR", "BR", "none"),
            "the country whose public holidays close it",
            "KR",
            need=False,
            default="none",
        ),
        *(
            Column(name, hours(), f"hours on {name.capitalize()}; empty: closed", "09:00-22:00", need=False, default="")
            for name in WEEK
        ),
    ),
    key=("calendar_id",),
    put=plain(network.load_calendars),
    shape=_week_in_one,
)

CALENDAR_DAYS: Final = Kind(
    "calendar-days",
    "one date on which a calendar's hours differ",
    (
        Column("calendar_id", code(), "whose hours", "weekdays", refers=CALENDAR),
        Column("day_on", day(), "the local date", "2026-12-25"),
        Column("hours", hours(), "that day's hours; empty: closed", "10:00-15:00", need=False, default=""),
        Column("reason", one_of("law", "holiday", "ad_hoc", "special_opening"), "why", "special_opening"),
        Column("source", text(), "who says so", "유통산업발전법 제12조의2"),
    ),
    key=("calendar_id", "day_on"),
    put=plain(network.load_calendar_days),
)

ZONES: Final = Kind(
    "zones",
    "an area that lanes start from and lead to",
    (Column("zone_id", code(), "its id", "seoul-jung"), *_names(), *_place()),
    key=("zone_id",),
    put=plain(network.load_zones),
)

POSTCODES: Final = Kind(
    "postcodes",
    "a postcode that can be delivered to",
    (
        Column("postcode", postcode(), "five digits", "04524"),
        Column("zone_id", code(), "the zone it lies in", "seoul-jung", refers=ZONE),
        Column(
            "area",
            one_of("mainland", "jeju", "island"),
            "whether carriers ask a surcharge",
            "mainland",
            need=False,
            default="mainland",
        ),
    ),
    key=("postcode",),
    put=plain(network.load_postcodes),
)

NODES: Final = Kind(
    "nodes",
    "a place that holds goods and sends or hands them out",
    (
        Column("node_id", code(), "its id", "seoul-1"),
        Column(
            "kind",
            one_of("fulfilment_centre", "cold", "bonded", "overseas_hub", "store", "dark_store", "locker"),
            "what it is",
            "fulfilment_centre",
        ),
        Column("operator_id", code(), "the ally that runs it", "hanbit", refers=PARTNER),
        *_names(),
        Column("zone_id", code(), "the zone it lies in", "seoul-jung", refers=ZONE),
        *_place(),
        Column("temperatures", several(one_of(*TEMPERATURES), least=1), "what it can keep", "ambient|chilled"),
        Column("calendar_id", code(), "the hours in which it dispatches", "weekdays", refers=CALENDAR),
        Column("handling_s", whole(0, SECONDS_30_DAYS), "seconds from release to packed", "3600"),
        Column("parcels_per_hour", whole(0, 10_000_000), "parcels it can pack in an hour", "1200"),
        Column("pickup", flag(), "whether shoppers may collect there", "false", need=False, default="false"),
    ),
    key=("node_id",),
    put=plain(network.load_nodes),
)

LANES: Final = Kind(
    "lanes",
    "a carrier's service from one zone to another",
    (
        Column("lane_id", code(), "its id", "seoul-jung.standard"),
        Column("from_zone", code(), "where it starts", "seoul-jung", refers=ZONE),
        Column("to_zone", code(), "where it leads", "seoul-jung", refers=ZONE),
        Column("service", one_of("quick", "dawn", "next_day", "standard"), "what it is sold as", "standard"),
        Column("carrier_id", code(), "the ally that carries", "hanbit", refers=PARTNER),
        Column("calendar_id", code(), "the days on which the carrier departs", "weekdays", refers=CALENDAR),
        Column("cut_offs", several(clock(), least=1), "local times by which a parcel must be packed", "13:00|20:00"),
        Column("departures", several(clock(), least=1), "local departures, one for each cut-off", "14:00|21:30"),
        Column("due_local", clock(), "deadline at the door; empty: the day's end", "07:00", need=False),
        Column(
            "transit_s",
            several(whole(0, INTEGER), exactly=10),
            "seconds from departure to the door at probabilities 0, .05, .10, .25, .50, .75, .90, .95, .99 and 1",
            "28800|30600|32400|36000|43200|50400|57600|64800|86400|129600",
        ),
        Column("temperatures", several(one_of(*TEMPERATURES), least=1), "what it can carry", "ambient"),
        Column("currency", currency(), "of the tariff", "KRW"),
        Column("base_minor", whole(), "tariff of a parcel, in minor units", "2500"),
        Column("per_kg_minor", whole(), "added for each kilogram, in minor units", "100"),
        Column("max_weight_g", whole(1, INTEGER), "heaviest parcel, grams", "20000"),
        Column("distance_m", whole(0, INTEGER), "metres driven", "62000"),
        Column("co2e_mg_per_kg_km", whole(0, INTEGER), "milligrams of CO2e for a kilogram and kilometre", "105"),
    ),
    key=("lane_id",),
    put=plain(network.load_lanes),
    unique=(("from_zone", "to_zone", "service", "carrier_id"),),
    rules=(
        Rule(
            "departures",
            "departures and cut_offs must be as many as each other",
            pl.col("departures").list.len() != pl.col("cut_offs").list.len(),
        ),
        Rule(
            "transit_s",
            "transit_s must not decrease from one probability to the next",
            pl.col("transit_s") != pl.col("transit_s").list.sort(),
        ),
    ),
)

SURCHARGES: Final = Kind(
    "surcharges",
    "what a carrier asks on top for Jeju or an island",
    (
        Column("carrier_id", code(), "the ally that carries", "hanbit", refers=PARTNER),
        Column("area", one_of("jeju", "island"), "where", "jeju"),
        Column("amount_minor", whole(), "for each parcel, in minor units", "3000"),
        Column("currency", currency(), "of the amount", "KRW"),
        Column("extra_s", whole(0, SECONDS_30_DAYS), "how many seconds longer it takes", "86400"),
    ),
    key=("carrier_id", "area"),
    put=plain(network.load_surcharges),
)
