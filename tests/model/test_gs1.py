"""GS1 keys, against published examples and against every single wrong digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.kit.gs1 import SerialsUsedUp, check_digit, sscc, valid_gtin, valid_sscc

bodies = st.text("0123456789", min_size=7, max_size=17)


@pytest.mark.parametrize(
    "gtin",
    ["8801234567893", "96385074", "012345678905", "10012345678902", "4006381333931"],
)
def test_published_gtins_are_valid(gtin: str) -> None:
    assert valid_gtin(gtin)


@pytest.mark.parametrize(
    "text",
    [
        "8801234567890",
        "880123456789",
        "",
        "88012345678931",
        "880123456789X",
        "８８０１２３４５６７８９３",
        " 8801234567893",
    ],
)
def test_what_is_not_a_gtin(text: str) -> None:
    assert not valid_gtin(text)


@given(bodies, st.data())
def test_any_single_wrong_digit_is_noticed(body: str, data: st.DataObject) -> None:
    key = f"{body}{check_digit(body)}"
    place = data.draw(st.integers(0, len(key) - 1))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != key[place]))
    spoilt = key[:place] + wrong + key[place + 1 :]
    assert check_digit(spoilt[:-1]) != int(spoilt[-1])


def test_the_example_of_the_general_specifications() -> None:
    assert valid_sscc("006141411234567890")
    assert sscc(0, "0614141", 123456789) == "006141411234567890"


@given(st.integers(0, 9), st.text("0123456789", min_size=4, max_size=12), st.data())
def test_an_sscc_is_valid_and_tells_its_parts(extension: int, prefix: str, data: st.DataObject) -> None:
    room = 16 - len(prefix)
    serial = data.draw(st.integers(0, 10**room - 1))
    made = sscc(extension, prefix, serial)
    assert valid_sscc(made)
    assert (int(made[0]), made[1 : 1 + len(prefix)], int(made[1 + len(prefix) : -1])) == (extension, prefix, serial)


def test_serials_run_out_rather_than_repeat() -> None:
    with pytest.raises(SerialsUsedUp):
        sscc(0, "880123456789", 10_000)
