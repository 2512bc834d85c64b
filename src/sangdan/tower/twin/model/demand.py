"""What shoppers want on a day: who, when, where, which goods, and how soon."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from .geography import great_circle_m, metropolis
from .randomness import stream
from .world import SEOUL, World

Service: TypeAlias = Literal["pickup", "quick", "dawn", "next_day", "standard"]
Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

# Orders in each local hour, per thousand: Korean web shops peak before lunch and late in the evening.
HOURS: Final = (22, 13, 8, 5, 5, 7, 15, 26, 38, 52, 66, 69, 60, 50, 48, 49, 49, 46, 45, 52, 69, 77, 74, 55)
LINES: Final = (0.42, 0.25, 0.14, 0.09, 0.06, 0.04)  # baskets of one to six lines
UNITS: Final = (0.82, 0.12, 0.04, 0.02)  # one to four of each
PICKUP: Final = 0.12
QUICK: Final = 0.07
DAWN: Final = 0.45  # of the grocery baskets in a metropolitan area that are sent home
STANDARD: Final = 0.2  # of the other baskets that need no cold
HEAVY_G: Final = 4000  # of what weighs more, nobody takes two
LOYALTY: Final = 0.8  # of a basket's lines stay with the kind of goods that it began with
PICKUP_REACH_M: Final = 15_000
QUICK_REACH_M: Final = 6_000
ADULT: Final = 19


class WishLine(msgspec.Struct, frozen=True):
    """Units of one SKU, >= 1, from whichever seller."""

    sku: str
    units: int


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A basket that a shopper will try to order.

    number   1 for the day's first
    at       UTC, to the millisecond
    service  what the shopper hopes for; another may be taken
    store    whose shelves the shopper looks at, for pickup and quick; else None
    """

    number: int
    at: datetime
    shopper_id: str
    birth_year: int
    postcode: str
    lines: tuple[WishLine, ...]
    service: Service
    store: str | None


class _Who(NamedTuple):
    """The shoppers of the wishes, a row each: member, point, nearest store and whether they may drink."""

    member: Integers
    store: Integers
    distance_m: Floats
    adult: Flags
    metropolitan: Flags


class _Draw(NamedTuple):
    """SKUs by their places in `World.demand`, with the running sum of their shares."""

    place: Integers
    upto: Floats

    def take(self, uniform: Floats) -> Integers:
        """One SKU for each uniform draw."""
        goal: Floats = uniform * float(self.upto[-1])
        found: Integers = np.searchsorted(self.upto, goal, side="right").astype(np.int64)
        return self.place[np.clip(found, 0, len(self.place) - 1)]


def wishes(world: World, day_on: date, orders: int) -> list[Wish]:
    """A day's wishes in order of time, the same for the same arguments.

    day_on  the local day in Seoul
    orders  how many, >= 0
    source  the shapes above are assumed, not measured; 140,000 wishes take 2 to 3 s
    """
    rng = stream(world.seed, "demand", day_on.isoformat())
    who = _shoppers(world, day_on, orders, rng)
    hope = rng.random(orders)
    collects = hope < PICKUP
    reach = np.where(collects, PICKUP_REACH_M, QUICK_REACH_M)
    at_store = (hope < PICKUP + QUICK) & (who.distance_m <= reach)
    count = 1 + rng.choice(len(LINES), orders, p=LINES)
    baskets = np.full((orders, len(LINES)), -1)
    _fill_from_centres(world, baskets, np.flatnonzero(~at_store), rng)
    _fill_from_stores(world, baskets, np.flatnonzero(at_store), who, collects, rng)
    baskets[np.arange(len(LINES))[None, :] >= count[:, None]] = -1
    services = _services(world, baskets, who, at_store, collects, rng)
    units = 1 + rng.choice(len(UNITS), baskets.shape, p=UNITS)
    units[world.demand["weight_g"].to_numpy()[baskets] > HEAVY_G] = 1
    return _written(world, _moments(day_on, orders, rng), who, baskets, units, services, at_store)


def _moments(day_on: date, orders: int, rng: np.random.Generator) -> list[datetime]:
    """Ascending instants of the local day that follow HOURS."""
    share = np.array(HOURS, dtype=np.float64)
    hour = rng.choice(24, orders, p=share / share.sum())
    milliseconds = np.sort(hour * 3_600_000 + rng.integers(0, 3_600_000, orders))
    start = datetime.combine(day_on, time(), SEOUL).astimezone(UTC)
    return [start + timedelta(milliseconds=some) for some in milliseconds.tolist()]


def _shoppers(world: World, day_on: date, orders: int, rng: np.random.Generator) -> _Who:
    """Draw members, and find the store nearest to each."""
    members = world.tables["members"].join(world.places, on="postcode", how="left", maintain_order="left")
    member = rng.integers(0, members.height, orders)
    lat, lon = members["lat"].to_numpy(), members["lon"].to_numpy()
    stores = world.tables["nodes"].filter(pl.col("kind") == "store").sort("node_id")
    nearest, distance = np.zeros(members.height, dtype=np.int64), np.full(members.height, np.inf)
    for place, (store_lat, store_lon) in enumerate(stores.select("lat_e6", "lon_e6").iter_rows()):
        metres = great_circle_m(lat, lon, np.array(store_lat / 1e6), np.array(store_lon / 1e6))
        closer = metres < distance
        nearest[closer], distance[closer] = place, metres[closer]
    urban = np.array([metropolis(sido) is not None for sido in members["sido"]])
    adult = members["birth_year"].to_numpy() <= day_on.year - ADULT
    return _Who(member, nearest[member], distance[member], adult[member], urban[member])


def _fill_from_centres(world: World, baskets: Integers, rows: Integers, rng: np.random.Generator) -> None:
    """Lines of baskets that are sent home: the first decides the kind of goods, most others stay with it."""
    sold = ~(world.demand["pickup_only"] | world.demand["abroad"]).to_numpy()
    share = world.demand["share"].to_numpy() * sold
    kinds = world.demand["affinity"].to_numpy()
    anything = _draw(np.flatnonzero(sold), share)
    first = anything.take(rng.random(len(rows)))
    baskets[rows] = anything.take(rng.random((len(rows), baskets.shape[1])))
    stays = rng.random((len(rows), baskets.shape[1])) < LOYALTY
    for kind in np.unique(kinds):
        mine = rows[kinds[first] == kind]
        within = _draw(np.flatnonzero(sold & (kinds == kind)), share)
        lines = within.take(rng.random((len(mine), baskets.shape[1])))
        baskets[mine] = np.where(stays[kinds[first] == kind], lines, baskets[mine])
    baskets[rows, 0] = first


def _fill_from_stores(
    world: World, baskets: Integers, rows: Integers, who: _Who, collects: Flags, rng: np.random.Generator
) -> None:
    """Lines of baskets from a store's own shelves; alcohol only for adults who collect it themselves."""
    place = pl.DataFrame({"sku": world.demand["sku"], "place": np.arange(world.demand.height)})
    on_shelf = world.tables["stock"].filter((pl.col("on_hand") - pl.col("safety")) > 2)
    on_shelf = on_shelf.join(place, on="sku", maintain_order="left")
    stores = world.tables["nodes"].filter(pl.col("kind") == "store").sort("node_id")["node_id"]
    shelves = {name[0]: cells["place"].to_numpy() for name, cells in on_shelf.group_by("node_id", maintain_order=True)}
    share, drinks = world.demand["share"].to_numpy(), world.demand["pickup_only"].to_numpy()
    for number, name in enumerate(stores):
        for grown_up in (False, True):
            mine = rows[(who.store[rows] == number) & ((who.adult & collects)[rows] == grown_up)]
            shelf = shelves.get(name, np.zeros(0, dtype=np.int64))
            draw = _draw(shelf if grown_up else shelf[~drinks[shelf]], share)
            if len(mine) and len(draw.place):
                baskets[mine] = draw.take(rng.random((len(mine), baskets.shape[1])))


def _draw(places: Integers, share: Floats) -> _Draw:
    return _Draw(places, np.cumsum(share[places]))


def _services(
    world: World, baskets: Integers, who: _Who, at_store: Flags, collects: Flags, rng: np.random.Generator
) -> list[Service]:
    """What the shopper hopes for: groceries by dawn in a metropolis, the rest the next day or later."""
    table = (world.demand["affinity"] == "table").to_numpy()[baskets[:, 0]]
    cold = ((world.demand["temperature"] != "ambient").to_numpy()[baskets] & (baskets >= 0)).any(axis=1)
    mood = rng.random(len(baskets))
    choice = np.select(
        [at_store & collects, at_store, table & who.metropolitan & (mood < DAWN), ~cold & (mood > 1 - STANDARD)],
        [0, 1, 2, 4],
        default=3,
    )
    names: tuple[Service, ...] = ("pickup", "quick", "dawn", "next_day", "standard")
    return [names[some] for some in choice.tolist()]


def _written(
    world: World,
    moments: list[datetime],
    who: _Who,
    baskets: Integers,
    units: Integers,
    services: list[Service],
    at_store: Flags,
) -> list[Wish]:
    """The arrays as wishes; a SKU drawn twice is one line."""
    members = world.tables["members"]
    ids, born, homes = (members[name].to_list() for name in ("member_id", "birth_year", "postcode"))
    stores = world.tables["nodes"].filter(pl.col("kind") == "store").sort("node_id")["node_id"].to_list()
    skus = world.demand["sku"].to_list()
    shoppers = zip(who.member.tolist(), who.store.tolist(), at_store.tolist(), strict=True)
    drawn = zip(baskets.tolist(), units.tolist(), strict=True)
    made: list[Wish] = []
    for (member, store, here), (basket, some), at, service in zip(shoppers, drawn, moments, services, strict=True):
        lines = {skus[place]: count for place, count in zip(basket, some, strict=True) if place >= 0}
        made.append(
            Wish(
                number=len(made) + 1,
                at=at,
                shopper_id=ids[member],
                birth_year=born[member],
                postcode=homes[member],
                lines=tuple(WishLine(sku, count) for sku, count in lines.items()),
                service=service,
                store=stores[store] if here else None,
            )
        )
    return made
