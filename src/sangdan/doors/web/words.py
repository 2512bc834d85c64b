"""The pages' words: English is written where it is said, Korean stands in the catalogues in catalogues/ko."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from sangdan.doors.josa import with_josa
from sangdan.doors.texts import Language
from sangdan.kit.money import PPM, spelled

SEOUL: Final = ZoneInfo("Asia/Seoul")
# One catalogue a face; `frame` holds what every page says.
FACES: Final = ("frame", "people", "shop", "tower", "floor")
# Between a text's context and the text, as gettext's own catalogues have it.
CONTEXT: Final = "\x04"
HANGUL: Final = re.compile("[\uac00-\ud7a3]")
LATIN: Final = re.compile("[A-Za-z]")
_WEEKDAYS_KO: Final = "월화수목금토일"


def mark(text: str) -> str:
    """A text that is said later, through `Words`: it is only found here by whoever translates."""
    return text


def catalogue(face: str) -> Catalog:
    """The Korean of one face."""
    file = files("sangdan.doors.web") / "catalogues" / "ko" / f"{face}.po"
    with file.open("rb") as opened:
        return read_po(opened, locale="ko", domain=face, abort_invalid=True)


@cache
def _korean() -> Mapping[str, str]:
    """Every text's Korean, by its English, with the context before it where it has one."""
    said: dict[str, str] = {}
    for face in FACES:
        for message in catalogue(face):
            many = isinstance(message.id, list | tuple)
            english = str(message.id[0] if many else message.id)
            korean = message.string[0] if isinstance(message.string, list | tuple) else message.string
            if english and korean:
                said[_key(english, message.context)] = str(korean)
    return said


@cache
def _of_scripts() -> Mapping[str, frozenset[str]]:
    """By face the keys of the texts that its scripts say."""
    found: dict[str, set[str]] = {face: set() for face in FACES}
    for face in FACES:
        for message in catalogue(face):
            if message.id and any(place.endswith(".js") for place, _ in message.locations):
                english = str(message.id[0] if isinstance(message.id, list | tuple) else message.id)
                found[face].add(_key(english, message.context))
    return {face: frozenset(keys) for face, keys in found.items()}


class Words:
    """The words of one language.

    language  'ko' or 'en'
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, text: str, /, **args: Any) -> str:
        """A text with its arguments in it.

        text  English, with %(names)s of its arguments; a percent sign is written twice
        """
        return self.filled(self.plain(text), args)

    def within(self, context: str, text: str, /, **args: Any) -> str:
        """A text whose Korean depends on where it is said."""
        return self.filled(self.plain(text, context), args)

    def many(self, one: str, more: str, n: int, /, **args: Any) -> str:
        """A text that counts.

        n  also the argument `num`
        """
        return self.filled(self.plain_many(one, more, n), {"num": f"{n:,}", **args})

    def plain(self, text: str, context: str | None = None) -> str:
        """A text as it stands, unfilled; the English one where the Korean is lacking."""
        return text if self.language == "en" else _korean().get(_key(text, context), text)

    def plain_many(self, one: str, more: str, n: int) -> str:
        """A text that counts, unfilled."""
        return (one if n == 1 else more) if self.language == "en" else _korean().get(one, more)

    def filled(self, text: str, args: Mapping[str, Any]) -> str:
        """A text with its arguments, and with the particles that they ask for."""
        said = text % args
        return with_josa(said) if self.language == "ko" else said

    def of(self, thing: Any) -> str:
        """The name of whatever carries name_ko and name_en."""
        return thing.name_ko if self.language == "ko" else thing.name_en

    def when(self, at: datetime) -> str:
        """A day and a time in Korea."""
        local = at.astimezone(SEOUL)
        return f"{self.day(local.date())} {local:%H:%M}"

    def day(self, on: date) -> str:
        """A day of this year, with its weekday."""
        if self.language == "ko":
            return f"{on.month}월 {on.day}일({_WEEKDAYS_KO[on.weekday()]})"
        return f"{on:%a} {on.day} {on:%b}"

    def date(self, on: date) -> str:
        """A day with its year."""
        return f"{on.year}년 {on.month}월 {on.day}일" if self.language == "ko" else f"{on.day} {on:%B} {on.year}"

    def time(self, at: datetime) -> str:
        """A time of day in Korea."""
        return f"{at.astimezone(SEOUL):%H:%M}"

    def number(self, n: int) -> str:
        """A count with its thousands apart."""
        return f"{n:,}"

    def chance(self, ppm: int) -> str:
        """A probability, rounded down: never said better than it is."""
        tenths = ppm * 1000 // PPM
        return f"{tenths // 10}.{tenths % 10}%" if tenths % 10 else f"{tenths // 10}%"

    def money(self, amount_minor: int, currency: str) -> str:
        """An amount as it is written in the language."""
        if currency != "KRW":
            return f"{spelled(amount_minor, currency)} {currency}"
        sign, won = ("-" if amount_minor < 0 else ""), abs(amount_minor)
        return f"{sign}{won:,}원" if self.language == "ko" else f"{sign}₩{won:,}"

    def tongue(self, text: str) -> str:
        """The language of what somebody else wrote, so that it is read aloud as it is meant.

        gives  the page's own where no letter tells
        """
        if HANGUL.search(text):
            return "ko"
        return "en" if LATIN.search(text) else self.language

    def for_scripts(self, *faces: str) -> dict[str, str]:
        """The Korean of what the scripts of these faces say, unfilled; nothing for English, which they carry."""
        if self.language == "en":
            return {}
        wanted = _of_scripts()
        said = _korean()
        return {key: said[key] for face in ("frame", *faces) for key in sorted(wanted[face]) if key in said}


def _key(text: str, context: str | None) -> str:
    return text if context is None else f"{context}{CONTEXT}{text}"


_WORDS: Final[Mapping[Language, Words]] = {"ko": Words("ko"), "en": Words("en")}


def words_in(language: Language) -> Words:
    """The words of a language."""
    return _WORDS[language]
