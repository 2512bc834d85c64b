"""What a shop shows of the demo world's goods: categories, pictures, what is told of them and how much is in them."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import polars as pl

from .grammar import PACKAGE
from .packs import amount

# The food, drink and household goods whose price by content a shop must tell; the others have none.
_PRICED: Final = (
    "fresh",
    "chilled",
    "frozen",
    "pantry",
    "drinks",
    "household/paper",
    "household/laundry",
    "kids/baby_food",
)
_LIQUID: Final = re.compile(r"\dm?L(?![A-Za-z])")
_COUNTED: Final = {"매": ("sheet", 10), "롤": ("each", 1), "구": ("each", 10), "개": ("each", 1), "입": ("each", 1)}
_TOLD: Final = {
    "fresh": ("산지에서 거둔 그대로 골라 담아 신선하게 보내 드립니다.", "Picked where it grew, and sent to you fresh."),
    "chilled": ("받는 순간까지 냉장으로 지켜 보내 드립니다.", "Kept chilled until it is in your hands."),
    "frozen": ("영하 18도 아래에서 보관하고 그대로 배송합니다.", "Stored and delivered at -18 °C or below."),
    "pantry": ("두고두고 꺼내 쓰기 좋은 우리 집 곳간 상품입니다.", "Made to wait in the pantry until you need it."),
    "drinks": ("시원하게 두었다가 언제든 꺼내 드세요.", "Keep a few cold for whenever you like."),
    "household": ("매일 손이 가는 만큼 튼튼하고 쓰기 편하게 만들었습니다.", "Made for every day, sturdy and simple."),
    "beauty": ("피부에 닿는 것이라 순하게 만들었습니다.", "Gentle, because it touches your skin."),
    "fashion": ("입을수록 편해지는 소재와 재단으로 만들었습니다.", "Cloth and cut that soften with wear."),
    "shoes": ("오래 걸어도 편안하도록 발 모양을 따라 만들었습니다.", "Shaped to the foot, for a long walk in comfort."),
    "electronics": ("꼭 필요한 기능을 쓰기 쉽게 담았습니다.", "The functions you need, simple to use."),
    "kids": ("아이가 쓰는 것이라 안전을 먼저 생각했습니다.", "Safety first, because it is for a child."),
    "pets": ("함께 사는 가족을 위해 좋은 것만 골랐습니다.", "Chosen with care for the family member on four legs."),
    "books": ("천천히 읽어도 좋은 한 권입니다.", "A book to take your time with."),
    "overseas": ("해외에서 직접 들여온 상품입니다.", "Brought in from abroad."),
}  # fmt: skip
_KEPT: Final = {
    "ambient": ("직사광선을 피해 실온에 보관하세요.", "Store at room temperature, away from the sun."),
    "chilled": ("0~10℃에서 냉장 보관하세요.", "Keep chilled at 0 to 10 °C."),
    "frozen": ("-18℃ 이하에서 냉동 보관하세요.", "Keep frozen at -18 °C or below."),
}
_COUNTRIES: Final = {
    "KR": ("대한민국", "Korea"), "US": ("미국", "United States"), "AU": ("호주", "Australia"), "CL": ("칠레", "Chile"),
    "NO": ("노르웨이", "Norway"), "PH": ("필리핀", "Philippines"), "TH": ("태국", "Thailand"),
    "NZ": ("뉴질랜드", "New Zealand"),
    "PK": ("파키스탄", "Pakistan"), "ET": ("에티오피아", "Ethiopia"), "CO": ("콜롬비아", "Colombia"),
    "BR": ("브라질", "Brazil"),
    "KE": ("케냐", "Kenya"), "GT": ("과테말라", "Guatemala"), "MX": ("멕시코", "Mexico"), "CN": ("중국", "China"),
    "VN": ("베트남", "Viet Nam"), "JP": ("일본", "Japan"), "DE": ("독일", "Germany"), "FR": ("프랑스", "France"),
    "IT": ("이탈리아", "Italy"), "ES": ("스페인", "Spain"), "CH": ("스위스", "Switzerland"),
    "BE": ("벨기에", "Belgium"),
    "CA": ("캐나다", "Canada"), "DK": ("덴마크", "Denmark"), "GB": ("영국", "United Kingdom"),
    "PT": ("포르투갈", "Portugal"),
    "TR": ("튀르키예", "Türkiye"), "IN": ("인도", "India"), "ID": ("인도네시아", "Indonesia"), "TW": ("대만", "Taiwan"),
}  # fmt: skip


class Filed(NamedTuple):
    """A category of the tables: its names, its picture, and pictures by words that names of its goods hold."""

    name_ko: str
    name_en: str
    picture: str
    words: tuple[tuple[str, str], ...]


@cache
def filed() -> dict[str, Filed]:
    """All categories by path, in the order in which a shop shows them."""
    text = (files(PACKAGE) / "goods" / "categories.toml").read_text(encoding="utf-8")
    rows: dict[str, list[str]] = tomllib.loads(text)
    return {
        path: Filed(name_ko, name_en, shown, tuple(_pair(each) for each in words.split()))
        for path, (name_ko, name_en, shown, words) in rows.items()
    }


def _pair(rule: str) -> tuple[str, str]:
    word, _, shown = rule.partition(":")
    return word, shown


def picture(category: str, name_ko: str) -> str:
    """The name of the picture of goods of a category.

    name_ko  without the brand
    """
    known = filed()[category]
    return next((shown for word, shown in known.words if word in name_ko), known.picture)


def categories() -> pl.DataFrame:
    """The columns of catalogue.category."""
    rows = [
        (path, each.name_ko, each.name_en, each.picture, place) for place, (path, each) in enumerate(filed().items())
    ]
    return pl.DataFrame(rows, schema=["category", "name_ko", "name_en", "picture", "place"], orient="row")


def contents(sku: pl.DataFrame, product: pl.DataFrame) -> pl.DataFrame:
    """The columns of catalogue.content, for goods that are sold by the pack and whose unit price must be told."""
    packed = product.filter(pl.col("options").list.first() == "pack").select("product_id", "category")
    rows = [
        (code, *found)
        for code, options, category in sku.join(packed, on="product_id", maintain_order="left")
        .select("sku", "options", "category")
        .iter_rows()
        if category.startswith(_PRICED) and (found := content(options[0])) is not None
    ]
    return pl.DataFrame(rows, schema={"sku": str, "amount": int, "unit": str, "per": int}, orient="row")


def content(pack: str) -> tuple[int, str, int] | None:
    """How much a pack holds, in which unit, and for how much of it its price is told; None when that says little."""
    many, measured = amount(pack)
    if measured:
        return max(1, round(many)), "ml" if _LIQUID.search(pack) else "g", 100
    counted = next((told for word, told in _COUNTED.items() if word in pack), None)
    return None if counted is None or many < 2 else (round(many), *counted)


def texts(product: pl.DataFrame, sku: pl.DataFrame) -> pl.DataFrame:
    """The columns of catalogue.product_text: what is told of each product, from its first SKU."""
    first = sku.group_by("product_id", maintain_order=True).first()
    joined = product.join(first.select("product_id", "origin", "temperature", "weight_g", "length_mm", "width_mm",
                                       "height_mm"), on="product_id", maintain_order="left")  # fmt: skip
    return pl.DataFrame([_text(row) for row in joined.iter_rows(named=True)])


def _text(row: dict[str, object]) -> dict[str, object]:
    told_ko, told_en = _TOLD[str(row["category"]).partition("/")[0]]
    kept_ko, kept_en = _KEPT[str(row["temperature"])]
    country_ko, country_en = _COUNTRIES[str(row["origin"])]
    size = f"{row['length_mm']} × {row['width_mm']} × {row['height_mm']} mm"
    weight = f"{int(str(row['weight_g'])):,} g"
    return {
        "product_id": row["product_id"],
        "description_ko": f"{told_ko} {kept_ko}",
        "description_en": f"{told_en} {kept_en}",
        "notice_ko": [f"품명: {row['name_ko']}", f"원산지: {country_ko}", f"보관방법: {kept_ko}",
                      f"포장 무게: {weight}", f"포장 크기: {size}", "소비자상담: 판매자 정보의 연락처"],
        "notice_en": [f"Name: {row['name_en']}", f"Origin: {country_en}", f"Storage: {kept_en}",
                      f"Packed weight: {weight}", f"Packed size: {size}", "Questions: to the seller, see its details"],
    }  # fmt: skip
