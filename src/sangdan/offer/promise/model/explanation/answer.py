"""What an explanation says: the ways that won, and of every node that was considered why it did not."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from ..answer import Reason, Way
from ..inputs import LeftOut, ServiceRule

Ruling: TypeAlias = Literal["chosen", "feasible", "ruled_out"]
Payer: TypeAlias = Literal["shopper", "alliance", "nobody"]


class Item(msgspec.Struct, frozen=True):
    """A part of what a way costs.

    code       goods, fee, surcharge; carriage, carriage_by_weight, carriage_surcharge, parcel_fee, unit_fees; scarcity
    payer      the shopper pays the price, the alliance the fulfilment; nobody pays what only weighs in the choice
    payee      the ally that gets it, None where no single one does
    parcel_no  None for goods
    line_no    of the goods, None for anything else
    """

    code: str
    payer: Payer
    payee: str | None
    amount_minor: int
    parcel_no: int | None = None
    line_no: int | None = None


class Step(msgspec.Struct, frozen=True):
    """A stretch of a parcel's time, which no other step counts.

    code      margin, supply, closed, full, handling, queue, run, transit, area, spoken
    until_at  when it ends; it began when the step before ended
    args      what stands behind it
    """

    code: str
    until_at: datetime
    lasts_s: int
    args: dict[str, str | int]


class DateExplained(msgspec.Struct, frozen=True):
    """A parcel's date, from the question to the shopper's hands: the steps' lengths add up to it."""

    parcel_no: int
    node_id: str
    lane_id: str | None
    steps: tuple[Step, ...]
    promised_at: datetime
    probability_ppm: int


class WayExplained(msgspec.Struct, frozen=True):
    """A way with what each of its parts is for.

    items  the shopper's add up to way.price.total_minor, the alliance's to way.cost_minor
    """

    way: Way
    items: tuple[Item, ...]
    dates: tuple[DateExplained, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How the way with another node differs from the chosen one: its figures minus those.

    total_minor  goods + fee + surcharge, what the shopper pays
    cost_minor   carrier + parcel_fees + unit_fees, what the alliance pays
    later_s      until the shopper has the last of it

    What the alliance pays, part by part, and scarcity are None where the asker may not know them (`shown`).
    """

    goods_minor: int
    fee_minor: int
    surcharge_minor: int
    total_minor: int
    carrier_minor: int | None
    parcel_fees_minor: int | None
    unit_fees_minor: int | None
    cost_minor: int | None
    scarcity_minor: int | None
    later_s: int
    parcels: int
    co2e_g: int


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a node.

    instead_of  the chosen node whose place it was tried in, None where nothing was chosen
    lane_id     the best of its lanes, None over the counter
    lost_by     of a feasible one, what decided: dated, divided, far, price, cost, date, parcels,
                distance or order
    difference  of a feasible one
    rulings     of one that is ruled out: none of them is too many, and without them all it would do
    """

    node_id: str
    distance_m: int
    ruling: Ruling
    lane_id: str | None = None
    instead_of: str | None = None
    lost_by: str | None = None
    difference: Difference | None = None
    rulings: tuple[Reason, ...] = ()


class ServiceExplained(msgspec.Struct, frozen=True, kw_only=True):
    """One service.

    reasons   why it is not offered; empty when it is
    verdicts  the chosen, then the feasible from the best on, then the ruled out from the nearest on
    left_out  nodes of which only a count is known
    """

    rule: ServiceRule
    ways: tuple[WayExplained, ...]
    reasons: tuple[Reason, ...]
    verdicts: tuple[Verdict, ...]
    left_out: tuple[LeftOut, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Every service of a question, explained."""

    at: datetime
    postcode: str
    currency: str
    timezone: str
    services: tuple[ServiceExplained, ...]
