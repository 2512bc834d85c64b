"""What the law has a storefront tell and ask, read from a file that its operator may replace."""

import string
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

from sangdan.doors.texts import Language
from sangdan.kit.problems import Unavailable
from sangdan.kit.settings import Settings

# The disclosure that a text may speak of.
FIELDS: Final = frozenset({
    "trade_name", "representative", "address", "phone", "email", "business_no", "mail_order_no",
    "mail_order_authority", "privacy_officer",
})  # fmt: skip
UNKNOWN: Final = "–"

Words: TypeAlias = Annotated[str, Meta(min_length=1)]


class TextsUnfit(Unavailable):
    """The file of the storefront's texts cannot be used."""

    code = "storefront-texts-unfit"


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a text; {names} are of the shop's disclosure."""

    title_ko: Words
    title_en: Words
    text_ko: Words
    text_en: Words


class LegalText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages, in one version."""

    version: Words
    in_force_on: date
    title_ko: Words
    title_en: Words
    sections: Annotated[tuple[Section, ...], Meta(min_length=1)]

    def title(self, language: Language) -> str:
        """What it is called."""
        return self.title_ko if language == "ko" else self.title_en


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A consent that is asked for when an order is placed.

    text  a text of that name, or a code of its own: purchase, ads
    """

    text: Words
    required: bool
    label_ko: Words
    label_en: Words


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When somebody answers the phone and the mail of the shop."""

    hours_ko: Words
    hours_en: Words


class LegalTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a storefront tells and asks by law; of its hours it may tell nothing."""

    terms: LegalText
    privacy: LegalText
    withdrawal: LegalText
    consents: tuple[Asked, ...]
    contact: Contact | None = None

    def by_name(self) -> dict[str, LegalText]:
        """The texts, by the name in their address."""
        return {"terms": self.terms, "privacy": self.privacy, "withdrawal": self.withdrawal}

    def version_of(self, asked: Asked) -> str:
        """The version that a consent speaks of: of its text, else of the terms that describe it."""
        return self.by_name().get(asked.text, self.terms).version


def legal_texts(settings: Settings) -> LegalTexts:
    """The texts that the operator named, else the model that comes with us.

    raises  TextsUnfit, saying what is wrong with the file
    """
    return _read(settings.storefront_texts)


@cache
def _read(chosen: Path | None) -> LegalTexts:
    try:
        ours = files("sangdan.doors.web.shop") / "texts.toml"
        raw = ours.read_bytes() if chosen is None else chosen.read_bytes()
        texts = msgspec.convert(tomllib.loads(raw.decode()), LegalTexts)
        _check(texts)
    except (OSError, ValueError) as wrong:
        raise TextsUnfit(
            f"SANGDAN_STOREFRONT_TEXTS ({chosen}) cannot be used: {wrong}.", file=str(chosen), why=str(wrong)
        ) from wrong
    return texts


def _check(texts: LegalTexts) -> None:
    """Refuse a text that speaks of what no disclosure has.

    raises  ValueError
    """
    for text in (texts.terms, texts.privacy, texts.withdrawal):
        for section in text.sections:
            for words in (section.text_ko, section.text_en):
                unknown = {name for _, name, _, _ in string.Formatter().parse(words) if name} - FIELDS
                if unknown:
                    raise ValueError(f"{text.title_en} speaks of {sorted(unknown)}; there are {sorted(FIELDS)}")


def filled(words: str, disclosed: Mapping[str, str]) -> str:
    """A text with the shop's disclosure in it; a dash for what the shop does not disclose."""
    return words.format_map({name: disclosed.get(name) or UNKNOWN for name in FIELDS})
