"""What of an explanation an ally may see: every reason, but not how much others hold, have to do, or are paid."""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from ..answer import Reason
from .answer import Explanation, ServiceExplained, Verdict, WayExplained

# What a ruling tells of others' business, by its code.
WITHHELD: Final[Mapping[str, str]] = {"no_stock": "held", "queue": "parcels"}


def for_ally(explanation: Explanation) -> Explanation:
    """The explanation for a shop: what its shopper pays and waits for, and why each node was not taken."""
    return replace(explanation, services=tuple(map(_service, explanation.services)))


def _service(service: ServiceExplained) -> ServiceExplained:
    return replace(
        service,
        ways=tuple(map(_way, service.ways)),
        verdicts=tuple(map(_verdict, service.verdicts)),
    )


def _way(way: WayExplained) -> WayExplained:
    return replace(way, items=tuple(item for item in way.items if item.payer == "shopper"))


def _verdict(verdict: Verdict) -> Verdict:
    differs = verdict.difference
    if differs is not None:
        differs = replace(
            differs, carrier_minor=None, parcel_fees_minor=None, unit_fees_minor=None, cost_minor=None,
            scarcity_minor=None,
        )  # fmt: skip
    return replace(verdict, difference=differs, rulings=tuple(map(_ruling, verdict.rulings)))


def _ruling(ruling: Reason) -> Reason:
    withheld = WITHHELD.get(ruling.code)
    return replace(ruling, args={name: arg for name, arg in ruling.args.items() if name != withheld})
