"""The notice's own examples, and the shapes that zone names take."""

import pytest

from sangdan.tower.twin.model.romanise import romanise, romanise_place


@pytest.mark.parametrize(
    ("word", "spelt"),
    [
        ("백마", "baengma"), ("종로", "jongno"), ("왕십리", "wangsimni"), ("별내", "byeollae"),
        ("신라", "silla"), ("해돋이", "haedoji"), ("같이", "gachi"), ("좋고", "joko"), ("놓다", "nota"),
        ("묵호", "mukho"), ("집현전", "jiphyeonjeon"), ("압구정", "apgujeong"), ("낙동강", "nakdonggang"),
        ("구미", "gumi"), ("영동", "yeongdong"), ("백암", "baegam"), ("옥천", "okcheon"), ("합덕", "hapdeok"),
        ("호법", "hobeop"), ("월곶", "wolgot"), ("벚꽃", "beotkkot"), ("한밭", "hanbat"), ("칠곡", "chilgok"),
        ("임실", "imsil"), ("대관령", "daegwallyeong"), ("울릉", "ulleung"), ("의정부", "uijeongbu"),
        ("독립문", "dongnimmun"), ("한강 2", "hangang 2"),
    ],
)  # fmt: skip
def test_words_sound_as_the_notice_says(word: str, spelt: str) -> None:
    assert romanise(word) == spelt


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("수원시 영통구", "Suwon-si Yeongtong-gu"),
        ("울릉군", "Ulleung-gun"),
        ("삼죽면", "Samjuk-myeon"),
        ("인왕리", "Inwang-ri"),
        ("세종", "Sejong"),
        ("중구", "Jung-gu"),
    ],
)
def test_the_kind_of_a_place_stands_after_a_hyphen_and_changes_nothing(name: str, spelt: str) -> None:
    assert romanise_place(name) == spelt
