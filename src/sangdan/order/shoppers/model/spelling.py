"""How a person's phone, e-mail and clearance code are spelled; what cannot be one is refused without being repeated.

source  전기통신번호 관리세칙 (number ranges); ITU-T E.164; RFC 5321, section 4.5.3.1; 관세청 개인통관고유부호
"""

import re
from typing import Final

from ..errors import PersonUnfit

_SPACERS: Final = re.compile(r"[\s().\-‐-―]")
_KOREAN: Final = re.compile(
    r"01[016789]\d{7,8}"  # mobile
    r"|02\d{7,8}|0[3-6][1-5]\d{7,8}"  # regions
    r"|070\d{8}|050\d{8,9}|080\d{7}"  # internet, safe numbers, freephone
    r"|1[5689]\d{6}"  # representative numbers
)
_PARTS: Final = re.compile(r"(02|050\d|0\d\d|1\d{3})(\d{0,4})(\d{4})")
_FOREIGN: Final = re.compile(r"\+[1-9]\d{6,14}")
_EMAIL: Final = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@(?:[^\s@.\x00-\x1f\x7f]+\.)+[^\s@.\x00-\x1f\x7f]{2,}")
_EMAIL_MOST: Final = 254
_CLEARANCE: Final = re.compile(r"P\d{12}")
_KOREA: Final = "+82"


def phone_number(text: str) -> str:
    """A phone number in one spelling: Korean ones as 01012345678, others as +14155550123.

    text    with or without hyphens, spaces, brackets; +82 10... is 010...
    raises  PersonUnfit
    """
    digits = _SPACERS.sub("", text)
    if digits.startswith(_KOREA):
        digits = "0" + digits.removeprefix(_KOREA).removeprefix("0")
    if not digits.isascii() or not (_KOREAN.fullmatch(digits) or _FOREIGN.fullmatch(digits)):
        raise PersonUnfit(
            "This is no phone number: write a Korean one like 010-1234-5678, or a foreign one like +1 415 555 0123.",
            field="phone",
        )
    return digits


def phone_as_read(phone: str) -> str:
    """01012345678 as 010-1234-5678, 021234567 as 02-123-4567; a foreign one as it is.

    phone  as `phone_number` spells it
    """
    parts = _PARTS.fullmatch(phone)
    return phone if parts is None else "-".join(filter(None, parts.groups()))


def email_address(text: str) -> str:
    """An e-mail address without the spaces around it.

    raises  PersonUnfit
    """
    address = text.strip()
    if len(address) > _EMAIL_MOST or not _EMAIL.fullmatch(address):
        raise PersonUnfit("This is no e-mail address: write one like kim@example.com.", field="email")
    return address


def clearance_code(text: str) -> str:
    """개인통관고유부호: P and twelve digits.

    raises  PersonUnfit
    """
    code = text.strip().upper()
    if not _CLEARANCE.fullmatch(code):
        raise PersonUnfit(
            "This is no personal clearance code (개인통관고유부호): it is P and twelve digits.", field="clearance_code"
        )
    return code


def same_email(address: str) -> str:
    """What two spellings of an address have in common, for looking it up."""
    return address.casefold()
