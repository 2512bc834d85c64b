"""Every list of the tower is one declared table: columns, filters, keyset pages, permalinks, saved views, exports, bulk
actions. What a page adds is where its rows come from.
"""

from .actions import Action, Foreseen, Saying
from .columns import Cell, Column, Kind, Tone
from .filters import Choice, Days, Flag, Option, Search
from .routes import check_role, pages_of
from .sources import Asked, Listed, Rows
from .table import Table
from .view import View

__all__ = [
    "Action", "Asked", "Cell", "Choice", "Column", "Days", "Flag", "Foreseen", "Kind", "Listed", "Option", "Rows",
    "Saying", "Search", "Table", "Tone", "View", "check_role", "pages_of",
]  # fmt: skip
