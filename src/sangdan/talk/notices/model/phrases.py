"""What a template's names stand for: amounts, dates and reasons as a shop says them, in Korean and English."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from sangdan.kit.money import spelled

from .decision import Args
from .picture import Names
from .receiver import Language

# Of an item's name so many characters are said; a message is no catalogue.
NAME_MOST: Final = 40
NAME_MOST_OF_A_PART: Final = 20
MISSING_MOST: Final = 3
_WEEKDAYS_KO: Final = "월화수목금토일"
_PPM_PER_CENT: Final = 10_000

_BECAUSE: Final[Mapping[str, tuple[str, str]]] = {
    "operator": ("판매처의 사정으로", "For reasons on the seller's side,"),
    "not_on_shelf": ("재고를 확인해 보니 상품이 없어", "We looked and the goods were not there, so"),
    "lost_in_transit": ("배송 중 상자를 잃어버려", "A parcel was lost on its way, so"),
    "late_pick": ("상품을 준비하는 데 시간이 더 걸려", "It takes us longer to prepare, so"),
    "missed_departure": ("예정된 배송 차량에 싣지 못해", "It missed the run that it was meant for, so"),
    "slow_transit": ("배송이 평소보다 오래 걸려", "It takes longer on its way than usual, so"),
    "carrier_exception": ("배송 중에 문제가 생겨", "The carrier reports trouble, so"),
    "lane_closed": ("배송 노선이 막혀", "The route it takes is closed, so"),
    "node_down": ("물류센터를 운영할 수 없게 되어", "A fulfilment centre is out of service, so"),
    "node_power": ("물류센터에 정전이 나", "A fulfilment centre has lost its power, so"),
    "node_fire": ("물류센터에 불이 나", "There was a fire in a fulfilment centre, so"),
    "node_flood": ("물류센터가 물에 잠겨", "A fulfilment centre was flooded, so"),
    "node_other": ("물류센터를 운영할 수 없게 되어", "A fulfilment centre is out of service, so"),
}
_OTHERWISE: Final = ("부득이한 사정으로", "For reasons we could not avoid,")


def instant(at: datetime, language: Language, timezone: str) -> str:
    """A local instant as people say it; midnight, and the minute before it, is the end of a day."""
    local = at.astimezone(ZoneInfo(timezone))
    if (local.hour, local.minute) in ((0, 0), (23, 59)):
        day = (local - timedelta(minutes=1)).date()
        return f"{_day(day, language)} 밤 12시" if language == "ko" else f"the end of {_day(day, language)}"
    if language == "en":
        half = "am" if local.hour < 12 else "pm"
        return f"{_day(local.date(), language)}, {(local.hour - 1) % 12 + 1}:{local.minute:02} {half}"
    minutes = f" {local.minute}분" if local.minute else ""
    return f"{_day(local.date(), language)} {_hour_ko(local.hour)}{minutes}"


def _day(day: date, language: Language) -> str:
    if language == "ko":
        return f"{day.month}월 {day.day}일({_WEEKDAYS_KO[day.weekday()]})"
    return f"{day:%a} {day.day} {day:%b}"


def _hour_ko(hour: int) -> str:
    if hour < 6:
        return f"새벽 {hour}시"
    if hour < 12:
        return f"오전 {hour}시"
    if hour == 12:
        return "낮 12시"
    return f"{'오후' if hour < 21 else '밤'} {hour - 12}시"


def amount(amount_minor: int, currency: str, language: Language) -> str:
    """Money as people write it: 12,900원, KRW 12,900."""
    if language == "ko" and currency == "KRW":
        return f"{spelled(amount_minor, currency)}원"
    return f"{currency} {spelled(amount_minor, currency)}"


def chance(ppm: int, language: Language) -> str:
    """A probability in plain words, rounded down: a promise is never said better than it is."""
    times = min(ppm // _PPM_PER_CENT, 99)
    if language == "ko":
        return f"같은 약속을 100번 하면 {times}번은 지킵니다"
    return f"of 100 such promises we keep {times}"


def things(items: Sequence[tuple[Names, int]], most: int, language: Language, letters: int = NAME_MOST) -> str:
    """Goods with their units: the first `most` by name, the others counted.

    letters  of a name that are said
    """
    ko = language == "ko"
    said = [
        f"{_short(names.ko, letters)} {units}개" if ko else f"{units} x {_short(names.en, letters)}"
        for names, units in items[:most]
    ]
    left = len(items) - most
    if left > 0:
        return ", ".join(said) + (f" 외 {left}건" if ko else f" and {left} more")
    return ", ".join(said)


def _short(name: str, letters: int) -> str:
    return name if len(name) <= letters else name[: letters - 3].rstrip() + "..."


def _name(names: Names | None, language: Language) -> str:
    assert names is not None, "this message speaks of a place or a carrier"
    return names.ko if language == "ko" else names.en


def _date(at: datetime | None, args: Args, language: Language) -> str:
    assert at is not None, "this message speaks of a date"
    return instant(at, language, args.timezone)


def _arrival(args: Args, language: Language) -> str:
    by = _date(args.by_at, args, language)
    if args.place is None:
        return f"{by}까지 도착합니다" if language == "ko" else f"It arrives by {by}"
    place = _name(args.place, language)
    return f"{by}부터 {place}에서 찾으실 수 있습니다" if language == "ko" else f"Collect it from {by} at {place}"


def _parts(args: Args, language: Language) -> str:
    """A line for each order of a purchase: what, and by when or from where."""
    lines: list[str] = []
    for number, part in enumerate(args.parts, start=1):
        what = things(part.items, 1, language, NAME_MOST_OF_A_PART)
        arrival = _arrival(replace(args, by_at=part.by_at, place=part.place), language)
        lines.append(f"{number}. {what}{':' if language == 'ko' else '.'} {arrival}.")
    return "\n".join(lines)


def _money(args: Args, language: Language) -> str:
    said = amount(args.amount_minor, args.currency, language)
    if args.money == "nothing":
        return "돌려드릴 금액은 없습니다." if language == "ko" else "There is nothing to refund."
    if args.money == "refund":
        if language == "ko":
            return f"{said}을 돌려드립니다. 영업일로 3일 안에 처리됩니다."
        return f"We refund {said} within three business days."
    if language == "ko":
        return f"{said}은 청구되지 않습니다."
    return f"You are not charged {said}."


def _choice(args: Args, language: Language) -> str:
    if args.stoppable:
        if language == "ko":
            return "기다리기 어려우시면 출발하기 전까지 주문 페이지에서 무료로 취소하실 수 있습니다."
        return "If that is too late for you, you can cancel it free of charge on your order's page until it leaves."
    if args.cancellable:
        if language == "ko":
            return "기다리기 어려우시면 상품 준비가 시작되기 전까지 취소하실 수 있습니다."
        return "If that is too late for you, you can cancel until we begin to pick your order."
    if language == "ko":
        return (
            "이미 준비 중이라 지금은 취소되지 않지만, 받으신 날부터 7일 안에 청약을 철회하실 수 있습니다"
            "(신선식품처럼 법에서 정한 상품은 제외)."
        )
    return (
        "It is being prepared and cannot be cancelled now, but you may withdraw within seven days of receiving it "
        "(goods that the law excepts, such as fresh food, aside)."
    )


def _confirm(args: Args, language: Language) -> str:
    """When the order confirms itself; nothing while part of it is still to come."""
    if args.confirm_on is None:
        return "나머지 상품도 약속대로 보내 드립니다." if language == "ko" else "The rest comes as promised."
    day = _day(date.fromisoformat(args.confirm_on), language)
    if language == "ko":
        return f"{day}에 구매가 자동으로 확정됩니다."
    return f"On {day} the order counts as confirmed by itself."


def _because(args: Args, language: Language) -> str:
    return _BECAUSE.get(args.why, _OTHERWISE)[0 if language == "ko" else 1]


def _free(args: Args, language: Language) -> str:
    if args.cancellable:
        return (
            "상품 준비가 시작되기 전까지 취소하실 수 있습니다."
            if language == "ko"
            else "You can cancel until we begin to pick it."
        )
    return "이미 상품을 준비하고 있습니다." if language == "ko" else "We are picking it already."


Say: TypeAlias = Callable[[Args, Language], str]

PHRASES: Final[Mapping[str, Say]] = {
    "order_no": lambda args, _: args.order_no,
    "shop": lambda args, language: _name(args.shop, language),
    "items": lambda args, language: things(args.items, 1, language),
    "missing": lambda args, language: things(args.missing, MISSING_MOST, language),
    "total": lambda args, language: amount(args.total_minor, args.currency, language),
    "arrival": _arrival,
    "parts": _parts,
    "by": lambda args, language: _date(args.by_at, args, language),
    "was": lambda args, language: _date(args.was_at, args, language),
    "chance": lambda args, language: chance(args.chance_ppm, language),
    "money": _money,
    "because": _because,
    "choice": _choice,
    "free": _free,
    "place": lambda args, language: _name(args.place, language),
    "carrier": lambda args, language: _name(args.carrier, language),
    "tracking": lambda args, _: ", ".join(args.tracking_nos),
    "confirm": _confirm,
}
