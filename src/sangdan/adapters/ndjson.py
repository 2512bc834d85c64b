"""Tables as NDJSON: an object a line, its fields the columns. A line that is no object spoils itself alone."""

from typing import Any, Final

import msgspec
import polars as pl

from sangdan.kit.bulk import LINE, REASON

from .tables import MOST_COLUMNS, FileEmpty, FileUnreadable

SEPARATOR: Final = "|"


def parse(data: bytes, name: str) -> pl.DataFrame:
    """Read lines to a frame of text, as a CSV would have held them: lists joined by '|', null as nothing.

    name    what people call it
    gives   LINE, REASON (why a line could not be read, else null), then every field that any line has
    raises  FileEmpty, FileUnreadable
    """
    places: list[int] = []
    reasons: list[str | None] = []
    rows: list[dict[str, str | None]] = []
    for place, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        row, reason = _read(line)
        places.append(place)
        rows.append(row)
        reasons.append(reason)
    if not rows:
        raise FileEmpty(f"{name} has no lines.", file=name)
    fields = list(dict.fromkeys(field for row in rows for field in row if field not in (LINE, REASON)))
    if len(fields) > MOST_COLUMNS:
        raise FileUnreadable(f"The lines of {name} have more than {MOST_COLUMNS} fields.", file=name)
    columns = {field: [row.get(field) for row in rows] for field in fields}
    text = dict.fromkeys(fields, pl.String)
    return pl.DataFrame({LINE: places, REASON: reasons, **columns}, schema={LINE: pl.Int64, REASON: pl.String, **text})


def _read(line: bytes) -> tuple[dict[str, str | None], str | None]:
    try:
        return {name.strip().lower(): _text(value) for name, value in _decoder.decode(line).items()}, None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}, "the line is not a JSON object"
    except RecursionError:
        return {}, "the line's values are nested too deeply"


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return SEPARATOR.join(_text(each) or "" for each in msgspec.convert(value, list[Any]))
    return msgspec.json.encode(value).decode()


_decoder: Final = msgspec.json.Decoder(dict[str, Any])
