"""Where one can go in the tower: the navigation, in the order in which an operator's day asks for it."""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from sangdan.doors.web.words import mark
from sangdan.kit.access import Role

Group: TypeAlias = Literal["watch", "run", "people", "faces"]

TOWER: Final[frozenset[Role]] = frozenset({"tower"})
ALLIES: Final[frozenset[Role]] = frozenset({"tower", "shop", "ally"})
SHOPS: Final[frozenset[Role]] = frozenset({"tower", "shop"})

# Only where this server has a storefront.
SHOP: Final = "/shop"

GROUPS: Final[tuple[tuple[Group, str], ...]] = (
    ("watch", mark("Watch")),
    ("run", mark("Run")),
    ("people", mark("People")),
    ("faces", mark("Other faces")),
)


class Place(msgspec.Struct, frozen=True):
    """One page that the navigation leads to.

    title  marked English
    icon   one of the built icons
    roles  who may go there
    key    pressed after g; '' for none
    """

    url: str
    title: str
    icon: str
    group: Group
    roles: frozenset[Role]
    key: str = ""


PLACES: Final[Sequence[Place]] = (
    Place("/tower", mark("Live map"), "map", "watch", ALLIES, "m"),
    Place("/tower/risks", mark("Risks"), "siren", "watch", ALLIES, "r"),
    Place("/tower/orders", mark("Orders"), "receipt-text", "watch", ALLIES, "o"),
    Place("/tower/promises", mark("Promise explorer"), "route", "watch", SHOPS, "p"),
    Place("/tower/stock", mark("Stock"), "boxes", "run", frozenset({"tower", "ally"}), "s"),
    Place("/tower/network", mark("Network"), "network", "run", ALLIES, "n"),
    Place("/tower/allies", mark("Allies"), "handshake", "run", ALLIES, "y"),
    Place("/tower/settlement", mark("Settlement"), "scale", "run", ALLIES, "e"),
    Place("/tower/notices", mark("Messages"), "message-square", "run", SHOPS, "c"),
    Place("/tower/webhooks", mark("Webhooks"), "webhook", "run", ALLIES, "w"),
    Place("/tower/jobs", mark("Jobs"), "list-checks", "run", TOWER, "j"),
    Place("/tower/imports", mark("Imports"), "upload", "run", TOWER, "i"),
    Place("/tower/people", mark("Accounts"), "users", "people", frozenset({"tower", "ally"}), "a"),
    Place("/tower/keys", mark("API keys"), "key-round", "people", TOWER),
    Place("/tower/audit", mark("Audit trail"), "shield-check", "people", ALLIES, "t"),
    Place("/tower/reviews", mark("Reviews"), "star", "run", SHOPS, "v"),
    Place(SHOP, mark("Storefront"), "shopping-bag", "faces", ALLIES),
    Place("/floor", mark("Floor app"), "scan-barcode", "faces", TOWER),
)


class Entry(msgspec.Struct, frozen=True):
    """A place in somebody's navigation; `here` where they are, or on a page below it."""

    place: Place
    here: bool


class Section(msgspec.Struct, frozen=True):
    """A group of the navigation, with what of it one may see."""

    title: str
    entries: tuple[Entry, ...]


def navigation(role: Role, path: str, *, has_shop: bool) -> list[Section]:
    """What the navigation shows somebody on a page.

    path      of the page
    has_shop  whether this server has a storefront
    """
    allowed = [place for place in PLACES if role in place.roles and (has_shop or place.url != SHOP)]
    under = [place for place in allowed if path == place.url or path.startswith(place.url + "/")]
    nearest = max(under, key=lambda place: len(place.url), default=None)
    sections = [
        Section(title, tuple(Entry(place, place is nearest) for place in allowed if place.group == group))
        for group, title in GROUPS
    ]
    return [section for section in sections if section.entries]
