"""Rows leave the database: as CSV lines into a file, in constant memory, each cell spelled as the imports read it."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import BinaryIO, Final, Literal, LiteralString, TypeAlias

import msgspec
from psycopg import sql

from sangdan.kit import feed
from sangdan.kit.access import Role
from sangdan.kit.db import Conn

from ..public_events import Viewer, read
from .errors import ExportTimeless, ResourceForbidden, ResourceUnknown
from .resources import EVENTS, EVERYBODY, RESOURCES, Resource

CellKind: TypeAlias = Literal["text", "whole", "flag", "instant", "day", "list"]

EVENT_PAGE: Final = 500
EVENT_COLUMNS: Final[Mapping[str, CellKind]] = MappingProxyType(
    {"position": "whole", "id": "text", "type": "text", "subject": "text", "time": "instant", "data": "text"}
)
BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)
END: Final = datetime(9999, 12, 31, tzinfo=UTC)

# PostgreSQL's types by number: what is in their cells, and how a cell is spelled. All others are text as it is.
_WHOLE: Final = frozenset({20, 21, 23, 1700})
_BOOL: Final = 16
_DATE: Final = 1082
_INSTANT: Final = 1184
_ARRAYS: Final = frozenset({1005, 1007, 1009, 1015, 1016, 1183})  # of numbers, texts and times of day

# No statements of their own: pieces to put around a resource's.
COPY: LiteralString = "COPY (SELECT {cells} FROM ({rows}) AS rows) TO STDOUT (FORMAT csv)"
LOOK: LiteralString = "SELECT * FROM ({rows}) AS rows LIMIT 0"
FLAG: LiteralString = "CASE WHEN {cell} THEN 'true' WHEN NOT {cell} THEN 'false' END"
INSTANT: LiteralString = """to_char({cell} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
LIST: LiteralString = "array_to_string({cell}, '|')"


class Scope(msgspec.Struct, frozen=True):
    """Which rows are wanted.

    role     of the asker
    seen_by  the ally whose rows may be seen; None for the tower
    since    from this instant on; None: from the beginning
    until    before this instant; None: to the end
    """

    role: Role = "tower"
    seen_by: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Spooled(msgspec.Struct, frozen=True):
    """What was written: the columns in their order, and how many rows."""

    columns: Mapping[str, CellKind]
    rows: int


def names() -> list[str]:
    """All that can be exported."""
    return [*RESOURCES, EVENTS]


def check(name: str, scope: Scope) -> Resource | None:
    """The resource, if the asker may have it; None stands for the events.

    raises  ResourceUnknown, ResourceForbidden, ExportTimeless
    """
    resource = RESOURCES.get(name)
    if resource is None and name != EVENTS:
        known = ", ".join(names())
        raise ResourceUnknown(f"There is no export of {name[:60]!r}: choose one of {known}.", resource=name[:60])
    roles = EVERYBODY if resource is None else resource.roles
    if scope.role not in roles:
        raise ResourceForbidden(f"A key of role {scope.role} may not export {name}.", role=scope.role, resource=name)
    if resource is not None and not resource.timed and (scope.since or scope.until):
        raise ExportTimeless(f"Rows of {name} have no time: export all of them.", resource=name)
    return resource


async def spool(conn: Conn, name: str, scope: Scope, file: BinaryIO) -> Spooled:
    """Write rows as CSV without a header, in the order of their key, as one moment saw them.

    raises  what `check` raises
    """
    resource = check(name, scope)
    if resource is None:
        return await _events(conn, scope, file)
    args = {
        "role": scope.role, "seen_by": scope.seen_by,
        "since": scope.since or BEGINNING, "until": scope.until or END,
    }  # fmt: skip
    rows = sql.SQL(resource.sql)
    looked = await conn.execute(sql.SQL(LOOK).format(rows=rows), args)
    assert looked.description is not None
    cells = {column.name: column.type_code for column in looked.description}
    spelled = sql.SQL(", ").join(_spelled(column, kind) for column, kind in cells.items())
    async with conn.cursor() as cur:
        async with cur.copy(sql.SQL(COPY).format(cells=spelled, rows=rows), args) as copy:
            async for block in copy:
                file.write(block)
        return Spooled({column: _kind(kind) for column, kind in cells.items()}, cur.rowcount)


def _spelled(name: str, kind: int) -> sql.Composable:
    cell = sql.Identifier(name)
    if kind == _BOOL:
        return sql.SQL(FLAG).format(cell=cell)
    if kind == _INSTANT:
        return sql.SQL(INSTANT).format(cell=cell)
    return sql.SQL(LIST).format(cell=cell) if kind in _ARRAYS else cell


def _kind(kind: int) -> CellKind:
    if kind in _WHOLE:
        return "whole"
    if kind == _BOOL:
        return "flag"
    if kind == _INSTANT:
        return "instant"
    if kind == _DATE:
        return "day"
    return "list" if kind in _ARRAYS else "text"


async def _events(conn: Conn, scope: Scope, file: BinaryIO) -> Spooled:
    """Public events as the asker may see them, page by page."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    lines = csv.writer(text, lineterminator="\n")
    position = 0 if scope.since is None else await feed.since(conn, scope.since)
    viewer, rows, more = Viewer(scope.role, scope.seen_by), 0, True
    while more:
        found = await read(conn, viewer, position, None, EVENT_PAGE)
        position, more = found.position, found.more
        for event in found.events:
            if scope.until is not None and event.time >= scope.until:
                continue
            at = f"{event.time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
            data = msgspec.json.encode(event.data).decode()
            lines.writerow((event.position, event.id, event.type, event.subject, at, data))
            rows += 1
    text.detach()
    return Spooled(EVENT_COLUMNS, rows)
