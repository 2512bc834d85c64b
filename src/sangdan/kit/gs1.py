"""GS1 keys: check digits, GTIN and SSCC."""

from typing import Final

from .problems import Conflict

GTIN_LENGTHS: Final = frozenset({8, 12, 13, 14})
SSCC_LENGTH: Final = 18


class SerialsUsedUp(Conflict):
    """A company prefix has no serial left for another SSCC."""

    code = "sscc-serials-used-up"


def check_digit(digits: str) -> int:
    """The check digit that belongs after these digits.

    digits  the key without its check digit, ASCII digits, at least one
    gives   0..9
    source  GS1 General Specifications 7.9: modulo 10, weights 3 and 1 from the right
    """
    assert _are_digits(digits)
    weighed = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return -weighed % 10


def valid_gtin(text: str) -> bool:
    """True for a GTIN-8, -12, -13 or -14 whose check digit is right."""
    return len(text) in GTIN_LENGTHS and _is_checked(text)


def valid_sscc(text: str) -> bool:
    """True for the 18 digits of an SSCC whose check digit is right."""
    return len(text) == SSCC_LENGTH and _is_checked(text)


def sscc(extension: int, prefix: str, serial: int) -> str:
    """Number a logistic unit.

    extension  0..9, the operator's to choose
    prefix     GS1 company prefix, 4..12 digits
    serial     >= 0, never given out before under this extension and prefix
    gives      18 digits: extension, prefix, serial filled with zeros, check digit
    raises     SerialsUsedUp when the serial has more digits than the prefix leaves
    """
    assert 0 <= extension <= 9
    assert _are_digits(prefix)
    assert 4 <= len(prefix) <= 12
    assert serial >= 0
    room = SSCC_LENGTH - 2 - len(prefix)
    if serial >= 10**room:
        raise SerialsUsedUp(
            f"Serial {serial} does not fit behind company prefix {prefix}: {room} digits are left. "
            "Use the next extension digit or another prefix.",
            prefix=prefix,
            serial=serial,
        )
    body = f"{extension}{prefix}{serial:0{room}d}"
    return f"{body}{check_digit(body)}"


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_checked(text: str) -> bool:
    return _are_digits(text) and check_digit(text[:-1]) == int(text[-1])
