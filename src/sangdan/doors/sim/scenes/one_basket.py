"""One basket: goods of two sellers and a store, and why they come together, or do not."""

from collections import Counter
from datetime import datetime, time
from itertools import chain, combinations
from typing import Final, NamedTuple
from uuid import UUID

import polars as pl

from sangdan.flows.drift import drift
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.flows.quote_promise.distance import distance_m
from sangdan.kit.money import spelled
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model import Inputs, Quote, Way
from sangdan.offer.stock import commands as stock
from sangdan.tower.twin.model.world import SEOUL

from .shopping import LANGUAGES, Shopping, of_service
from .stage import DAY_ON, Scene, Stage, Tables

AT: Final = datetime.combine(DAY_ON, time(14), SEOUL)
HOME: Final = "47100"  # Busanjin, Busan
STORE_OWNER: Final = "haedeun"
NEAR, NEXT, FAR = "fc-gimhae", "fc-daegu", "fc-icheon"
SERVICE: Final = "next_day"

# By node, SKU and owner.
Shelf = tuple[str, str, str]


class Goods(NamedTuple):
    """What the two baskets are made of: three kinds of goods, and who sells them.

    dear, cheap  sellers of `third`, and what lies between their prices
    """

    first: str
    first_seller: str
    second: str
    second_seller: str
    third: str
    dear: str
    cheap: str
    gap_minor: int


def chosen(tables: Tables) -> Goods:
    """Two light goods that the store and one seller each offer, and one whose two sellers differ most in price."""
    light = tables["skus"].filter(
        (pl.col("temperature") == "ambient") & (pl.col("weight_g") < 2000) & ~pl.col("pickup_only")
    )
    offers = tables["offers"].filter(pl.col("sku").is_in(light["sku"].implode()) & (pl.col("currency") == "KRW"))
    by_sku = offers.sort("sku", "price_minor", "seller_id").group_by("sku", maintain_order=True)
    sellers = by_sku.agg("seller_id", "price_minor").rows()
    pairs = [(sku, next(s for s in who if s != STORE_OWNER)) for sku, who, _ in sellers if _sold_by_store_and_one(who)]
    first, first_seller = pairs[0]
    second, second_seller = next(pair for pair in pairs if pair[1] != first_seller)
    rivals = [row for row in sellers if len(row[1]) == 2 and STORE_OWNER not in row[1]]
    third, (cheap, dear), (low, high) = max(rivals, key=lambda row: row[2][1] - row[2][0])
    return Goods(first, first_seller, second, second_seller, third, dear, cheap, high - low)


def _sold_by_store_and_one(who: list[str]) -> bool:
    return len(who) == 2 and STORE_OWNER in who


def laid_out(goods: Goods, store: str) -> list[Shelf]:
    """Where the goods lie: everything only in the far centre, the near ones with a part each, the store with two."""
    first, second = (goods.first, goods.first_seller), (goods.second, goods.second_seller)
    return [
        (NEAR, *first), (NEAR, goods.third, goods.cheap),
        (NEXT, *second),
        (FAR, *first), (FAR, *second), (FAR, goods.third, goods.dear),
        (store, goods.first, STORE_OWNER), (store, goods.second, STORE_OWNER),
    ]  # fmt: skip


def nearest_store(tables: Tables, places: pl.DataFrame) -> str:
    """The store nearest to HOME."""
    home = places.row(by_predicate=pl.col("postcode") == HOME, named=True)
    here = round(home["lat"] * 1e6), round(home["lon"] * 1e6)
    stores = tables["nodes"].filter(pl.col("kind") == "store").select("node_id", "lat_e6", "lon_e6").iter_rows()
    return min((distance_m(*here, lat, lon), node_id) for node_id, lat, lon in stores)[1]


def dressed(tables: Tables, shelves: list[Shelf]) -> Tables:
    """The goods of the shelves lie there, ten each, and nowhere else."""
    skus = pl.col("sku").is_in(list({sku for _, sku, _ in shelves}))
    balance = tables["stock"].filter(~skus)
    rows = pl.DataFrame([(*shelf, 10, 0) for shelf in shelves], schema=balance.schema, orient="row")
    filled = pl.concat([balance, rows]).sort("node_id", "sku", "owner_id")
    return {**tables, "stock": filled, "inbound": tables["inbound"].filter(~skus)}


async def run(stage: Stage) -> None:
    """Ask for both baskets, tell why they come as they do, take them, and check that nothing better was passed over."""
    shelves: list[Shelf] = []
    goods: list[Goods] = []

    def dress(tables: Tables) -> Tables:
        goods.append(chosen(tables))
        shelves.extend(laid_out(goods[0], nearest_store(tables, stage.furniture.places)))
        return dressed(tables, shelves)

    await stage.furnish(AT, dress=dress)
    shopping = await Shopping(stage).open()
    _tell_shelves(stage, shopping, shelves)
    one, split = ((goods[0].first, goods[0].second), (goods[0].second, goods[0].third))
    way = await _basket(stage, shopping, shelves, one)
    sellers = {line.seller_id for line in way.lines}
    stage.check(
        "판매자는 둘, 상자는 하나, 도착일도 하나입니다.",
        "Two sellers, one parcel, one date.",
        len(way.parcels) == 1 and len(sellers) == 2 and way.parcels[0].node_id == FAR and "one_parcel" in _codes(way),
        nodes=[FAR], sellers=sorted(sellers),
    )  # fmt: skip
    way = await _basket(stage, shopping, shelves, split)
    saved = next((int(r.args["saved_minor"]) for r in way.reasons if r.code == "split_cheaper"), 0)
    stage.check(
        f"이번에는 나누는 쪽이 낫습니다. 같은 날 두 상자로 {spelled(saved, 'KRW')}원 저렴합니다.",
        f"This time a split is right: two parcels, and {spelled(saved, 'KRW')} won less.",
        len(way.parcels) == 2 and saved == goods[0].gap_minor,
        saved_minor=saved, nodes=[parcel.node_id for parcel in way.parcels],
    )  # fmt: skip
    async with stage.world.pool.transaction() as conn:
        drifted = await drift(conn)
    stage.check("장부와 재고가 한 줄도 어긋나지 않았습니다.", "Nothing has drifted.", not drifted, rows=len(drifted))


def _tell_shelves(stage: Stage, shopping: Shopping, shelves: list[Shelf]) -> None:
    stage.step(
        "화요일 오후 2시, 부산진구. 상품은 이렇게 흩어져 있습니다.",
        "Tuesday, two in the afternoon, Busan. The goods lie like this.",
        nodes=list(dict.fromkeys(node_id for node_id, _, _ in shelves)),
        points=shopping.points((node_id for node_id, _, _ in shelves), "shelf"),
    )
    for node_id in dict.fromkeys(node_id for node_id, _, _ in shelves):
        ko, en = (
            ", ".join(
                f"{shopping.sku(sku, language)} ({shopping.partner(owner, language)})"
                for at, sku, owner in shelves
                if at == node_id
            )
            for language in LANGUAGES
        )
        stage.step(
            f"  {shopping.node(node_id, 'ko')}: {ko}", f"  {shopping.node(node_id, 'en')}: {en}", nodes=[node_id]
        )


async def _basket(stage: Stage, shopping: Shopping, shelves: list[Shelf], skus: tuple[str, str]) -> Way:
    """Ask, tell and take one basket; check the answer against every set of places, and the database against it."""
    basket = Basket(wishes=tuple(Wish(sku, 1) for sku in skus), postcode=HOME)
    ko, en = (", ".join(shopping.sku(sku, language) for sku in skus) for language in LANGUAGES)
    stage.step(f"장바구니: {ko}.", f"A basket: {en}.", skus=skus)
    inputs, quote = await shopping.ask(basket)
    for way in quote.ways:
        shopping.tell(way)
    _tell_considered(stage, shopping, inputs)
    await _check_best(stage, shopping, basket, quote, sorted({node_id for node_id, _, _ in shelves}))
    way = of_service(quote, SERVICE)[0]
    free = await _free(stage, skus)
    order_id = await shopping.take(inputs, way, "busan")
    await _check_order(stage, shopping, way, order_id, free, skus)
    return way


def _tell_considered(stage: Stage, shopping: Shopping, inputs: Inputs) -> None:
    """Which places a service looked at, and how many others were ruled out before, by cause."""
    looked_at = sorted({route.node_id for route in inputs.routes if route.service == SERVICE})
    out = Counter({left.cause: left.nodes for left in inputs.left_out if left.service == SERVICE})
    ko, en = (", ".join(shopping.node(node_id, language) for node_id in looked_at) for language in LANGUAGES)
    stage.step(
        f"내일배송으로 살펴본 곳: {ko}. 이 배송편이 없는 {out['no_route']}곳은 제외했습니다.",
        f"Considered for next-day delivery: {en}. Passed over without such a delivery to here: {out['no_route']}.",
        nodes=looked_at, left_out=dict(out),
    )  # fmt: skip


def _key(way: Way) -> tuple[int, int, datetime, int]:
    """What the alliance chooses by: the shopper's price, its own cost, the date, the parcels."""
    return way.price.total_minor, way.cost_minor, way.promised_at, len(way.parcels)


async def _check_best(stage: Stage, shopping: Shopping, basket: Basket, quote: Quote, node_ids: list[str]) -> None:
    """Ask again for every set of places that hold anything: none may give a better way of any service."""
    sets = list(chain.from_iterable(combinations(node_ids, size) for size in range(1, len(node_ids) + 1)))
    compared, better, passed = 0, 0, list[Way]()
    best = {way.service: min(map(_key, of_service(quote, way.service))) for way in quote.ways}
    for some in sets:
        for way in (await shopping.ask_only(basket, some)).ways:
            compared += 1
            better += way.service not in best or _key(way) < best[way.service]
            if way.service == SERVICE and _key(way) > best[SERVICE]:
                passed.append(way)
    for way in sorted(passed, key=_key)[:1]:
        stage.step(
            f"버린 방법 중 가장 나은 것은 {shopping.said(way, 'ko')}, 상자 {len(way.parcels)}개.",
            f"The best of those passed over: {shopping.said(way, 'en')}, parcels: {len(way.parcels)}.",
            **shopping.facts(way),
        )
    stage.check(
        f"출고지 조합 {len(sets)}가지를 모두 다시 물었습니다. 나온 {compared}가지 방법 중 더 나은 것은 없습니다.",
        f"Asked again for all {len(sets)} sets of places: of {compared} ways none is better.",
        better == 0 and bool(passed),
        sets=len(sets), compared=compared, better=better,
    )  # fmt: skip


async def _free(stage: Stage, skus: tuple[str, str]) -> Counter[Shelf]:
    """What can still be promised of the goods, shelf by shelf."""
    async with stage.world.pool.transaction() as conn:
        cells = await stock.available(conn, list(skus))
    return Counter({(cell.node_id, cell.sku, cell.owner_id): cell.units for cell in cells})


async def _check_order(
    stage: Stage, shopping: Shopping, way: Way, order_id: UUID, free: Counter[Shelf], skus: tuple[str, str]
) -> None:
    """The order holds what was told: its parcels, those units on those shelves, and a promise that computes again."""
    told = Counter[Shelf]()
    lines = {line.line_no: line for line in way.lines}
    for parcel in way.parcels:
        for part in parcel.contents:
            told[parcel.node_id, lines[part.line_no].sku, lines[part.line_no].seller_id] += part.units
    parcels = (await shopping.order(order_id)).parcels
    taken = free - await _free(stage, skus)
    async with stage.world.pool.transaction() as conn:
        same = await promises.recompute(conn, order_id)
    planned = [(parcel.node_id, parcel.promised_at) for parcel in way.parcels]
    stage.check(
        f"주문한 대로 상자 {len(parcels)}개, 그 선반에서 정확히 {told.total()}개가 잡혔습니다.",
        f"The order has the parcels it was told ({len(parcels)}), and exactly {told.total()} units are held on "
        "their shelves.",
        [(parcel.node_id, parcel.promised_at) for parcel in parcels] == planned and taken == told,
        order_id=order_id,
        held=[{"node_id": node_id, "sku": sku, "units": units} for (node_id, sku, _), units in taken.items()],
    )
    stage.check(
        "저장된 약속을 다시 계산하면 한 바이트까지 같습니다.",
        "Computed again, the stored promise is the same to the byte.",
        same,
        order_id=order_id,
    )


def _codes(way: Way) -> set[str]:
    return {reason.code for reason in way.reasons}


SCENE: Final = Scene(
    name="one-basket",
    title_ko="장바구니 하나",
    title_en="One basket",
    about_ko="판매자 둘과 매장에 흩어진 상품을 한 날짜, 한 상자로. 나누는 쪽이 나을 때는 나누고, 왜인지 말합니다.",
    about_en="Goods of two sellers and a store: one date, one parcel where that is best, and why.",
    run=run,
)
