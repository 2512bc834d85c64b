"""What a shopper fills in to order: who receives it, how they are told, what they agree to."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import msgspec

from sangdan.order.shoppers.errors import PersonUnfit
from sangdan.order.shoppers.model import Locale, Person, Recipient, email_address, phone_number

from ..words import Words, mark
from .legal_texts import Asked as Consent

# Somebody who is filled in, or the recipient of an earlier order once more.
NEW: Final = "new"
SAME: Final = "same"
LONGEST: Final = {"name": 100, "phone": 40, "email": 254, "line1": 200, "line2": 200, "note": 200}
DIGITS: Final = 5
_MISSING: Final = mark("Please fill this in.")
_LONG: Final = mark("This is too long: at most %(most)s characters.")
_UNFIT: Final[Mapping[str, str]] = {
    "phone": mark("Write a mobile number like 010-1234-5678."),
    "email": mark("Write an e-mail address like kim@example.com."),
    "postcode": mark("Write the five digits of the postcode, such as 06236."),
}
_AGREE: Final = mark("Please agree to this to order.")


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """The form, as it was sent.

    recipient  'new', or 'same' for the one of an earlier order
    agreed     codes of the consents that were given
    """

    promise_id: str = ""
    recipient: str = NEW
    name: str = ""
    phone: str = ""
    email: str = ""
    line1: str = ""
    line2: str = ""
    note: str = ""
    agreed: tuple[str, ...] = ()


def cleaned(form: Mapping[str, str], agreed: Sequence[str]) -> Details:
    """A form without what cannot be seen: spaces around, control characters."""
    fields = {name: plain(form.get(name, "")) for name in Details.__struct_fields__ if name != "agreed"}
    return Details(**fields, agreed=tuple(agreed))


def faults(details: Details, asked: Sequence[Consent], say: Words, *, pickup: bool) -> dict[str, str]:
    """What has to be mended, by field; nothing of a form that can be used.

    asked   the consents that this page asks for
    pickup  whether nobody brings it, so that no address is needed
    """
    wanted = ("name", "phone") if pickup else ("name", "phone", "line1")
    if details.recipient == SAME:
        wrong = amiss({"note": details.note}, (), say)
    else:
        wrong = amiss({name: getattr(details, name) for name in LONGEST}, wanted, say)
    wrong |= {each.text: say(_AGREE) for each in asked if each.required and each.text not in details.agreed}
    return wrong


def amiss(typed: Mapping[str, str], wanted: Collection[str], say: Words) -> dict[str, str]:
    """What of a person's particulars has to be mended, by field.

    typed   by field, as `plain` leaves it
    wanted  fields that may not be empty
    """
    wrong = {name: say(_MISSING) for name in wanted if not typed[name]}
    wrong |= {
        name: say(_UNFIT[name])
        for name, check in _CHECKS.items()
        if typed.get(name) and not _is_fit(check, typed[name])
    }
    too_long = (name for name, most in LONGEST.items() if len(typed.get(name, "")) > most)
    return wrong | {name: say(_LONG, most=LONGEST[name]) for name in too_long}


def recipient_of(details: Details, store: str | None) -> Recipient:
    """Who receives it.

    store  the name of the place where it is fetched, instead of an address; None when it is brought
    """
    lines = (store,) if store is not None else tuple(line for line in (details.line1, details.line2) if line)
    return Recipient(name=details.name, phone=details.phone, lines=lines, note=details.note or None)


def guest(details: Details, recipient: Recipient, postcode: str | None, locale: Locale) -> Person:
    """A guest, as somebody to be told what becomes of the order."""
    return Person(
        name=recipient.name, phone=recipient.phone, email=details.email or None, lines=recipient.lines,
        postcode=postcode, locale=locale,
    )  # fmt: skip


def _postcode(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) == DIGITS):
        raise PersonUnfit("This is no postcode: it has five digits.", field="postcode")
    return text


_CHECKS: Final[Mapping[str, Callable[[str], str]]] = {
    "phone": phone_number, "email": email_address, "postcode": _postcode,
}  # fmt: skip


def _is_fit(check: Callable[[str], str], text: str) -> bool:
    try:
        check(text)
    except PersonUnfit:
        return False
    return True


def plain(text: str) -> str:
    """What somebody typed, without what cannot be seen."""
    return "".join(each for each in text if each.isprintable()).strip()
