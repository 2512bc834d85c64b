"""What a shopper fills in to order: who receives it, how they are told, what they agree to."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from sangdan.order.shoppers.errors import PersonUnfit
from sangdan.order.shoppers.model import (
    LONGEST_LABEL,
    Address,
    Locale,
    Person,
    Recipient,
    email_address,
    phone_number,
)

from ..words import Words, mark
from .legal_texts import Asked as Consent

# Somebody who is filled in, or the recipient of an earlier order once more; an address of the book by its id.
NEW: Final = "new"
SAME: Final = "same"
LONGEST: Final = {
    "label": LONGEST_LABEL,
    "name": 100,
    "phone": 40,
    "email": 254,
    "line1": 200,
    "line2": 200,
    "note": 200,
}
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

    recipient  'new', 'same' for the one of an earlier order, or the id of an address in the member's book
    label      what the member calls the place, if it is to be kept
    keep       whether it goes into the member's book
    agreed     codes of the consents that were given
    """

    promise_id: str = ""
    recipient: str = NEW
    label: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    line1: str = ""
    line2: str = ""
    note: str = ""
    keep: str = ""
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


def filled_from(details: Details, address: Address) -> Details:
    """The form as if its owner had written an address of their book into it."""
    return replace(
        details, name=address.name, phone=address.phone or "", line1=address.lines[0],
        line2=" ".join(address.lines[1:]), note=address.note or "", keep="",
    )  # fmt: skip


def recipient_of(details: Details, store: str | None) -> Recipient:
    """Who receives it.

    store  the name of the place where it is fetched, instead of an address; None when it is brought
    """
    lines = (store,) if store is not None else tuple(line for line in (details.line1, details.line2) if line)
    return Recipient(name=details.name, phone=details.phone, lines=lines, note=details.note or None)


def to_keep(details: Details, postcode: str | None, address_id: UUID) -> Address | None:
    """What goes into a member's book of a form; None when nothing is to.

    postcode  of where it is brought; None where nothing is
    """
    if details.recipient != NEW or not details.keep or postcode is None:
        return None
    lines = tuple(filter(None, (details.line1, details.line2)))
    return Address(
        address_id=address_id, label=details.label, name=details.name, phone=details.phone, postcode=postcode,
        lines=lines, note=details.note or None,
    )  # fmt: skip


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
