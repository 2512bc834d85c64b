"""Reasons in words, Korean and English. Kept apart from the promise: words may improve without changing any."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from sangdan.kit.money import spelled

from .answer import Reason

Language: TypeAlias = Literal["ko", "en"]

_CAUSES: Final[Mapping[str, tuple[str, str]]] = {
    "not_best": ("더 나을 것이 없음", "no better"),
    "no_stock": ("재고 부족", "not enough stock"),
    "too_heavy": ("배송 무게 제한 초과", "over the carrier's weight limit"),
    "temperature": ("보관·배송 온도를 지킬 수 없음", "cannot keep the temperature"),
    "too_late": ("제시간에 도착할 수 없음", "too late for this service"),
    "cut_off": ("오늘 마감 시간이 지남", "today's cut-off has passed"),
    "capacity": ("처리 가능 물량이 모두 참", "capacity is full"),
    "ad_hoc": ("임시 휴무", "closed for the day"),
    "holiday": ("공휴일 휴무", "closed for a public holiday"),
    "law": ("의무 휴업일", "closed today by law"),
    "too_far": ("너무 멂", "too far away"),
    "no_route": ("이 지역으로 가는 배송편이 없음", "no such delivery to this place"),
    "no_terms": ("운영사와의 계약 또는 환율이 없음", "no contract with its operator, or no exchange rate for it"),
    "no_rate": ("환율 정보가 없음", "no exchange rate for its charges"),
    "out_of_service": ("정전 등으로 운영 중단", "out of service"),
    "hours": ("영업 시간 전", "outside opening hours"),
}
_TEMPERATURES: Final[Mapping[str, tuple[str, str]]] = {
    "ambient": ("상온", "ambient"), "chilled": ("냉장", "chilled"), "frozen": ("냉동", "frozen"),
}  # fmt: skip

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "arrives_by": (
        "{node_id}에서 {ready_at}까지 포장해 {departs_at}에 출발합니다. "
        "{promised_at}까지 도착할 확률은 {probability}입니다.",
        "{node_id} packs it by {ready_at} and sends it off at {departs_at}. "
        "It arrives by {promised_at} with a probability of {probability}.",
    ),
    "ready_by": (
        "{node_id}에서 {promised_at}부터 찾으실 수 있습니다. 그때까지 준비될 확률은 {probability}입니다.",
        "{node_id} has it ready for you from {promised_at}, with a probability of {probability}.",
    ),
    "waits_supply": (
        "{sku} 상품이 {due_at}에 {node_id}에 입고됩니다.",
        "{sku} reaches {node_id} at {due_at}.",
    ),
    "waits_opening": (
        "{node_id}: {because}. {opens_at}에 다시 문을 엽니다.",
        "{node_id} opens again at {opens_at}: {because}.",
    ),
    "waits_capacity": (
        "{node_id}의 앞선 시간대가 모두 차서 {slot_at} 시간대에 준비합니다.",
        "The earlier hours at {node_id} are full; it is prepared in the hour from {slot_at}.",
    ),
    "waits_turn": (
        "{node_id}에서 먼저 받은 주문 {parcels}건 다음에 준비합니다.",
        "{node_id} has {parcels} order(s) to pick before it.",
    ),
    "missed_cut_off": (
        "{node_id}의 {cut_off_at} 마감에 맞출 수 없어 {departs_at}에 출발합니다.",
        "It cannot make the cut-off of {cut_off_at} at {node_id}, so it leaves at {departs_at}.",
    ),
    "one_parcel": ("한 상자로 옵니다.", "It comes in one parcel."),
    "split_short": (
        "모든 상품을 가진 곳이 없어 {parcels}상자로 나누어 옵니다.",
        "No single place has everything, so it comes in {parcels} parcels.",
    ),
    "split_cheaper": (
        "{parcels}상자로 나누면 {saved} 저렴합니다.",
        "In {parcels} parcels it costs you {saved} less.",
    ),
    "split_leaner": (
        "{parcels}상자로 나누어도 가격은 같고 운송비가 덜 듭니다.",
        "In {parcels} parcels it costs you the same, and less to carry.",
    ),
    "split_sooner": (
        "{parcels}상자로 나누면 같은 가격에 더 빨리 옵니다.",
        "In {parcels} parcels it costs the same and comes sooner.",
    ),
    "short": (
        "{sku} 상품 {units}개 중 {held}개만 제때 보낼 수 있습니다.",
        "Only {held} of {units} units of {sku} can be sent in time.",
    ),
    "too_scattered": (
        "상품이 여러 곳에 흩어져 있어 {parcels}상자 안에 담을 수 없습니다.",
        "The goods lie in too many places for {parcels} parcel(s).",
    ),
    "not_served": (
        "우편번호 {postcode}에는 이 서비스를 제공하는 곳이 없습니다.",
        "No place offers this service to postcode {postcode}.",
    ),
    "age_unknown": (
        "{sku} 상품은 만 {age_limit}세가 되는 해부터 살 수 있어 출생 연도가 필요합니다.",
        "{sku} is sold from the year of the {age_limit}th birthday on: a birth year is needed.",
    ),
    "under_age": (
        "{sku} 상품은 만 {age_limit}세가 되는 해부터 살 수 있습니다.",
        "{sku} is sold only from the year of the {age_limit}th birthday on.",
    ),
    "pickup_only": (
        "{sku} 상품은 매장에서 직접 받아야 합니다.",
        "{sku} can only be handed over in person, at a store.",
    ),
}  # fmt: skip
_PASSED: Final = (
    "더 가까운 {nodes}곳은 제외: {cause} (예: {node_id}).",
    "{nodes} nearer place(s) passed over: {cause} (e.g. {node_id}).",
)
_NODES: Final = ("{nodes}곳: {cause}.", "{nodes} place(s): {cause}.")
# A number, and the noun after it that stands for one or for several.
_COUNTED: Final = re.compile(r"(\b([\d,]+) (?:\w+ )?\w+)\(s\)")
_WEEKDAYS_KO: Final = "월화수목금토일"


def spoken(reason: Reason, language: Language, timezone: str) -> str:
    """A reason as a sentence.

    timezone  IANA name of the place where it is read
    """
    place = 0 if language == "ko" else 1
    family, _, cause = reason.code.partition("_")
    words = {name: said(name, arg, language, timezone) for name, arg in reason.args.items()}
    if "probability_ppm" in reason.args:
        words["probability"] = percent_said(int(reason.args["probability_ppm"]))
    if "saved_minor" in reason.args:
        words["saved"] = money_said(int(reason.args["saved_minor"]), str(reason.args["currency"]), language)
    if family in ("passed", "nodes"):
        words["cause"] = _CAUSES[cause][place]
        return counted((_PASSED if family == "passed" else _NODES)[place].format_map(words))
    return counted(_WORDS[reason.code][place].format_map(words))


def counted(text: str) -> str:
    """English as it is counted: 1 place(s) is 1 place, 2 nearer place(s) are 2 nearer places."""
    return _COUNTED.sub(lambda found: found[1] + ("" if found[2] == "1" else "s"), text)


def cause_said(cause: str, language: Language) -> str:
    """What keeps nodes out, in a few words."""
    return _CAUSES[cause][0 if language == "ko" else 1]


def said(name: str, arg: str | int, language: Language, timezone: str) -> str:
    """An argument as people say it: causes and temperatures by their words, instants on the shoppers' clock.

    name  of the argument; instants are named `..._at` and are ISO 8601 text
    """
    place = 0 if language == "ko" else 1
    if name == "because":
        return _CAUSES[str(arg)][place]
    if name == "temperature":
        return _TEMPERATURES.get(str(arg), (str(arg), str(arg)))[place]
    if name.endswith("_at"):
        return _instant(datetime.fromisoformat(str(arg)).astimezone(ZoneInfo(timezone)), place)
    return f"{arg:,}" if isinstance(arg, int) else arg


def _instant(at: datetime, place: int) -> str:
    if place == 0:
        return f"{at.month}월 {at.day}일({_WEEKDAYS_KO[at.weekday()]}) {at:%H:%M}"
    return f"{at:%a} {at.day} {at:%b} {at:%H:%M}"


def money_said(amount_minor: int, currency: str, language: Language) -> str:
    """An amount with its currency."""
    place = 0 if language == "ko" else 1
    if currency == "KRW":
        return f"{amount_minor:,}{('원', ' won')[place]}"
    return f"{spelled(amount_minor, currency)} {currency}"


def percent_said(ppm: int) -> str:
    """Parts per million as a percentage with one decimal, rounded down: a promise is never said better than it is."""
    tenths = ppm // 1000
    return f"{tenths // 10}.{tenths % 10}%"
