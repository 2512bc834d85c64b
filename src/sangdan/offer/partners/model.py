"""Allies and what was agreed with each, as dated data."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

import msgspec

from sangdan.kit.calendars import zone_of
from sangdan.kit.money import PPM

from .errors import BadContract, ContractsOverlap, NoContract

Kind: TypeAlias = Literal["marketplace", "seller", "logistics", "retailer", "carrier", "telco", "overseas"]
Cycle: TypeAlias = Literal["daily", "weekly", "monthly"]
Bearer: TypeAlias = Literal["shopper", "seller", "carrier", "logistics", "marketplace"]

# Kinds of ally that have shoppers of their own and collect their money.
COLLECTING: Final = frozenset({"marketplace", "retailer", "telco"})
LONGEST_SETTLEMENT_DAYS: Final = 90
# The clock on which contracts begin and end, and periods are settled.
TIMEZONE: Final = "Asia/Seoul"


class Partner(msgspec.Struct, frozen=True):
    """An ally."""

    partner_id: str
    kind: Kind
    name_ko: str
    name_en: str


class Disclosure(msgspec.Struct, frozen=True):
    """What a shop must tell of a seller, or of itself.

    business_no    사업자등록번호
    mail_order_no  통신판매업 신고번호, with the authority it was reported to; None where none is needed
    source         전자상거래법 제10조, 제13조
    """

    partner_id: str
    trade_name_ko: str
    trade_name_en: str
    representative_ko: str
    representative_en: str
    address_ko: str
    address_en: str
    phone: str
    email: str
    business_no: str
    mail_order_no: str | None
    mail_order_authority_ko: str | None
    mail_order_authority_en: str | None
    privacy_officer_ko: str | None
    privacy_officer_en: str | None


class Contract(msgspec.Struct, frozen=True):
    """What holds between the alliance and a partner on some dates.

    valid_to              first date on which it is over; None until further notice
    currency              of the fees
    commission_ppm        the partner pays of goods sold, parts per million of the gross price
    gateway_fee_ppm       the gateway keeps of what the partner collects, parts per million
    unit_fee_minor        the partner is paid for each unit it handles, without VAT
    parcel_fee_minor      the partner is paid for each parcel it packs, without VAT
    vat_ppm               on fees and commission, parts per million
    settlement_days       from the end of a cycle to the payment
    return_mind_bearer    who pays for the way back when the shopper changes their mind
    return_defect_bearer  who pays when the goods are at fault
    """

    partner_id: str
    valid_from: date
    valid_to: date | None
    currency: str
    commission_ppm: int
    gateway_fee_ppm: int
    unit_fee_minor: int
    parcel_fee_minor: int
    vat_ppm: int
    settlement_cycle: Cycle
    settlement_days: int
    return_mind_bearer: Bearer
    return_defect_bearer: Bearer

    def holds_on(self, on: date) -> bool:
        """True on the dates on which it is valid."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    def overlaps(self, other: "Contract") -> bool:
        """True when both are valid on some date, for the same partner."""
        return (
            self.partner_id == other.partner_id
            and (other.valid_to is None or self.valid_from < other.valid_to)
            and (self.valid_to is None or other.valid_from < self.valid_to)
        )


def collects(partner: Partner) -> bool:
    """True for an ally that may own a shop, and so keeps a book of its own in the ledger."""
    return partner.kind in COLLECTING


def local_date(at: datetime, timezone: str = TIMEZONE) -> date:
    """The date on which something happened, as contracts count dates: until nine in the morning UTC is a day behind.

    at  aware
    """
    return at.astimezone(zone_of(timezone)).date()


def contract_on(contracts: Iterable[Contract], partner_id: str, on: date) -> Contract:
    """What was agreed with a partner for a date.

    contracts  of any partners; those of one partner do not overlap
    raises     NoContract
    """
    for each in contracts:
        if each.partner_id == partner_id and each.holds_on(on):
            return each
    raise NoContract(
        f"No contract with {partner_id} is valid on {on}: enter one that covers the date.",
        partner_id=partner_id,
        on=on.isoformat(),
    )


def check(contract: Contract) -> None:
    """Refuse terms that cannot be.

    raises  BadContract, naming the first term that is wrong
    """
    shares = ("commission_ppm", "gateway_fee_ppm", "vat_ppm")
    ranges = [(name, PPM) for name in shares] + [
        ("unit_fee_minor", None),
        ("parcel_fee_minor", None),
        ("settlement_days", LONGEST_SETTLEMENT_DAYS),
    ]
    for name, most in ranges:
        value: int = getattr(contract, name)
        if value < 0 or (most is not None and value > most):
            upto = f" to {most}" if most is not None else " or more"
            raise BadContract(f"{name} is {value}: it must be 0{upto}.", field=name, value=value)
    if contract.valid_to is not None and contract.valid_to <= contract.valid_from:
        raise BadContract(
            f"valid_to is {contract.valid_to}: it must come after valid_from, {contract.valid_from}.",
            field="valid_to",
            value=contract.valid_to.isoformat(),
        )


def stands_clear(contract: Contract, others: Iterable[Contract]) -> None:
    """Refuse a contract that would be valid together with another.

    others  of the same partner; the one with the same valid_from is the one being changed
    raises  ContractsOverlap, naming the other
    """
    for other in others:
        if other.valid_from != contract.valid_from and contract.overlaps(other):
            until = f"until {other.valid_to}" if other.valid_to else "until further notice"
            raise ContractsOverlap(
                f"{contract.partner_id} has a contract from {other.valid_from} {until}: end that one first, "
                f"or let this one begin when it is over.",
                partner_id=contract.partner_id,
                valid_from=other.valid_from.isoformat(),
                valid_to=other.valid_to.isoformat() if other.valid_to else None,
            )
