"""Whom the floor app is for, where they work, and how a device is told what went wrong."""

from typing import Any, Final
from urllib.parse import unquote

from litestar import Response
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from sangdan.doors.problems import MEDIA_TYPE, ProblemBody, as_problem, body_of
from sangdan.doors.web.answers import Asked, spoken
from sangdan.doors.web.errors import SomebodyElse
from sangdan.kit.access import STAFF, Role, Seer
from sangdan.offer.network.model import Network, Node

AT_NODES: Final[frozenset[Role]] = frozenset({"tower", "floor"})
ON_THE_ROAD: Final[frozenset[Role]] = frozenset({"courier"})
OPENED_BY: Final = "x-sangdan-opened-by"


def still_theirs(connection: ASGIConnection[Any, Seer, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse a page that one person opened and another's session asks for: neither acts in the other's name.

    raises  SomebodyElse
    """
    opened_by, who = connection.headers.get(OPENED_BY), connection.user.client_id
    if opened_by is not None and unquote(opened_by) != who:
        first, now = unquote(opened_by).removeprefix(STAFF), who.removeprefix(STAFF)
        raise SomebodyElse(
            f"{first} opened this page, and {now} is signed in now: open the app again. What {first} did stays on this"
            " device until they sign in.",
            opened_by=first,
            who=now,
        )


def as_told(request: Asked, raised: Exception) -> Response[ProblemBody]:
    """What went wrong, for a device to read and to show in its person's language."""
    body, headers = body_of(as_problem(raised), request.url.path, spoken(request))
    return Response(body, status_code=body.status, headers=headers, media_type=MEDIA_TYPE)


def own_nodes(network: Network, seer: Seer) -> list[Node]:
    """The nodes that somebody may work on, by name."""
    mine = [
        node
        for node in network.nodes.values()
        if seer.seen_by in (None, node.operator_id) and seer.sees_node(node.node_id)
    ]
    return sorted(mine, key=lambda node: (node.name_ko, node.node_id))
