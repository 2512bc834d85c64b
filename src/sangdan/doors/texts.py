"""Problems in the asker's language. The words are in texts.toml, by code; English detail comes with the problem.

What a problem speaks of may be a word of ours: the state of an order, the name of a field. Its Korean is there as well.
"""

import string
import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from sangdan.kit.problems import Problem

from .josa import with_josa

Language: TypeAlias = Literal["en", "ko"]

DEFAULT: Final[Language] = "en"
LANGUAGES: Final[Mapping[str, Language]] = {"en": "en", "ko": "ko"}


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A problem's words.

    title    English title: the kind, not the occurrence
    ko       Korean title
    ko_more  Korean detail; {names} are filled from the problem's arguments, [을/를] follows their sound
    """

    title: str
    ko: str
    ko_more: str


_RAW: Final = tomllib.loads((files("sangdan.doors") / "texts.toml").read_text(encoding="utf-8"))
# By the name of an argument: what its values are called in Korean.
FACTS: Final = msgspec.convert(_RAW.pop("facts"), dict[str, dict[str, str]])
# An argument whose values are another's.
_ALIKE: Final[Mapping[str, str]] = {"wanted": "state"}
# Arguments that count, and those that are instants or dates in ISO's spelling.
_COUNTS: Final = frozenset({"units", "most", "left", "on_hand", "reserved", "free", "rows"})
_TIMES: Final = frozenset({
    "hour_at", "expired_at", "since", "until", "period_from", "period_to", "valid_from", "on", "erased_on",
})  # fmt: skip
_SEOUL: Final = ZoneInfo("Asia/Seoul")
TEXTS: Final = msgspec.convert(_RAW, dict[str, Text])


def language(accept_language: str | None) -> Language:
    """The language to speak: the asker's most wished one that we have, else English.

    accept_language  e.g. 'ko-KR,ko;q=0.9,en;q=0.8'; None when the asker said nothing
    """
    spoken, best = DEFAULT, 0.0
    for part in (accept_language or "").split(","):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        named = tag.strip().lower().partition("-")[0]
        if named in LANGUAGES and quality > best:
            spoken, best = LANGUAGES[named], quality
    return spoken


def fields(text: str) -> set[str]:
    """The names that a text wants filled."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def render(problem: Problem, spoken: Language) -> tuple[str, str]:
    """A problem's title and detail.

    spoken  'en' or 'ko'
    """
    return render_kept(problem.code, problem.detail, problem.facts, spoken)


def render_kept(code: str, detail: str, facts: Mapping[str, object], spoken: Language) -> tuple[str, str]:
    """The title and detail of a problem that was written down, as `render` gives them."""
    text = TEXTS.get(code)
    if text is None:
        return code, detail
    if spoken == "en":
        return text.title, detail
    if fields(text.ko_more) <= facts.keys():
        told = {name: _in_korean(name, fact) for name, fact in facts.items()}
        return text.ko, with_josa(text.ko_more.format_map(told))
    return text.ko, detail


def _in_korean(name: str, fact: object) -> object:
    """What a problem speaks of, as a Korean reads it."""
    if isinstance(fact, int) and name in _COUNTS:
        return f"{fact:,}"
    if isinstance(fact, str) and name in _TIMES:
        return _time(fact)
    return FACTS.get(_ALIKE.get(name, name), {}).get(str(fact), fact)


def _time(told: str) -> str:
    """An instant in Korean time, or a date; what is neither stays as it is."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return told
    if at.tzinfo is None:
        return f"{at.year}년 {at.month}월 {at.day}일"
    local = at.astimezone(_SEOUL)
    return f"{local.month}월 {local.day}일 {local:%H:%M}"
