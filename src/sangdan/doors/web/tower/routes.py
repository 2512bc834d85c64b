"""All routes below /tower."""

from litestar.handlers import HTTPRouteHandler

from . import orders, overview, promises, risk_dates, risks, scene_pages
from .live import Live
from .running import RUNNING
from .tables import pages_of


def tower_routes(live: Live) -> list[HTTPRouteHandler]:
    """The pages of the tower.

    live  the live picture, from which some lists are shown
    """
    return [
        overview.page, overview.places, overview.live, overview.messages, overview.speed,
        scene_pages.scene, scene_pages.start, scene_pages.lines,
        *pages_of(orders.ORDERS), orders.order, orders.cancel_one, orders.confirm_one,
        *pages_of(risks.risk_table(live)), risk_dates.dates,
        promises.explorer, promises.explanation,
        *RUNNING,
    ]  # fmt: skip
