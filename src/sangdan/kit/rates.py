"""Exchange rates as dated data. A rate is never changed: amounts carry the id of the one they were made with."""

from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from . import bulk
from .db import Conn, many

VALID: Final[LiteralString] = """
    SELECT DISTINCT ON (source, target) rate_id, source, target, rate_ppm
      FROM kit.exchange_rate
     WHERE valid_from <= %(at)s
     ORDER BY source, target, valid_from DESC
"""
MAKE_RATE: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (
        line bigint NOT NULL, source kit.currency NOT NULL, target kit.currency NOT NULL, rate_ppm bigint NOT NULL,
        valid_from timestamptz NOT NULL
    ) ON COMMIT DROP
"""
COPY_RATES: Final[LiteralString] = """
    COPY pg_temp.incoming (line, source, target, rate_ppm, valid_from) FROM STDIN (FORMAT csv)
"""
REFUSE_RATES: Final[LiteralString] = """
    DELETE FROM pg_temp.incoming i
     USING kit.exchange_rate r
     WHERE (r.source, r.target, r.valid_from) = (i.source, i.target, i.valid_from) AND r.rate_ppm <> i.rate_ppm
 RETURNING i.line, 'rate_ppm: ' || r.rate_ppm || ' is known from then on: give a new rate a later valid_from' AS reason
"""
PUT_RATES: Final[LiteralString] = """
    INSERT INTO kit.exchange_rate (rate_id, source, target, rate_ppm, valid_from)
    SELECT kit.hashed_id(valid_from, source || '|' || target), source, target, rate_ppm, valid_from
      FROM pg_temp.incoming ORDER BY source, target, valid_from
    ON CONFLICT (source, target, valid_from) DO NOTHING
"""
RATES: Final = bulk.Bulk(MAKE_RATE, COPY_RATES, PUT_RATES, (REFUSE_RATES,))


class Rate(msgspec.Struct, frozen=True):
    """One unit of `source` buys rate_ppm / 1e6 units of `target`, both in major units."""

    rate_id: UUID
    source: str
    target: str
    rate_ppm: int


async def valid(conn: Conn, at: datetime) -> list[Rate]:
    """The rates at an instant, by source and target."""
    return await many(conn, Rate, VALID, at=at)


async def load(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring rates in.

    rows   CSV: line, source, target, rate_ppm, valid_from
    gives  refused: another rate for an instant that has one
    """
    return await bulk.load(conn, RATES, rows)
