"""Which message a fact amounts to, when it may go out, by which way, and that its words fit."""

import re
import unicodedata
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.talk.notices.errors import NoSuchTemplate
from sangdan.talk.notices.model import (
    LMS_BYTES,
    SMS_BYTES,
    Address,
    Args,
    Go,
    Hold,
    Hurry,
    Known,
    Language,
    LineNow,
    Names,
    ParcelNow,
    PartSaid,
    Picture,
    Receiver,
    Said,
    Silence,
    Topic,
    Wish,
    alike,
    as_one,
    as_sold,
    code,
    cut_to,
    decide,
    legs,
    may_send,
    particle,
    quiet_until,
    registered,
    render,
    retry_at,
    sms_bytes,
    speakable,
    template,
    templates,
)
from sangdan.talk.notices.model.phrases import amount, chance, instant, things

SEOUL = "Asia/Seoul"
NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 13, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 23, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MILK, BREAD = Names("우유", "Milk"), Names("식빵", "Bread")
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
HURRY: tuple[Hurry, ...] = ("reply", "coming", "calm")
hurries = st.sampled_from(HURRY)
EVERYTHING = Args(
    order_no="A1", shop=Names("가게", "Shop"), timezone=SEOUL, currency="KRW", items=((MILK, 2), (BREAD, 1)),
    missing=((BREAD, 1),), total_minor=12_900, amount_minor=4_500, money="refund", why="not_on_shelf", by_at=NOON + DAY,
    was_at=NOON, chance_ppm=972_345, place=Names("강남점", "Gangnam"), carrier=Names("빠른택배", "Swift"),
    tracking_nos=("1",), confirm_on="2026-12-02",
    parts=(PartSaid(((MILK, 2),), NOON + DAY), PartSaid(((BREAD, 1),), NOON, Names("강남점", "Gangnam"))),
)  # fmt: skip


# --- particles and bytes


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("우유", "이/가", "가"),
        ("식빵", "이/가", "이"),
        ("서울", "으로/로", "로"),
        ("부산", "으로/로", "으로"),
        ("제주", "으로/로", "로"),
        ("우유 1", "은/는", "은"),
        ("우유 2", "은/는", "는"),
        ("7", "으로/로", "로"),
        ("3", "으로/로", "으로"),
        ("식빵 (대)", "을/를", "을"),
        ("우유(1L)", "을/를", "를"),
        ("‘우유’", "과/와", "와"),
        ("11월 22일(일)", "이/가", "이"),
        ("11월 22일(일)", "으로/로", "로"),
        ("GS25", "을/를", "를"),
        ("milk", "이/가", "이(가)"),
        ("milk", "으로/로", "(으)로"),
        ("", "은/는", "은(는)"),
    ],
)
def test_particles_fit_their_word(word: str, pair: str, expected: str) -> None:
    assert particle(word, pair) == expected


@given(st.integers(ord("가"), ord("힣")))
def test_every_syllable_takes_one_form(point: int) -> None:
    """Decomposed by Unicode, a syllable with a final consonant has three parts."""
    closed = len(unicodedata.normalize("NFD", chr(point))) == 3
    assert particle(chr(point), "이/가") == ("이" if closed else "가")


@given(st.text(st.characters(max_codepoint=0x7F)), st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)))
def test_bytes_are_one_for_latin_and_two_for_hangul(latin: str, hangul: str) -> None:
    assert sms_bytes(latin + hangul) == len(latin) + 2 * len(hangul)


@given(st.text(), st.integers(3, 200))
def test_what_is_cut_fits_and_can_be_sent(text: str, most: int) -> None:
    cut = cut_to(speakable(text), most)
    assert sms_bytes(cut) <= most
    assert cut == speakable(cut)
    assert sms_bytes(text) > most or cut == speakable(text)


# --- when


@given(instants)
def test_quiet_hours_end_at_eight(at: datetime) -> None:
    local = at.astimezone(ZoneInfo(SEOUL)).time()
    until = quiet_until(at, SEOUL)
    assert (until is None) == (time(8) <= local < time(21))
    if until is not None:
        assert at < until <= at + 11 * HOUR
        assert until.astimezone(ZoneInfo(SEOUL)).time() == time(8)
        assert quiet_until(until, SEOUL) is None


@given(instants, st.sets(st.sampled_from(["ads", "ads_night"])), hurries)
def test_no_advertisement_without_consent(at: datetime, consents: set[str], hurry: Hurry) -> None:
    """정보통신망법 제50조: consent before any, and one of its own for the night."""
    decided = may_send("ad", hurry, consents, at, None, at, SEOUL)
    night = quiet_until(at, SEOUL)
    if "ads" not in consents:
        assert decided == Silence("no_consent")
    elif night is not None and "ads_night" not in consents:
        assert decided == Hold(night, "night")
    else:
        assert decided == Go()


@given(instants)
def test_by_day_whatever_is_ordered_is_told_at_once(at: datetime) -> None:
    decided = [may_send("order", hurry, (), at - DAY, at + 9 * DAY, at, SEOUL) for hurry in HURRY]
    night = quiet_until(at, SEOUL)
    assert decided == [Go() if night is None else Hold(night, "quiet_hours")] * 3


@pytest.mark.parametrize(
    ("hurry", "heard_at", "soon_at", "goes"),
    [
        ("reply", NIGHT - timedelta(minutes=30), None, True),
        ("reply", NIGHT - timedelta(minutes=31), None, False),
        ("coming", NIGHT - DAY, None, True),
        ("coming", NIGHT, NIGHT + 12 * HOUR, True),
        ("coming", NIGHT, NIGHT + 13 * HOUR, False),
        ("calm", NIGHT, NIGHT, False),
    ],
)
def test_at_night_only_what_cannot_wait(hurry: Hurry, heard_at: datetime, soon_at: datetime | None, goes: bool) -> None:
    decided = may_send("order", hurry, (), heard_at, soon_at, NIGHT, SEOUL)
    assert decided == (Go() if goes else Hold(MORNING, "quiet_hours"))


@given(st.uuids(), st.integers(1, 7))
def test_tries_grow_apart_and_are_spread(notice_id: UUID, attempts: int) -> None:
    waits_s = (10, 30, 120, 600, 1800, 7200, 21_600)
    later = retry_at(notice_id, attempts, NOON)
    assert later is not None
    assert abs((later - NOON).total_seconds() / waits_s[attempts - 1] - 1) <= 0.2
    assert retry_at(notice_id, attempts, NOON) == later
    assert retry_at(notice_id, 8, NOON) is None


def test_many_do_not_come_back_at_once() -> None:
    assert len({retry_at(UUID(int=number), 3, NOON) for number in range(100)}) > 90


# --- by which way

PHONE, MAIL = Address("010", "***"), Address("a@b.c", "***")
PERSON = Receiver(language="ko", name="김", phone=PHONE, email=MAIL, channels=(), consents=frozenset())


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        (("alimtalk", "sms", "email"), [(PHONE, ("alimtalk", "sms")), (MAIL, ("email",))]),
        (("email", "sms"), [(MAIL, ("email",)), (PHONE, ("sms",))]),
        (("sms", "email", "alimtalk"), [(PHONE, ("sms",)), (MAIL, ("email",)), (PHONE, ("alimtalk",))]),
        (("sms", "sms"), [(PHONE, ("sms",))]),
        ((), []),
    ],
)
def test_ways_to_one_phone_are_one_try(channels: tuple[Wish, ...], expected: list[tuple[Address, tuple[str]]]) -> None:
    found = legs(replace(PERSON, channels=channels), "order")
    assert [(leg.address, leg.ways) for leg in found] == expected


def test_no_advertisement_goes_by_alimtalk() -> None:
    asked: tuple[Wish, ...] = ("alimtalk", "sms")
    assert [leg.ways for leg in legs(replace(PERSON, channels=asked), "ad")] == [("sms",)]
    assert legs(replace(PERSON, channels=asked, phone=None), "order") == ()


# --- which message


def line(line_no: int = 1, left: int = 2, by: datetime | None = NOON + DAY) -> LineNow:
    return LineNow(line_no=line_no, names=MILK, units=2, left=left, sold_by=NOON + DAY, by=by, chance_ppm=900_000)


def parcel(parcel_no: int = 1, state: str = "planned", delivered_at: datetime | None = None) -> ParcelNow:
    return ParcelNow(
        parcel_no=parcel_no, state=state, place=Names("강남점", "Gangnam"), carrier=Names("빠른택배", "Swift"),
        tracking_no="1", promised_at=NOON + DAY, delivered_at=delivered_at, lines=(1,),
    )  # fmt: skip


ORDER = Picture(
    order_no="A1", shop=Names("가게", "Shop"), state="authorised", reason=None, trouble=None, currency="KRW",
    total_minor=10_000, cancelled_minor=0, cancellable=True, captured=False, probability_ppm=972_345, timezone=SEOUL,
    lines=(line(),), parcels=(parcel(),), confirm_on=None,
)  # fmt: skip
KNOWN = as_sold(ORDER)


def said(topic: Topic, now: Picture, known: Known = KNOWN, *causes: str) -> Said:
    decided = decide(topic, causes, now, known)
    assert isinstance(decided, Said), decided
    return decided


def test_what_was_told_is_not_told_again() -> None:
    shipped = replace(ORDER, state="shipped", parcels=(parcel(state="shipped"),))
    ended = replace(ORDER, state="cancelled", reason="shopper", cancelled_minor=10_000)
    told: tuple[tuple[Topic, Picture], ...] = (("placed", ORDER), ("shipped", shipped), ("ended", ended))
    for topic, now in told:
        first = said(topic, now)
        assert isinstance(decide(topic, (), now, first.known), Silence)


@given(st.permutations([(1, 1, 0), (2, 0, 0), (1, 2, DAY)]))
def test_changes_told_one_by_one_add_up(order: list[tuple[int, int, timedelta]]) -> None:
    """However changes come, the shopper learns of each missing unit once, and ends up knowing how it stands."""
    lines = {1: line(1), 2: line(2)}
    known = as_sold(replace(ORDER, lines=tuple(lines.values())))
    missing = 0
    for line_no, left, later in order:
        by = NOON + DAY + (later or timedelta())
        lines[line_no] = line(line_no, min(left, lines[line_no].left), by)
        decided = decide("changed", ["not_on_shelf"], replace(ORDER, lines=tuple(lines.values())), known)
        if isinstance(decided, Said):
            missing += sum(units for _, units in decided.args.missing)
            known = decided.known
    assert missing == sum(each.units - each.left for each in lines.values())
    assert {each.line_no: each.left for each in known.lines} == {1: lines[1].left, 2: lines[2].left}


@pytest.mark.parametrize(
    ("now", "causes", "template_name"),
    [
        (line(by=NOON + 2 * DAY), ["re_promised"], "moved"),
        (line(left=1), ["not_on_shelf"], "reduced"),
        (line(left=1, by=NOON + 2 * DAY), ["not_on_shelf", "re_promised"], "moved_reduced"),
        (line(left=1), ["shopper"], "trimmed"),
        (line(left=1), ["lost_in_transit"], "lost"),
    ],
)
def test_a_change_has_its_own_words(now: LineNow, causes: list[str], template_name: str) -> None:
    assert said("changed", replace(ORDER, lines=(now,)), KNOWN, *causes).template == template_name


@pytest.mark.parametrize("now", [line(), line(by=NOON)])
def test_what_stays_or_comes_sooner_is_no_news(now: LineNow) -> None:
    assert decide("changed", ["x"], replace(ORDER, lines=(now,)), KNOWN) == Silence("nothing_new")


def test_money_is_called_what_it_is() -> None:
    less = replace(ORDER, lines=(line(left=1),), cancelled_minor=5_000)
    assert said("changed", less, KNOWN, "shopper").args.money == "release"
    assert said("changed", replace(less, captured=True), KNOWN, "not_on_shelf").args.money == "refund"
    ended = replace(ORDER, state="cancelled", reason="payment_declined", cancelled_minor=10_000)
    assert said("ended", ended).template == "declined"
    assert said("ended", replace(ended, reason="shopper")).template == "cancelled"
    assert said("ended", replace(ended, reason="node_out", trouble="power")).args.why == "node_power"
    assert said("ended", replace(ended, reason="node_out")).template == "called_off"
    assert said("ended", ended).args.amount_minor == 0


@pytest.mark.parametrize(("delivered_at", "name"), [(NOON, "delivered"), (NOON + 2 * DAY, "delivered_late")])
def test_late_is_measured_by_what_was_promised(delivered_at: datetime, name: str) -> None:
    arrived = replace(ORDER, state="delivered", parcels=(parcel(state="delivered", delivered_at=delivered_at),))
    assert said("delivered", arrived).template == name


def test_the_end_of_an_order_overtakes_what_was_to_be_said() -> None:
    ended = replace(ORDER, state="cancelled", parcels=(parcel(state="shipped"),))
    topics: tuple[Topic, ...] = ("placed", "changed", "shipped", "ready", "delivered")
    for topic in topics:
        assert decide(topic, (), ended, KNOWN) == Silence("overtaken")


def test_what_is_told_of_several_orders_adds_up_and_bears_the_number_of_the_purchase() -> None:
    fetched = replace(parcel(), carrier=None)
    second = replace(ORDER, order_no="A1-2", total_minor=2_500, parcels=(fetched,), probability_ppm=912_345)
    one = as_one([said("placed", ORDER), said("placed", second)], whole=True)
    assert (one.template, one.args.order_no, one.args.total_minor) == ("placed_together", "A1", 12_500)
    assert (one.args.items, one.args.chance_ppm) == (((MILK, 2), (MILK, 2)), 912_345)
    text = render(one.template, one.args, "ko", "김하나").text
    assert "1. 우유 2개: 11월 24일(화) 낮 12시까지 도착합니다.\n" in text
    assert "2. 우유 2개: 11월 24일(화) 낮 12시부터 강남점에서 찾으실 수 있습니다.\n" in text
    assert "91번은 지킵니다" in text


def test_only_what_befell_several_orders_alike_is_told_of_in_one() -> None:
    ended = replace(ORDER, state="cancelled", reason="shopper", cancelled_minor=10_000)
    other = replace(ended, order_no="A1-3", cancelled_minor=4_000)
    each = {1: ended, 2: ORDER, 3: other, 4: replace(ended, reason="payment_declined")}
    told = alike({part: decide("ended", (), now, KNOWN) for part, now in each.items()})
    assert list(told) == [1, 3]
    one = as_one(list(told.values()), whole=False)
    assert (one.template, one.args.order_no, one.args.amount_minor) == ("cancelled", "A1, A1-3", 14_000)
    assert alike({1: Silence("nothing_new")}) == {}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_as_many_parts_as_can_be_bought_fit_a_message(language: Language) -> None:
    """Of the longest names; 1,000 letters is what 알림톡 carries."""
    name, place = Names("가" * 60, "x" * 60), Names("서울 강남대로 역삼동점", "Gangnam-daero Yeoksam Store")
    parts = tuple(PartSaid(((name, 99), (name, 1)), NOON, place if part % 2 else None) for part in range(8))
    text = render("placed_together", replace(EVERYTHING, parts=parts), language, "김하나").text
    assert (len(text) <= 1000, sms_bytes(text) <= LMS_BYTES) == (True, True)


# --- in which words

NAMES_OF_TEMPLATES = sorted(templates())


@pytest.mark.parametrize("name", NAMES_OF_TEMPLATES)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_template_can_be_said(name: str, language: Language) -> None:
    text = render(name, EVERYTHING, language, "김하나", "080-000-0000")
    assert "{" not in text.text
    assert "http" not in text.text, "no link leads elsewhere"
    assert not re.search(r"[ \t]\n|\n{3}|  ", text.text)
    assert speakable(text.text) == text.text, "every Korean phone can show it"
    assert SMS_BYTES < sms_bytes(text.text) <= LMS_BYTES
    assert len(code(name, language)) <= 20, "relays take no longer one"


@pytest.mark.parametrize("name", [name for name in NAMES_OF_TEMPLATES if template(name).kind == "order"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_relay_that_fills_its_copy_says_the_same(name: str, language: Language) -> None:
    text = render(name, EVERYTHING, language, "김하나")
    copy, variables = registered(name, language)
    assert set(variables) == text.variables.keys()
    for variable, value in text.variables.items():
        copy = copy.replace(f"#{{{variable}}}", value)
    assert copy == text.text


def test_an_advertisement_says_so_first_and_how_to_refuse() -> None:
    text = render("offer_starts", EVERYTHING, "ko", None, "080-000-0000")
    assert text.title.startswith("(광고) ")
    assert text.text.startswith("(광고) [가게]")
    assert text.text.endswith("무료 수신거부 080-000-0000")
    assert "우유 2개 외 1건을 특별한 값에" in text.text


def test_what_there_is_no_template_for() -> None:
    with pytest.raises(NoSuchTemplate, match="'ghost'"):
        render("ghost", EVERYTHING, "ko", None)


@pytest.mark.parametrize(
    ("at", "ko", "en"),
    [
        ((23, 18, 0), "11월 23일(월) 오후 6시", "Mon 23 Nov, 6:00 pm"),
        ((24, 0, 0), "11월 23일(월) 밤 12시", "the end of Mon 23 Nov"),
        ((23, 23, 59), "11월 23일(월) 밤 12시", "the end of Mon 23 Nov"),
        ((24, 0, 30), "11월 24일(화) 새벽 0시 30분", "Tue 24 Nov, 12:30 am"),
        ((24, 7, 0), "11월 24일(화) 오전 7시", "Tue 24 Nov, 7:00 am"),
        ((24, 12, 5), "11월 24일(화) 낮 12시 5분", "Tue 24 Nov, 12:05 pm"),
        ((24, 22, 0), "11월 24일(화) 밤 10시", "Tue 24 Nov, 10:00 pm"),
    ],
)
def test_instants_as_people_say_them(at: tuple[int, int, int], ko: str, en: str) -> None:
    day, hour, minute = at
    local = datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(SEOUL))
    assert (instant(local, "ko", SEOUL), instant(local, "en", SEOUL)) == (ko, en)


@given(st.integers(0, 1_000_000))
def test_a_probability_is_never_said_better_than_it_is(ppm: int) -> None:
    [times] = re.findall(r"100번 하면 (\d+)번", chance(ppm, "ko"))
    assert int(times) * 10_000 <= ppm
    assert int(times) <= 99


def test_amounts_and_things() -> None:
    assert (amount(12_900, "KRW", "ko"), amount(12_900, "KRW", "en")) == ("12,900원", "KRW 12,900")
    assert amount(1_234, "USD", "ko") == "USD 12.34"
    items = ((MILK, 2), (BREAD, 1), (Names("가" * 60, "x" * 60), 1))
    assert things(items, 1, "ko") == "우유 2개 외 2건"
    assert things(items[:1], 1, "en") == "2 x Milk"
    assert things(items, 3, "ko") == f"우유 2개, 식빵 1개, {'가' * 37}... 1개"
