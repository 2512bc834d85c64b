"""The index follows the database: what is loaded, renamed, priced or called otherwise is found so within moments."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl
import pytest

from sangdan.flows.import_rows import KINDS, load, template
from sangdan.flows.search_goods import Asked, Finder, Finds, SearchBuilding, SearchOff, folder, search
from sangdan.flows.search_goods.following import Follower
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
WAIT_S = 120.0  # a follower waits for every transaction on the server, also those of other tests' databases

GOODS = [
    ("milk-1", "chilled/dairy", "초원나루 저지방 우유", "Chowon Naru low-fat milk", "초원나루"),
    ("milk-2", "chilled/dairy", "산들목장집 딸기우유", "Sandeul strawberry milk", "산들목장집"),
    ("ramen-1", "pantry/noodles", "면가온 얼큰한 라면", "Myeongaon spicy ramyeon", "면가온"),
    ("egg-1", "fresh/eggs", "두메결 유정란", "Dumegyeol fertile eggs", "두메결"),
    ("dog-1", "pets/dog_food", "멍멍곳간 강아지 연어 사료", "Meongmeong dog food salmon", "멍멍곳간"),
]


class Whole:
    """Takes no word apart: what is tested here is not Korean."""

    def learn(self, names: Iterable[str]) -> None:
        for _ in names:
            pass

    def nouns(self, word: str) -> Sequence[str]:
        return (word,)


def products(*rows: tuple[str, str, str, str, str]) -> pl.DataFrame:
    columns = ("product_id", "category", "name_ko", "name_en", "brand")
    return pl.DataFrame(list(rows), schema=columns, orient="row").with_columns(options=pl.lit(""))


def like(kind: str, **values: str) -> pl.DataFrame:
    """The manual's example of a kind, with other values."""
    row = pl.read_csv(template(KINDS[kind]).encode(), infer_schema=False)
    return row.with_columns(**{name: pl.lit(value) for name, value in values.items()})


@pytest.fixture
async def stocked(db: Pool) -> None:
    await load(db, "partners", like("partners", partner_id="hanbit"), AT)
    await load(db, "products", products(*GOODS), AT)
    for product_id, *_ in GOODS:
        sku = like("skus", sku=f"{product_id}-a", product_id=product_id, gtin="", options="")
        await load(db, "skus", sku, AT)


@asynccontextmanager
async def followed(url: str, at: Path, clock: SimClock) -> AsyncGenerator[Finder]:
    """A follower of the database, and somebody who asks."""
    stop = asyncio.Event()
    following = asyncio.create_task(Follower(url, at, clock, Whole()).keep(stop))
    finder = Finder(at)
    try:
        await until(finder, "우유", lambda found: True)
        yield finder
    finally:
        stop.set()
        await following


async def until(finder: Finder, text: str, holds: Callable[[Finds], bool], **asked: int) -> Finds:
    """Ask until the answer is as it should be."""
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                found = await search(finder, msgspec.convert({"text": text, **asked}, Asked))
            except SearchBuilding:
                await asyncio.sleep(0.02)
                continue
            if holds(found):
                return found
            await asyncio.sleep(0.02)


def ids(found: Finds) -> list[str]:
    return [hit.product_id for hit in found.hits]


@pytest.mark.usefixtures("stocked")
async def test_what_changes_is_found_as_it_is_now(db: Pool, url: str, tmp_path: Path) -> None:
    clock = SimClock(AT)
    async with followed(url, tmp_path, clock) as finder:
        found = await search(finder, Asked(text="dndb"))
        assert sorted(ids(found)) == ["milk-1", "milk-2"]
        assert (found.read_as, found.because, found.relaxed) == ("우유", "keyboard", False)
        assert [facet.value for facet in found.categories] == ["chilled", "chilled/dairy"]

        await load(
            db, "products", products(("milk-2", "chilled/dairy", "산들목장집 초코두유", "soy", "산들목장집")), AT
        )
        await until(finder, "우유", lambda found: ids(found) == ["milk-1"])
        await until(finder, "초코두유", lambda found: ids(found) == ["milk-2"])

        await load(db, "synonyms", like("synonyms", word="밀크", same="우유", mutual="false"), AT)
        await until(finder, "밀크", lambda found: ids(found) == ["milk-1"])

        await load(db, "categories", like("categories", category="pets/dog_food", name_ko="개밥"), AT)
        await until(finder, "개밥", lambda found: ids(found) == ["dog-1"])
        await until(finder, "밀크", lambda found: ids(found) == ["milk-1"])

        async with db.transaction() as conn:
            await conn.execute("DELETE FROM catalogue.sku WHERE product_id = 'egg-1'")
            await conn.execute("DELETE FROM catalogue.product WHERE product_id = 'egg-1'")
        await until(finder, "유정란", lambda found: found.total == 0)


@pytest.mark.usefixtures("stocked")
async def test_prices_begin_and_end_when_their_offers_do(db: Pool, url: str, tmp_path: Path) -> None:
    tomorrow, later = AT + timedelta(days=1), AT + timedelta(days=2)
    clock = SimClock(AT)
    span = {"valid_from": tomorrow.isoformat(), "valid_to": later.isoformat()}
    offer = like("offers", sku="milk-1-a", seller_id="hanbit", price_minor="2500", **span)
    await load(db, "offers", offer, AT)
    async with followed(url, tmp_path, clock) as finder:
        assert (await search(finder, Asked(text="우유", sort="cheapest"))).hits == []

        clock.set(tomorrow + timedelta(minutes=1))
        dear = await until(finder, "우유", lambda found: found.total == 1, price_from_minor=2500, price_to_minor=2500)
        assert [(hit.product_id, hit.price_minor) for hit in dear.hits] == [("milk-1", 2500)]
        assert [facet.goods for facet in dear.prices] == [1, 0, 0, 0, 0, 0]

        clock.set(later)
        await until(finder, "우유", lambda found: found.total == 0, price_from_minor=1)


@pytest.mark.usefixtures("stocked")
async def test_a_new_index_is_made_while_the_old_one_is_read(db: Pool, url: str, tmp_path: Path) -> None:
    (tmp_path / "gen-cut-short").mkdir()
    async with followed(url, tmp_path, SimClock(AT)) as finder:
        first = folder.current(tmp_path)
        assert first is not None
        (tmp_path / folder.REBUILD).touch()
        async with asyncio.timeout(WAIT_S):
            while (now := folder.current(tmp_path)) is None or now.name == first.name:
                assert (await search(finder, Asked(text="라면"))).total == 1
                await asyncio.sleep(0)
        await until(finder, "라면", lambda found: [path.name for path in tmp_path.glob("gen-*")] == [now.name])
        assert (await search(finder, Asked(text="라면"))).total == 1
        assert not (tmp_path / folder.REBUILD).exists()

        # A database that came out of a crash has forgotten who follows.
        async with db.transaction() as conn:
            await conn.execute("DELETE FROM search.follower")
        await load(db, "products", products(("new-1", "pantry", "면가온 우동사리", "udon", "면가온")), AT)
        await until(finder, "우동사리", lambda found: ids(found) == ["new-1"])


@pytest.mark.usefixtures("stocked")
async def test_who_comes_back_goes_on_where_it_was(db: Pool, url: str, tmp_path: Path) -> None:
    async with followed(url, tmp_path, SimClock(AT)):
        first = folder.current(tmp_path)
    await load(db, "products", products(("new-1", "pantry", "면가온 우동사리", "udon", "면가온")), AT)

    async with followed(url, tmp_path, SimClock(AT)) as finder:
        await until(finder, "우동사리", lambda found: ids(found) == ["new-1"])
        now = folder.current(tmp_path)

    assert first is not None
    assert now is not None
    assert now.name == first.name


@pytest.mark.usefixtures("stocked")
async def test_filters_facets_and_pages_agree(url: str, tmp_path: Path) -> None:
    async with followed(url, tmp_path, SimClock(AT)) as finder:
        everything = await search(finder, Asked())
        assert everything.total == len(GOODS)
        assert sum(facet.goods for facet in everything.brands) == len(GOODS)

        dairy = await search(finder, Asked(category="chilled"))
        assert sorted(ids(dairy)) == ["milk-1", "milk-2"]

        one = await search(finder, Asked(text="우유", brands=["초원나루"]))
        assert ids(one) == ["milk-1"]
        assert {facet.value: facet.goods for facet in one.brands} == {"초원나루": 1, "산들목장집": 1}

        pages = [ids(await search(finder, Asked(limit=2, offset=skip)))[:2] for skip in (0, 2, 4, 6)]
        assert sorted(each for page in pages for each in page) == sorted(ids(everything))

        assert ids(await search(finder, Asked(text="ramen-1-A"))) == ["ramen-1"]
        few = await search(finder, Asked(text="라면 무지개"))
        assert (ids(few), few.relaxed) == (["ramen-1"], True)
        assert (await search(finder, Asked(text="!!!"))).total == 0


async def test_without_an_index_it_says_why(tmp_path: Path) -> None:
    with pytest.raises(SearchOff):
        await search(Finder(None), Asked())
    with pytest.raises(SearchBuilding):
        await search(Finder(tmp_path), Asked())
