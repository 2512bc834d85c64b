"""Products and their SKUs, made from the tables in `goods/`."""

from itertools import islice
from itertools import product as pairs
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from . import showing, skus
from .grammar import DEPARTMENTS, Item, departments, items
from .randomness import some

# Brands for a world larger than the tables: two Korean words each, every department has its own 64.
_BRAND_STARTS: Final = (
    "도란", "나래", "마루", "이음", "두레", "아람", "미리", "보람", "소담", "온새", "윤슬", "여울", "누비",
    "시나", "라온", "바림", "다솜", "하람", "초롱", "가람", "모두", "새론", "한결", "고운", "나무", "노을",
    "단비", "달빛", "별하", "솔향", "이든", "하나",
)  # fmt: skip
_BRAND_ENDS: Final = (
    "상회", "곳간", "공방", "일기", "식탁", "온기", "나들", "서랍", "마당", "하루", "뜨락", "살롱", "산책",
    "조각", "이랑", "노트", "가게", "골목", "다락", "언덕", "둥지", "정원", "창고", "편지", "우산", "구름",
    "나루", "연구소",
)  # fmt: skip
MOST_PRODUCTS: Final = 100_000
_ZIPF: Final = 0.9
_HEAD: Final = 3.0  # flattens the very top, so that no product takes a tenth of its department

_SKU: Final = {
    "sku": pl.String, "product_id": pl.String, "gtin": pl.String, "name_ko": pl.String, "name_en": pl.String,
    "options": pl.List(pl.String), "weight_g": pl.Int64, "length_mm": pl.Int64, "width_mm": pl.Int64,
    "height_mm": pl.Int64, "temperature": pl.String, "vat_class": pl.String, "hs_code": pl.String,
    "origin": pl.String, "age_limit": pl.Int64, "pickup_only": pl.Boolean,
}  # fmt: skip


class Goods(NamedTuple):
    """What is sold, and how much of it is wanted.

    product  the columns of catalogue.product
    sku      the columns of catalogue.sku
    demand   a row for each SKU, in the same order: sku, department, affinity, temperature, pickup_only, overseas,
             weight_g, price_minor (won) and share (of all order lines; sums to 1)
    """

    product: pl.DataFrame
    sku: pl.DataFrame
    demand: pl.DataFrame


def goods(products: int, rng: np.random.Generator) -> Goods:
    """That many products with their SKUs, about one and a half each.

    products  100..MOST_PRODUCTS; past about 25,000 the tables' brands are not enough and more are invented
    """
    assert products <= MOST_PRODUCTS
    names = list(departments())
    quota = share_out(products, np.array([departments()[name].share for name in names]), np.full(len(names), products))
    product_rows: list[dict[str, object]] = []
    sku_rows: list[dict[str, Any]] = []
    for name, count in zip(names, quota.tolist(), strict=True):
        for item, number, weight in _department(name, count, rng):
            product_id = f"p{len(product_rows) + 1:06d}"
            brand, name_ko, name_en = item.name(number)
            made = skus.variants(item, rng)
            product_rows.append(
                {
                    "product_id": product_id,
                    "category": f"{name}/{item.shelf.category}",
                    "name_ko": name_ko,
                    "name_en": name_en,
                    "brand": brand or None,
                    "options": made.options,
                    "picture": showing.picture(f"{name}/{item.shelf.category}", name_ko.removeprefix(brand)),
                }
            )
            parts = rng.dirichlet(np.full(len(made.forms), 4.0)) * weight
            rows = skus.rows(item, departments()[name], product_id, (name_ko, name_en), made, rng)
            sku_rows.extend({**row, "department": name, "share": part} for row, part in zip(rows, parts, strict=True))
    beside = {"department": pl.String, "price_minor": pl.Int64, "share": pl.Float64}
    table = pl.DataFrame(sku_rows, schema={**_SKU, **beside})
    table = table.with_columns(gtin=pl.Series([skus.gtin(number) for number in rng.permutation(table.height).tolist()]))
    return Goods(_products(product_rows), table.select(list(_SKU)), _demand(table))


def share_out(total: int, weights: npt.NDArray[np.float64], room: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give `total` out in proportion to `weights`, to none more than its `room`, all of it."""
    assert int(room.sum()) >= total
    given = np.zeros(len(weights), dtype=np.int64)
    while (left := total - int(given.sum())) > 0:
        exact = np.where(given < room, weights, 0.0)
        exact *= left / exact.sum()
        step = np.floor(exact).astype(np.int64)
        if not step.any():
            step[np.argsort(-exact, kind="stable")[:left]] = 1
        given += np.minimum(step, room - given)
    return given


def _department(name: str, count: int, rng: np.random.Generator) -> list[tuple[Item, int, float]]:
    """Draw `count` names of a department, none twice; an item comes as often as the root of its possible names.

    gives  item, number of the name, weight in demand
    """
    extra: list[str] = []
    rows = items(name, extra)
    invented = islice(pairs(_BRAND_ENDS, _BRAND_STARTS), DEPARTMENTS.index(name), None, len(DEPARTMENTS))
    while sum(row.names for row in rows) < 1.2 * count:
        extra.append("".join(reversed(next(invented))))
        rows = items(name, extra)
    room = np.array([row.names for row in rows], dtype=np.int64)
    quota = share_out(count, np.sqrt(room), room)
    chosen = [
        (row, number)
        for row, wanted in zip(rows, quota.tolist(), strict=True)
        for number in some(range(row.names), wanted, rng)
    ]
    # Chance and a low price together decide the rank.
    price = np.array([row.price_minor for row, _ in chosen], dtype=np.float64)
    rank = np.argsort(np.argsort(rng.exponential(size=len(chosen)) * price**0.4, kind="stable"), kind="stable")
    weight = (rank + _HEAD) ** -_ZIPF
    weight *= departments()[name].demand / weight.sum()
    return [(row, number, w) for (row, number), w in zip(chosen, weight.tolist(), strict=True)]


def _products(rows: list[dict[str, object]]) -> pl.DataFrame:
    text = dict.fromkeys(["product_id", "category", "name_ko", "name_en", "brand"], pl.String)
    return pl.DataFrame(rows, schema={**text, "options": pl.List(pl.String), "picture": pl.String})


def _demand(table: pl.DataFrame) -> pl.DataFrame:
    affinity = {name: department.affinity for name, department in departments().items()}
    abroad = [name for name, department in departments().items() if department.overseas]
    return table.select(
        "sku",
        "department",
        pl.col("department").replace_strict(affinity, return_dtype=pl.String).alias("affinity"),
        "temperature",
        "pickup_only",
        pl.col("department").is_in(abroad).alias("overseas"),
        "weight_g",
        "price_minor",
        pl.col("share") / pl.col("share").sum(),
    )
