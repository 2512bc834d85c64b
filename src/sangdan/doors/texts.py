"""Problems in the asker's language. The words are in texts.toml, by code; English detail comes with the problem."""

import string
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, Literal, TypeAlias

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


def _read() -> dict[str, Text]:
    raw = tomllib.loads((files("sangdan.doors") / "texts.toml").read_text(encoding="utf-8"))
    return msgspec.convert(raw, dict[str, Text])


TEXTS: Final = _read()


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
        return text.ko, with_josa(text.ko_more.format_map(facts))
    return text.ko, detail
