"""The pages' words: every text has its Korean, the catalogues are in step, and no page speaks two languages."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from tools import words

from sangdan.doors import web
from sangdan.doors.josa import with_josa
from sangdan.doors.web import states
from sangdan.doors.web.tower import happenings, notices, sentences
from sangdan.doors.web.tower.order_story import SILENT
from sangdan.doors.web.words import FACES, words_in
from sangdan.flows import public_events, register
from sangdan.flows.send_webhooks import PING
from sangdan.kit.events import kinds, timers
from sangdan.offer.promise.model.inputs import PICKUP

REGISTERED = register.REACTIVE  # the facts are known once the flows are
FOLDER: Final = Path(web.__file__).parent
HANGUL: Final = re.compile("[가-힣]")
SLOTS: Final = re.compile(r"%\((\w+)\)s|%%|%")
# What a language calls itself is not translated.
OWN_NAMES: Final = frozenset({"한국어"})


def slots(text: str) -> list[str]:
    """The arguments of a text, each as often as it stands; a lone percent sign as itself."""
    return sorted({match[1] or match[0] for match in SLOTS.finditer(text) if match[0] != "%%"})


def pairs(face: str) -> list[tuple[str, str]]:
    """The English texts of a face with their Korean."""
    found: list[tuple[str, str]] = []
    for message in words.known(face):
        english: Any = message.id if isinstance(message.id, tuple | list) else (message.id,)
        korean: Any = message.string if isinstance(message.string, tuple | list) else (message.string,)
        found += [(str(text), str(korean[0])) for text in english if text]
    return found


@pytest.mark.parametrize("face", FACES)
def test_a_catalogue_is_in_step_and_whole(face: str) -> None:
    said = {(message.id, message.context) for message in words.said()[face] if message.id}
    known = {(message.id, message.context) for message in words.known(face) if message.id}
    assert sorted(map(str, said - known)) == [], "run `python -m tools.words`"
    assert sorted(map(str, known - said)) == [], "run `python -m tools.words`"
    assert words.untranslated(words.known(face)) == []


@pytest.mark.parametrize("face", FACES)
def test_each_language_is_itself_and_has_the_same_arguments(face: str) -> None:
    for english, korean in pairs(face):
        assert not HANGUL.search(english), english
        assert HANGUL.search(korean) or not re.search("[a-z]{3}", english.lower()) or english == korean, (
            english,
            korean,
        )
        assert slots(english) == slots(korean), (english, korean)
        assert "%" not in slots(english), f"a percent sign is written twice: {english}"


def test_the_same_english_is_the_same_korean_on_every_page() -> None:
    said: dict[tuple[Any, Any], set[str]] = {}
    for face in FACES:
        for message in words.known(face):
            if message.id:
                said.setdefault((str(message.id), message.context), set()).add(str(message.string))
    assert {english: korean for english, korean in said.items() if len(korean) > 1} == {}


@pytest.mark.parametrize("place", [place.as_posix() for place in words.sources()])
def test_korean_stands_in_the_catalogues_alone(place: str) -> None:
    if place in ("words.py", "assets/source/page/josa.js", "assets/source/page/words.js"):
        return  # these make Korean
    lines = (FOLDER / place).read_text().splitlines()
    assert [line for line in lines if HANGUL.search(line) and not any(name in line for name in OWN_NAMES)] == []


def test_every_fact_of_an_order_is_told_or_left_out_on_purpose() -> None:
    about_orders = {name for name, kind in kinds.items() if "order_id" in kind.__struct_fields__}
    told = {name for name in about_orders if any(key.startswith(name) for key in sentences.FACTS)}
    assert sorted(about_orders - SILENT - told - {"delivery.moved"}) == []
    assert kinds.keys() >= SILENT


def test_every_fact_timer_and_event_has_its_name() -> None:
    ko, en = words_in("ko"), words_in("en")
    assert sorted(kinds.keys() - happenings.FACTS.keys()) == []
    assert sorted(timers.keys() - happenings.TIMERS.keys()) == []
    told = {kind: (happenings.event(kind, ko), happenings.event(kind, en)) for kind in (*public_events.KINDS, PING)}
    assert {kind: names for kind, names in told.items() if not HANGUL.search(names[0]) or kind in names} == {}
    assert happenings.fact("wishes.granted", ko) == "wishes.granted"


def test_every_reason_of_a_notice_has_its_words() -> None:
    """What our own code gives as the reason; what a relay or a mail server answers is told as its code."""
    source = Path(web.__file__).parents[2]
    given = re.compile(r'because="(\w+)"')
    found = {each for path in source.rglob("*.py") for each in given.findall(path.read_text())}
    assert {"no_tls", "unreachable"} <= found
    assert sorted(found - notices.BECAUSE.keys()) == []


@pytest.mark.parametrize(
    ("error", "korean"),
    [
        ("no answer within 10 seconds", "10초 안에 응답 없음"),
        ("ConnectError: [Errno 111] Connection refused", "연결하지 못함(ConnectError)"),
        ("shop.example does not lead to the public internet", "보낼 수 없는 주소"),
        (None, ""),
    ],
)
def test_why_a_webhook_had_no_answer_is_said_in_korean(error: str | None, korean: str) -> None:
    assert happenings.unanswered(error, words_in("ko")) == korean


def test_every_state_has_its_name() -> None:
    assert set(states.ORDER) == {"placed", "authorised", "released", "shipped", "delivered", "confirmed", "cancelled"}
    assert set(states.PARCEL) == {"planned", "released", "shipped", "delivered", "cancelled", "lost"}
    assert PICKUP in states.SERVICE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("사과[을/를] 담았습니다", "사과를 담았습니다"),
        ("강남점[을/를] 닫습니다", "강남점을 닫습니다"),
        ("서울[으로/로] 보냅니다", "서울로 보냅니다"),
        ("부산[으로/로] 보냅니다", "부산으로 보냅니다"),
        ("제주[으로/로] 보냅니다", "제주로 보냅니다"),
        ("3개[이/가] 남았습니다", "3개가 남았습니다"),
        ("상자 3[이/가] 늦습니다", "상자 3이 늦습니다"),
        ("상자 2[이/가] 늦습니다", "상자 2가 늦습니다"),
        ("상자 1[으로/로] 갑니다", "상자 1로 갑니다"),
        ("SSG.COM[은/는] 쉽니다", "SSG.COM은 쉽니다"),
        ("‘우유’[이/가] 없습니다", "‘우유’가 없습니다"),
        ("5%[을/를] 뺐습니다", "5%를 뺐습니다"),
        ("[을/를]", "를"),
        ("[1/2]쪽", "[1/2]쪽"),
    ],
)
def test_particles_follow_the_sound(text: str, said: str) -> None:
    assert with_josa(text) == said


def test_dates_money_and_chances_are_written_as_the_language_does() -> None:
    at = datetime(2026, 11, 24, 12, 50, tzinfo=UTC)
    ko, en = words_in("ko"), words_in("en")
    assert [ko.when(at), en.when(at)] == ["11월 24일(화) 21:50", "Tue 24 Nov 21:50"]
    assert [ko.date(date(2026, 11, 4)), en.date(date(2026, 11, 4))] == ["2026년 11월 4일", "4 November 2026"]
    assert [ko.money(71_080, "KRW"), en.money(71_080, "KRW")] == ["71,080원", "₩71,080"]
    assert [ko.money(-3_000, "KRW"), en.money(-3_000, "KRW")] == ["-3,000원", "-₩3,000"]
    assert en.money(1234, "USD") == "12.34 USD"
    assert [en.chance(ppm) for ppm in (999_999, 980_000, 5, 1_000_000)] == ["99.9%", "98%", "0%", "100%"]
    assert ko.many("%(num)s rating", "%(num)s ratings", 1200) == "평가 1,200개"
    assert en.many("%(num)s rating", "%(num)s ratings", 1) == "1 rating"


def test_what_others_wrote_says_its_own_language() -> None:
    ko, en = words_in("ko"), words_in("en")
    assert (en.tongue("아주 좋아요"), en.tongue("Very good"), ko.tongue("Very good")) == ("ko", "en", "en")
