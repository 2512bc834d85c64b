"""The pages' words, Korean and English, from words.toml: every text has both."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from sangdan.doors.texts import Language
from sangdan.kit.money import PPM, spelled

SEOUL: Final = ZoneInfo("Asia/Seoul")
# Texts under this name are the scripts' own and travel with the page.
FOR_SCRIPTS: Final = "js_"
_WEEKDAYS_KO: Final = "월화수목금토일"


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in both languages; {names} are filled from its arguments."""

    ko: str
    en: str


def _read() -> dict[str, Text]:
    raw = tomllib.loads((files("sangdan.doors.web") / "words.toml").read_text(encoding="utf-8"))
    return msgspec.convert(raw, dict[str, Text])


TEXTS: Final[Mapping[str, Text]] = _read()


class Words:
    """The words of one language.

    language  'ko' or 'en'
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, key: str, /, **args: Any) -> str:
        """A text with its arguments in it; an unknown key is a mistake of ours."""
        text = TEXTS[key]
        return (text.ko if self.language == "ko" else text.en).format_map(args)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in TEXTS

    def of(self, thing: Any) -> str:
        """The name of whatever carries name_ko and name_en."""
        return thing.name_ko if self.language == "ko" else thing.name_en

    def when(self, at: datetime) -> str:
        """A day and a time in Korea."""
        local = at.astimezone(SEOUL)
        if self.language == "ko":
            return f"{local.month}월 {local.day}일({_WEEKDAYS_KO[local.weekday()]}) {local:%H:%M}"
        return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"

    def chance(self, ppm: int) -> str:
        """A probability, rounded down: never said better than it is."""
        tenths = ppm * 1000 // PPM
        return f"{tenths // 10}.{tenths % 10}%" if tenths % 10 else f"{tenths // 10}%"

    def money(self, amount_minor: int, currency: str) -> str:
        """An amount as it is written in the language."""
        if currency != "KRW":
            return f"{spelled(amount_minor, currency)} {currency}"
        return f"{amount_minor:,}원" if self.language == "ko" else f"₩{amount_minor:,}"

    def for_scripts(self) -> dict[str, str]:
        """The scripts' texts by key, unfilled."""
        chosen = {key: text for key, text in TEXTS.items() if key.startswith(FOR_SCRIPTS)}
        return {key.removeprefix(FOR_SCRIPTS): self._pick(text) for key, text in chosen.items()}

    def _pick(self, text: Text) -> str:
        return text.ko if self.language == "ko" else text.en


_WORDS: Final[Mapping[Language, Words]] = {"ko": Words("ko"), "en": Words("en")}


def words_in(language: Language) -> Words:
    """The words of a language."""
    return _WORDS[language]
