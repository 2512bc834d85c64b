"""Templates, and the words that come of them. Each file in `templates/` is one message in both languages."""

import string
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from ..errors import NoSuchTemplate
from .decision import Args
from .korean import Word
from .phrases import PHRASES
from .receiver import Language
from .timing import Hurry, Kind

PACKAGE: Final = "sangdan.talk.notices.model"
# 정보통신망법 제50조 제4항: an advertisement says so where it begins, and how to refuse more of them for nothing.
AD_LABEL: Final = "(광고)"
_OPT_OUT: Final = {"ko": "무료 수신거부 {}", "en": "Refuse further ads, free of charge: {}"}
_STRANGER: Final = {"ko": "고객님", "en": "customer"}
NAME: Final = "name"


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message in one language; {names} are phrases, with a Korean particle behind a colon: {items:이/가}."""

    title: str
    text: str


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message.

    kind     order: about what the shopper ordered; ad: an advertisement
    hurry    whether it waits for the morning: see timing.may_send
    version  counted up when the words change: a relay must have approved each
    """

    kind: Kind
    hurry: Hurry
    version: int
    ko: Words
    en: Words

    def words(self, language: Language) -> Words:
        """Its words in a language."""
        return self.ko if language == "ko" else self.en


class Text(msgspec.Struct, frozen=True):
    """A message as it is sent.

    code       the relay's name of the template in this language
    variables  what the relay puts into its copy of the template, which makes the same text
    """

    title: str
    text: str
    code: str
    variables: dict[str, str]


@cache
def templates() -> dict[str, Template]:
    """Every template by its name."""
    folder = files(PACKAGE) / "templates"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".toml"): msgspec.convert(tomllib.loads(entry.read_text(encoding="utf-8")), Template)
        for entry in found
    }


def template(name: str) -> Template:
    """A template.

    raises  NoSuchTemplate
    """
    if name not in templates():
        known = ", ".join(templates())
        raise NoSuchTemplate(f"There is no template {name!r}; there are {known}.", template=name, known=known)
    return templates()[name]


def code(name: str, language: Language) -> str:
    """The name under which a relay knows a template, at most 20 characters."""
    return f"{name}_{language}{template(name).version}"


def render(name: str, args: Args, language: Language, person: str | None, opt_out: str | None = None) -> Text:
    """A message in words.

    person   the shopper's name; None speaks to nobody by name
    opt_out  the free number by which advertisements are refused; needed for one
    raises   NoSuchTemplate
    """
    pieces = list(_pieces(name, language))
    said: dict[str, str] = {}
    for _, field, form in pieces:
        if field:
            said[_key(field, form)] = format(_said(field, args, language, person), form)
    body = "".join(literal + (said[_key(field, form)] if field else "") for literal, field, form in pieces)
    found = template(name)
    title = found.words(language).title
    if found.kind == "ad":
        assert opt_out, "an advertisement says how to refuse more"
        title, body = f"{AD_LABEL} {title}", f"{AD_LABEL} {body}\n\n{_OPT_OUT[language].format(opt_out)}"
    return Text(title, body, code(name, language), said)


def registered(name: str, language: Language) -> tuple[str, tuple[str, ...]]:
    """A template as a relay has it approved: its text with #{names}, and those names."""
    pieces = list(_pieces(name, language))
    text = "".join(literal + (f"#{{{_key(field, form)}}}" if field else "") for literal, field, form in pieces)
    return text, tuple(dict.fromkeys(_key(field, form) for _, field, form in pieces if field))


def _pieces(name: str, language: Language) -> Iterator[tuple[str, str, str]]:
    """Literal, field and form in turn; an advertisement is no relay's template, but is made the same way."""
    words = template(name).words(language)
    for literal, field, form, _ in string.Formatter().parse(f"[{{shop}}] {words.title}\n\n{words.text.strip()}"):
        yield literal, field or "", form or ""


def _said(field: str, args: Args, language: Language, person: str | None) -> Word:
    if field == NAME:
        if person is None:
            return Word(_STRANGER[language])
        return Word(f"{person}님" if language == "ko" else person)
    return Word(PHRASES[field](args, language))


def _key(field: str, form: str) -> str:
    return f"{field}_{form.replace('/', '')}" if form else field
