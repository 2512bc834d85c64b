"""Names in place of ids, in the page's language: of nodes, and in sentences of nodes, and of goods or allies."""

import re
from collections.abc import Mapping
from typing import Final

from sangdan.offer.catalogue.model import Sku
from sangdan.offer.network.model import Network
from sangdan.offer.partners.model import Partner

from .words import Words

# A dot that ends an id ends its sentence.
_ID: Final = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9_-]")


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
