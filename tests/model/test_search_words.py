"""Korean letters, keyboards, units, and a question read before anything is ranked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.offer.search.model.amounts import Amount, counted
from sangdan.offer.search.model.asides import ASIDES
from sangdan.offer.search.model.hangul import (
    as_korean,
    as_latin,
    compose,
    initials,
    is_initials,
    letters,
    plain_initials,
)
from sangdan.offer.search.model.lexicon import Lexicon, Words
from sangdan.offer.search.model.reading import read
from sangdan.offer.search.model.suggesting import Suggester
from sangdan.offer.search.model.words import MOST_WORDS, pairs, squeezed, words, written_alike

SYLLABLES = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=12)


@given(SYLLABLES)
def test_letters_put_together_again_are_the_text(text: str) -> None:
    assert letters(compose(letters(text))) == letters(text)


@given(st.text("가나다라마고누더리버스이어우유삼겹살강아지값닭읽", min_size=1, max_size=10))
def test_what_either_keyboard_makes_of_a_word_is_undone(text: str) -> None:
    assert as_korean(as_latin(text)) == text


@given(st.text(max_size=300))
def test_any_text_is_words_of_one_script_each(text: str) -> None:
    found = words(text)

    assert len(found) <= MOST_WORDS
    assert all(found)
    assert all(word == word.lower() and " " not in word for word in found)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dndb", "우유"),
        ("ekfrrktmatkf", "닭가슴살"),
        ("EjrqhRdl", "떡볶이"),
        ("rkqt", "값"),
        ("milk", None),
        ("", None),
    ],
)
def test_a_latin_keyboard_becomes_korean_when_it_gives_whole_syllables(typed: str, meant: str | None) -> None:
    assert as_korean(typed) == meant


@pytest.mark.parametrize(("typed", "meant"), [("ㅕㄴㅠ", "usb"), ("ㅗ으ㅑ", "hdmi"), ("ㅣㄷㅇ", "led")])
def test_a_korean_keyboard_becomes_latin(typed: str, meant: str) -> None:
    assert as_latin(typed) == meant


def test_initials_are_consonants_alone() -> None:
    assert initials("떡볶이 1kg") == "ㄸㅂㅇ 1kg"
    assert is_initials("ㅅㄱㅅ")
    assert not is_initials("ㅏ")
    assert not is_initials("ㅅ")
    assert plain_initials("ㄳㅄ") == "ㄱㅅㅂㅅ"


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("1.5 리터", ["1500ml"]), ("1,200mL", ["1200ml"]), ("900 ML", ["900ml"]), ("2키로", ["2000g"]),
        ('27"', ["27in"]), ("27인치", ["27in"]), ("１Ｌ", ["1000ml"]),
        ("테크나루65w충전기", ["테크나루", "65w", "충전기"]),
        ("2만mAh", ["20000mah"]), ("배터리 1만", ["배터리", "10000"]), ("2만두", ["2", "만두"]),
        ("3만 밀리암페어", ["30000mah"]),
        ("355mL×24", ["355ml", "24"]), ("2 ft. x 4 ft.", ["2ft", "4ft"]), ("", []), ("!!!", []), ("\x00우유", ["우유"]),
    ],
)  # fmt: skip
def test_units_and_widths_are_written_alike(text: str, alike: list[str]) -> None:
    assert words(text) == alike


def test_a_number_that_is_none_stays_one_word() -> None:
    assert words("1.2.3kg") == ["1.2.3g"]
    assert len(written_alike("가" * 10_000)) <= 200


def test_pairs_do_not_care_for_spaces() -> None:
    assert pairs(squeezed("물 티슈")) == pairs("물티슈") == ["물티", "티슈"]


@pytest.fixture
def lexicon() -> Lexicon:
    return Lexicon(
        Words(
            words={
                "우유": 90, "저지방": 20, "삼겹살": 30, "닭": 20, "가슴살": 30, "닭가슴살": 25, "떡볶이": 40, "방울": 9,
                "토마토": 30, "주방세제": 25, "세제": 60, "세탁": 20, "강아지": 80, "사료": 60, "usb": 30, "이어폰": 40,
                "무선": 90, "살": 10, "쌀": 30, "이천": 5, "milk": 90, "charger": 30, "화장지": 40,
            },
            brands={"테크나루": 20, "들빛 찬": 9},
            categories={"chilled/dairy": 90},
            named={"chilled/dairy": ["유제품", "Dairy"]},
            phrases={"저지방 우유": 4, "떡볶이 밀키트": 2, "Low-fat milk": 4},
            alike={"휴지": ["화장지"], "에어팟": ["무선 이어폰"], "두루마리휴지": ["화장지"]},
            spaced={"두루마리휴지": "두루마리 휴지"},
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "read_as", "because"),
    [
        ("저지방우유", "저지방 우유", ""), ("저 지방 우 유", "저지방 우유", ""), ("닭 가슴 살", "닭가슴살", ""),
        ("dndb", "우유", "keyboard"), ("rkddkwl tkfy", "강아지 사료", "keyboard"), ("ㅕㄴㅠ", "usb", "keyboard"),
        ("ㄸㅂㅇ", "떡볶이", "initials"), ("ㅈㅈㅂㅇㅇ", "저지방 우유", "initials"),
        ("떡복이", "떡볶이", "spelling"), ("삼결살", "삼겹살", "spelling"), ("주방새제", "주방세제", "spelling"),
        ("chargre", "charger", "spelling"), ("테크나루무선이어폰", "테크나루 무선 이어폰", ""),
        ("두루마리 휴지", "두루마리 휴지", ""), ("milk", "milk", ""), ("강아지가", "강아지 가", ""),
    ],
)  # fmt: skip
def test_a_question_is_read_before_it_is_asked(lexicon: Lexicon, typed: str, read_as: str, because: str) -> None:
    reading = read(typed, lexicon)

    assert (reading.spoken, reading.because) == (read_as, because)


def test_other_names_are_sought_as_well(lexicon: Lexicon) -> None:
    assert [each.text for each in read("휴지", lexicon).words[0].others] == ["화장지"]
    assert [each.text for each in read("두루마리 휴지", lexicon).words[0].others] == ["화장지"]
    assert [each.text for each in read("에어팟", lexicon).words[0].others] == ["무선 이어폰"]


def test_goods_that_are_called_so_without_spaces_are_found_however_the_lists_write_it() -> None:
    lexicon = Lexicon(Words(words={"곱창돌김": 3}, spaced={"곱창돌김": "곱창 돌 김"}))

    [word] = read("곱창돌김", lexicon).words
    assert (word.text, [other.text for other in word.others]) == ("곱창돌김", ["곱창 돌 김"])


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("우유 두 개", "2"), ("우유 열두개", "12"), ("우유 한판", "30"), ("우유 3판", "90"), ("우유 한 근", "600g"),
        ("우유 스물네 병", "24"), ("우유 12 캔", "12"), ("대파 한단", "1"),
    ],
)  # fmt: skip
def test_how_many_is_told_apart_from_what(typed: str, amount: str) -> None:
    what, *rest = counted(words(typed), lambda _: 0)

    assert what in ("우유", "대파")
    assert rest == [Amount(amount)]


@pytest.mark.parametrize("typed", ["한우 등심", "두부", "세제", "2단 선반", "4구 멀티탭", "네일", "두유 한"])
def test_what_only_looks_like_an_amount_is_none(typed: str) -> None:
    assert list(counted(words(typed), lambda _: 0)) == words(typed)


def test_what_goods_are_called_is_no_amount() -> None:
    assert list(counted(["한입"], {"한입": 3}.__getitem__)) == ["한입"]
    assert list(counted(["한입"], lambda _: 0)) == [Amount("1")]


def test_what_is_said_around_a_thing_is_not_sought(lexicon: Lexicon) -> None:
    def firm(typed: str) -> list[str]:
        return [word.text for word in read(typed, lexicon).words if not word.optional]

    assert firm("강아지가 먹는 사료 추천해주세요") == ["강아지", "사료"]
    assert firm("우유추천") == ["우유"]
    assert firm("삼겹살 두 개") == ["삼겹살"]
    assert firm("닭에 좋은 것") == ["닭"]  # a single syllable with a particle
    assert firm("좋은 것") == ["좋은", "것"]  # nothing else was said
    assert all(len(words(aside)) == 1 for aside in ASIDES)


def test_names_that_others_lead_to_and_what_is_only_a_kind() -> None:
    known = Lexicon(
        Words(
            words={"화장지": 90, "미용티슈": 3, "러닝": 20, "운동화": 80, "선풍기": 40, "에어": 20, "서큘레이터": 6},
            alike={
                "런닝화": ["러닝화"], "러닝화": ["러닝 운동화", "런닝화"], "선풍기": ["써큘레이터"],
                "써큘레이터": ["에어 서큘레이터 선풍기", "선풍기"], "휴지": ["화장지"],
            },
            kinds={"휴지": ["미용티슈"]},
        )
    )  # fmt: skip

    paper, tissue = known.alike("휴지")

    assert (paper.text, tissue.text) == ("화장지", "미용티슈")
    assert paper.worth > tissue.worth  # however rare the other one is
    assert [each.text for each in known.alike("런닝화")] == ["러닝 운동화"]
    assert known.alike("선풍기") == ()  # another name of its own does not narrow it down


def test_another_name_is_found_around_what_is_said_between() -> None:
    known = Lexicon(Words(words={"눈": 3, "영양제": 9, "루테인": 2}, alike={"눈영양제": ["루테인"]}))

    (word,) = (each for each in read("눈에 좋은 영양제", known).words if not each.optional)

    assert [each.text for each in word.others] == ["루테인"]


def test_a_particle_is_welcome_and_not_needed(lexicon: Lexicon) -> None:
    assert [word.optional for word in read("강아지가", lexicon).words] == [False, True]
    assert [word.optional for word in read("쌀", lexicon).words] == [False]


@given(st.text(max_size=80))
def test_nothing_that_is_typed_cannot_be_read(text: str) -> None:
    known = Lexicon(Words(words={"우유": 3, "milk": 2, "살": 1}))

    reading = read(text, known)

    assert all(word.text for word in reading.words)
    assert not reading.words or any(not word.optional for word in reading.words)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("우", "우유"), ("웅", "우유"), ("우ㅇ", "우유"), ("dnd", "우유"), ("ㄸㅂ", "떡볶이"), ("테크", "테크나루"),
        ("저지방 우", "저지방 우유"), ("low", "Low-fat milk"), ("유제", "유제품"), ("떡복이", "떡볶이"),
    ],
)  # fmt: skip
def test_suggestions_come_from_the_first_letter_on(lexicon: Lexicon, typed: str, first: str) -> None:
    assert Suggester(lexicon).suggest(typed, 5)[0].text == first


def test_a_category_is_suggested_with_its_path(lexicon: Lexicon) -> None:
    found = Suggester(lexicon).suggest("유제품", 3)[0]

    assert (found.kind, found.value) == ("category", "chilled/dairy")
    assert Suggester(lexicon).suggest("  ", 3) == ()
