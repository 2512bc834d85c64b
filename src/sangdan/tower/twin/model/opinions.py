"""What the demo world's shoppers say of what arrived: it follows from the goods, the parcel and the seed."""

from typing import Final

import msgspec

from .randomness import chance, normal

# Of a hundred lines that arrived so many are spoken of.
SPOKEN_OF: Final = 0.35
# How good goods are on the whole, in stars, and how far apart they and the shoppers lie.
_GOOD: Final = 4.45
_GOODS_APART: Final = 0.35
_SHOPPERS_APART: Final = 0.75
_LATE: Final = 1.3  # stars that a late parcel costs
_PRAISE: Final = {
    "fresh": ("싱싱하고 달아요.", "생각보다 알이 굵고 좋습니다.", "손질이 잘 되어 있어요.", "향이 살아 있네요."),
    "chilled": ("차갑게 잘 왔고 맛이 담백해요.", "아이들이 잘 먹어요.", "집밥 같은 맛이라 또 살 것 같아요."),
    "frozen": ("꽁꽁 언 채로 왔어요.", "데우기만 하면 되니 편합니다.", "냉동인데도 식감이 살아 있어요."),
    "pantry": ("간이 딱 맞아요.", "늘 쟁여 두는 제품입니다.", "양이 넉넉해서 좋네요.", "깔끔한 맛이에요."),
    "drinks": ("시원하게 마시기 좋아요.", "많이 달지 않아서 손이 갑니다.", "포장이 튼튼했어요."),
    "household": ("튼튼하고 쓰기 편해요.", "가격 생각하면 아주 만족합니다.", "다 쓰면 또 살게요."),
    "beauty": ("순하고 끈적이지 않아요.", "피부가 촉촉해졌어요.", "향이 은은해서 마음에 듭니다."),
    "fashion": ("핏이 예쁘고 편해요.", "사진과 색이 같아요.", "세탁해도 줄지 않네요."),
    "shoes": ("오래 걸어도 편해요.", "정사이즈로 잘 맞습니다.", "가볍고 예뻐요."),
    "electronics": ("설명서 없이도 바로 썼어요.", "조용하고 성능도 좋습니다.", "마감이 깔끔해요."),
    "kids": ("아이가 좋아해요.", "냄새 없이 안심하고 씁니다.", "선물했더니 반응이 좋았어요."),
    "pets": ("우리 아이가 잘 먹어요.", "기호성이 좋네요.", "튼튼해서 오래 쓸 것 같아요."),
    "books": ("술술 읽힙니다.", "구성이 알차요.", "선물하기 좋은 책이에요."),
    "overseas": ("해외 제품인데 금방 왔어요.", "정품이라 믿고 삽니다.", "기대한 그대로예요."),
}  # fmt: skip
_MIDDLING: Final = (
    "무난합니다.",
    "가격만큼은 해요.",
    "나쁘지 않지만 특별하지도 않네요.",
    "보통이에요. 급할 때 쓰기 좋습니다.",
)
_POOR: Final = ("기대보다 아쉬워요.", "사진과 조금 달라요.", "다음에는 다른 걸 사 볼게요.", "포장이 눌려서 왔어요.")
_ON_TIME: Final = ("약속한 시간에 왔어요.", "배송도 빨랐습니다.", "", "", "")
# Now and then somebody writes what is not for everybody: no line has the exchange 0000 behind 010.
_ASKS: Final = ("교환하고 싶어요. 010-0000-2580으로 연락 주세요.", "연락처 010-0000-1234 남깁니다. 확인 부탁드려요.")
_ASKING: Final = 0.03
_BEHIND: Final = ("약속한 날보다 늦게 왔어요.", "배송이 늦어서 아쉬웠습니다.")


class Opinion(msgspec.Struct, frozen=True):
    """What a shopper says of a line: 1..5 stars and a sentence or two in Korean."""

    stars: int
    body: str


def opinion(seed: int, order_id: str, line_no: int, product_id: str, category: str, *, late: bool) -> Opinion | None:
    """What is said of a line that arrived; None of most.

    category  of the product; what is praised depends on its department
    late      whether a parcel of the order came later than promised
    """
    if chance(seed, "speaks", order_id, line_no) >= SPOKEN_OF:
        return None
    felt = _GOOD + _GOODS_APART * normal(seed, "goods", product_id)
    felt += _SHOPPERS_APART * normal(seed, "shopper", order_id, line_no) - (_LATE if late else 0)
    stars = min(5, max(1, round(felt)))
    praise = _PRAISE.get(category.partition("/")[0], _MIDDLING)
    about = (_POOR, _POOR, _MIDDLING, praise, praise)[stars - 1]
    first = _one_of(about, seed, "first", order_id, line_no)
    if chance(seed, "asks", order_id, line_no) < _ASKING:
        return Opinion(stars, f"{first} {_one_of(_ASKS, seed, 'how', order_id, line_no)}")
    second = _one_of(_BEHIND if late else _ON_TIME, seed, "second", order_id, line_no)
    return Opinion(stars, f"{first} {second}".strip())


def waits_s(seed: int, order_id: str) -> int:
    """How long after everything arrived a shopper writes, in seconds: from minutes to some hours."""
    return round(300 + 9_000 * chance(seed, "writes", order_id))


def _one_of(said: tuple[str, ...], seed: int, *names: str | int) -> str:
    return said[int(chance(seed, *names) * len(said))]
