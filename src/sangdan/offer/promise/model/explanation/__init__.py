"""A promise explained: what was considered, what ruled each other node out, and what each won and minute is for.

Nothing is claimed that was not tried: a feasible node's figures are those of the way that it would give, and a ruling
is named only when the node would do without it and does not with it.
"""

from ..answer import Way
from ..gates import Floor
from ..inputs import Inputs, Service, ServiceRule
from ..quote import quote, ways_of
from ..reason import bars
from ..way import utc
from .answer import (
    DateExplained,
    Difference,
    Explanation,
    Item,
    Payer,
    Ruling,
    ServiceExplained,
    Step,
    Verdict,
    WayExplained,
)
from .date import dates_of
from .price import items_of
from .shown import for_ally
from .verdict import verdicts
from .words import Teller

__all__ = [
    "DateExplained",
    "Difference",
    "Explanation",
    "Item",
    "Payer",
    "Ruling",
    "ServiceExplained",
    "Step",
    "Teller",
    "Verdict",
    "WayExplained",
    "explained",
    "for_ally",
]


def explained(inputs: Inputs, service: Service | None = None) -> Explanation:
    """Explain a question's answer.

    service  the one to explain; None explains each that the policy knows
    """
    floor = Floor(inputs)
    refused = {each.service: each.reasons for each in quote(inputs).not_offered}
    services: list[ServiceExplained] = []
    for rule in inputs.policy.services:
        if service not in (None, rule.service):
            continue
        ways = ways_of(inputs, rule.service)
        services.append(
            ServiceExplained(
                rule=rule,
                ways=tuple(_way(inputs, floor, rule, way) for way in ways),
                reasons=refused.get(rule.service, ()),
                verdicts=() if bars(inputs, rule) else verdicts(inputs, rule, ways),
                left_out=tuple(left for left in inputs.left_out if left.service == rule.service),
            )
        )
    return Explanation(
        at=utc(inputs.at),
        postcode=inputs.postcode,
        currency=inputs.currency,
        timezone=inputs.policy.timezone,
        services=tuple(services),
    )


def _way(inputs: Inputs, floor: Floor, rule: ServiceRule, way: Way) -> WayExplained:
    return WayExplained(way, items_of(inputs, way), dates_of(inputs, floor, rule, way))
