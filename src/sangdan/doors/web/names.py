"""Names in place of ids, in the page's language: of whoever did something, of nodes, and of all that sentences name."""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sangdan.doors.texts import render
from sangdan.flows.shopper_picture import number_of
from sangdan.kit import audit
from sangdan.kit.access import STAFF
from sangdan.kit.problems import Problem
from sangdan.offer.catalogue.model import Sku
from sangdan.offer.network.model import Network
from sangdan.offer.partners.model import Partner

from .words import Words

# A dot that ends an id ends its sentence.
_ID: Final = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9_-]")


def explained(problem: Problem, say: Words) -> str:
    """What is wrong, with its order by the number that people know it by."""
    told = render(problem, say.language)[1]
    try:
        order_id = UUID(str(problem.facts.get("order_id")))
    except ValueError:
        return told
    return told.replace(str(order_id), number_of(order_id))


def actor_name(actor: str, say: Words) -> str:
    """What people call a client: somebody's own name, for whom `staff.NAME` stands, or who sat at the command line."""
    console, _, user = actor.partition(".")
    if console == audit.CONSOLE and user:
        return say("%(user)s, on the command line", user=user)
    return actor.removeprefix(STAFF)


def node_name(node_id: str, network: Network, say: Words) -> str:
    """What people call a node; its id when it is not there any more."""
    node = network.nodes.get(node_id)
    return node_id if node is None else say.of(node)


def with_names(sentence: str, network: Network, others: Mapping[str, Sku | Partner], say: Words) -> str:
    """A sentence with names where it has ids of nodes, and of others, as whole words: a name may hold another's id."""

    def named(found: re.Match[str]) -> str:
        known = network.nodes.get(found[0]) or others.get(found[0])
        return found[0] if known is None else say.of(known)

    return _ID.sub(named, sentence)
