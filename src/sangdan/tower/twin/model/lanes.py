"""How a parcel travels from zone to zone: services, cut-offs, transit, tariff and carbon."""

from datetime import time
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from . import allies, calendars
from .geography import ROAD, great_circle_m, metropolis, zone_id
from .nodes import COLD_CHAIN

HOUR: Final = 3600
WITHIN_ZONE_M: Final = 4000
DAWN_REACH_M: Final = 110_000
QUICK_REACH_M: Final = 12_000
QUICK_NEIGHBOURS: Final = 4  # at least so many zones, itself included, if they lie within a wider reach
QUICK_FAR_M: Final = 25_000
LAST_MILE_M: Final = 20_000

# Grams of CO2e a tonne-kilometre, which is milligrams a kilogram-kilometre: articulated lorry > 33 t, rigid lorry
# 7.5-17 t (DEFRA 2012, well to tank included), van <= 3.5 t (derived from DEFRA 2025).
ARTICULATED, RIGID, VAN = 103, 429, 631
REFRIGERATED: Final = 1.12


class Service(NamedTuple):
    """What a carrier sells: local times, hours to the door at the ten probabilities of a lane, won."""

    carrier_id: str
    calendar_id: str
    cut_offs: list[time]
    departures: list[time]
    due_local: time | None
    hours: tuple[float, ...]
    hours_per_100_km: float
    temperatures: list[str]
    base_minor: int
    per_kg_minor: int
    per_km_minor: int
    max_weight_g: int


SERVICES: Final = {
    "next_day": Service(
        allies.PARCEL_CARRIER, calendars.PARCEL, [time(22)], [time(23, 30)], None,
        (9.5, 10.8, 11.5, 13.2, 15.5, 17.6, 19.4, 20.4, 22.8, 46.0), 0.3, COLD_CHAIN, 2400, 90, 0, 25_000,
    ),
    "standard": Service(
        allies.PARCEL_CARRIER, calendars.PARCEL, [time(17)], [time(18, 30)], None,
        (15.0, 20.0, 22.0, 26.0, 42.0, 47.0, 52.0, 66.0, 76.0, 110.0), 0.5, ["ambient"], 1950, 70, 0, 30_000,
    ),
    "dawn": Service(
        allies.SWIFT_CARRIER, calendars.EVERY_DAY, [time(23)], [time(23, 45)], time(7),
        (2.2, 3.0, 3.5, 4.3, 5.2, 6.0, 6.6, 6.9, 7.3, 9.5), 0.2, COLD_CHAIN, 3200, 110, 0, 20_000,
    ),
    "quick": Service(
        allies.SWIFT_CARRIER, calendars.EVERY_DAY,
        [time(hour) for hour in range(10, 22)], [time(hour, 30) for hour in range(10, 22)], None,
        (0.25, 0.33, 0.38, 0.48, 0.60, 0.75, 0.95, 1.10, 1.50, 3.00), 3.5, COLD_CHAIN, 3000, 120, 150, 20_000,
    ),
}  # fmt: skip


def lanes(zones: pl.DataFrame, nodes: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """The columns of network.lane.

    zones   those with postcodes, as `geography.zones` gives
    nodes   as `nodes.nodes` gives: centres that are not bonded send everywhere, stores to their neighbours
    places  as sangdan.adapters.korea.places gives, for the provinces of the zones
    """
    near = _distances(zones)
    inside = nodes.filter(pl.col("zone_id").is_in(zones["zone_id"].implode()))
    centres = inside.filter(pl.col("kind") != "store")["zone_id"].unique()
    stores = inside.filter(pl.col("kind") == "store")["zone_id"].unique()
    districts = places.select("sido", "sigungu").unique().iter_rows()
    city = {zone_id(sido, sigungu): metropolis(sido) for sido, sigungu in districts}
    cities = pl.DataFrame({"zone_id": zones["zone_id"], "city": [city[name] for name in zones["zone_id"]]})
    from_centres = near.filter(pl.col("from_zone").is_in(centres.implode()))
    same_city = (
        from_centres.join(cities, left_on="from_zone", right_on="zone_id")
        .join(cities, left_on="to_zone", right_on="zone_id", suffix="_to")
        .filter((pl.col("city") == pl.col("city_to")) & (pl.col("distance_m") <= DAWN_REACH_M))
    )
    rank = pl.col("distance_m").rank("ordinal").over("from_zone")
    close = pl.col("distance_m") <= QUICK_REACH_M
    neighbours = near.filter(pl.col("from_zone").is_in(stores.implode())).filter(
        close | ((rank <= QUICK_NEIGHBOURS) & (pl.col("distance_m") <= QUICK_FAR_M))
    )
    return pl.concat(
        [
            _served(from_centres, "next_day"),
            _served(from_centres, "standard"),
            _served(same_city.select(near.columns), "dawn"),
            _served(neighbours, "quick"),
        ]
    ).sort("lane_id")


def surcharges() -> pl.DataFrame:
    """The columns of network.surcharge: won and time more to reach Jeju and the islands."""
    rows = [
        (allies.PARCEL_CARRIER, "jeju", 3000, "KRW", 86400),
        (allies.PARCEL_CARRIER, "island", 5000, "KRW", 2 * 86400),
        (allies.SWIFT_CARRIER, "jeju", 2000, "KRW", 0),
        (allies.SWIFT_CARRIER, "island", 6000, "KRW", 4 * HOUR),
    ]
    return pl.DataFrame(rows, schema=["carrier_id", "area", "amount_minor", "currency", "extra_s"], orient="row")


def _distances(zones: pl.DataFrame) -> pl.DataFrame:
    """Metres by road between the middles of all pairs of zones."""
    lat, lon = zones["lat_e6"].to_numpy() / 1e6, zones["lon_e6"].to_numpy() / 1e6
    metres = great_circle_m(lat[:, None], lon[:, None], lat[None, :], lon[None, :]) * ROAD
    np.fill_diagonal(metres, WITHIN_ZONE_M)
    names = zones["zone_id"].to_numpy()
    return pl.DataFrame(
        {
            "from_zone": np.repeat(names, len(names)),
            "to_zone": np.tile(names, len(names)),
            "distance_m": np.rint(metres).astype(np.int64).ravel(),
        }
    )


def _served(pairs: pl.DataFrame, name: str) -> pl.DataFrame:
    """One service on some pairs of zones, with all that the table asks for."""
    service = SERVICES[name]
    distance: npt.NDArray[np.int64] = pairs["distance_m"].to_numpy()
    farther = service.hours_per_100_km * np.minimum(distance, 500_000) / 100_000
    hours = np.array(service.hours)[None, :] + farther[:, None]
    transit = np.rint(hours * HOUR).astype(np.int64)
    won = np.rint((service.base_minor + service.per_km_minor * distance / 1000) / 50).astype(np.int64) * 50
    rows = pairs.height
    return pairs.select(
        pl.format("{}-{}", pl.lit(name), pl.int_range(1, rows + 1).cast(pl.String).str.zfill(5)).alias("lane_id"),
        "from_zone",
        "to_zone",
        pl.lit(name).alias("service"),
        pl.lit(service.carrier_id).alias("carrier_id"),
        pl.lit(service.calendar_id).alias("calendar_id"),
        pl.Series("cut_offs", [service.cut_offs] * rows, pl.List(pl.Time)),
        pl.Series("departures", [service.departures] * rows, pl.List(pl.Time)),
        pl.Series("due_local", [service.due_local] * rows, pl.Time),
        pl.Series("transit_s", transit.tolist(), pl.List(pl.Int64)),
        pl.Series("temperatures", [service.temperatures] * rows, pl.List(pl.String)),
        pl.lit("KRW").alias("currency"),
        pl.Series("base_minor", won, pl.Int64),
        pl.lit(service.per_kg_minor).alias("per_kg_minor"),
        pl.lit(service.max_weight_g).alias("max_weight_g"),
        "distance_m",
        pl.Series("co2e_mg_per_kg_km", _carbon(name, distance), pl.Int64),
    )


def _carbon(name: str, distance: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """A lorry for the line haul and a van for the last 20 km; dawn rides in refrigerated rigid lorries."""
    haul = RIGID if name == "dawn" else ARTICULATED
    last = np.minimum(distance, LAST_MILE_M)
    factor = (VAN * last + haul * (distance - last)) / np.maximum(distance, 1)
    return np.rint(factor * (REFRIGERATED if name == "dawn" else 1)).astype(np.int64)
