"""What of a person may be shown to whoever has no reason to see more. One place, so that every page masks alike."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

HIDDEN: Final = "***"

_HANGUL: Final = re.compile(r"[가-힣]+")
# 시·도 as people write them; behind one of them stand 시·군·구.
_PROVINCES: Final = frozenset(
    {"서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "경기", "강원", "충북", "충남", "전북", "전남"}
    | {"경북", "경남", "제주", "서울시", "부산시", "대구시", "인천시", "광주시", "대전시", "울산시", "세종시"}
    | {"서울특별시", "부산광역시", "대구광역시", "인천광역시", "광주광역시", "대전광역시", "울산광역시"}
    | {"세종특별자치시", "경기도", "강원도", "강원특별자치도", "충청북도", "충청남도", "전라북도", "전북특별자치도"}
    | {"전라남도", "경상북도", "경상남도", "제주도", "제주특별자치도"}
)
_DISTRICT: Final = re.compile(r"[가-힣]{1,6}[시군구]")
_MOST_DISTRICTS: Final = 2
_AREA_DIGITS: Final = re.compile(r"02|0\d\d|1\d{3}")


def mask_name(name: str) -> str:
    """홍길동 as 홍*동, 남궁민수 as 남**수, Jane Doe as J*** D***.

    gives  a Hangul name's first and last syllable, two-syllable names' first alone; of anything else the first
           character of each word, so that a masked length tells nothing
    """
    plain = unicodedata.normalize("NFC", name).strip()
    if _HANGUL.fullmatch(plain):
        if len(plain) <= 2:
            return plain[:1] + "*" if len(plain) == 2 else "*"
        return plain[0] + "*" * (len(plain) - 2) + plain[-1]
    return " ".join(word[0] + HIDDEN if len(word) > 1 else HIDDEN for word in plain.split()) or HIDDEN


def mask_phone(phone: str) -> str:
    """01012345678 as 010-****-5678, 021234567 as 02-***-4567, +14155550123 as +*******0123; short ones entirely.

    phone  as `phone_number` spells it
    """
    if phone.startswith("+"):
        return "+" + "*" * max(0, len(phone) - 5) + phone[-4:]
    area = _AREA_DIGITS.match(phone)
    if area is None or len(phone) - area.end() < 4:
        return HIDDEN
    middle = len(phone) - area.end() - 4
    return "-".join(part for part in (area[0], "*" * middle, phone[-4:] if middle else "****") if part)


def mask_email(email: str) -> str:
    """kim@example.com as k***@example.com; of a local part of one character nothing."""
    local, _, domain = email.rpartition("@")
    return (local[0] if len(local) > 1 else "") + f"{HIDDEN}@{domain}"


def mask_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """An address down to its district: 서울특별시 강남구 ***; nothing of one that does not begin with a province.

    gives  one line, none for no address
    """
    if not lines:
        return ()
    shown: list[str] = []
    for word in lines[0].replace(",", " ").split():
        if not shown:
            if word not in _PROVINCES:
                break
        elif len(shown) > _MOST_DISTRICTS or not _DISTRICT.fullmatch(word):
            break
        shown.append(word)
    return (" ".join([*shown, HIDDEN]),)


def mask_postcode(postcode: str) -> str:
    """04524 as 045**: the first three digits are the district's."""
    return postcode[:3] + "*" * len(postcode[3:])


def mask_code(code: str) -> str:
    """A clearance code's letter alone."""
    return code[:1] + "*" * len(code[1:])
