"""Many persons at once, as an import brings them: already sealed, in the order of their keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, many, run

from .persons import SealedPerson

HOLD: Final[LiteralString] = """
    INSERT INTO shoppers.person AS known (shopper_id, shop_id, changed_at)
    SELECT shopper_id, shop_id, %(at)s
      FROM unnest(%(shopper_ids)s::text[], %(shop_ids)s::text[]) AS n (shopper_id, shop_id) ORDER BY 1, 2
    ON CONFLICT (shopper_id, shop_id) DO UPDATE SET changed_at = known.changed_at
    RETURNING shopper_id, shop_id, sealed, erased_at
"""
PUT: Final[LiteralString] = """
    WITH n AS (
        SELECT * FROM unnest(%(shopper_ids)s::text[], %(shop_ids)s::text[], %(sealeds)s::bytea[], %(phones)s::bytea[],
                             %(emails)s::bytea[], %(fields)s::text[], %(change_ids)s::uuid[])
                 AS n (shopper_id, shop_id, sealed, phone_index, email_index, fields, change_id)
    ), put AS (
        UPDATE shoppers.person p
           SET sealed = n.sealed, key_id = %(key_id)s, phone_index = n.phone_index, email_index = n.email_index,
               changed_at = %(at)s
          FROM n WHERE (p.shopper_id, p.shop_id) = (n.shopper_id, n.shop_id)
    )
    INSERT INTO shoppers.change (shopper_id, change_id, shop_id, what, changed_by, fields, at)
    SELECT shopper_id, change_id, shop_id, 'person', %(changed_by)s, string_to_array(fields, ' '), %(at)s FROM n
"""


class Row(msgspec.Struct, frozen=True):
    """A person to write: sealed, with what changed."""

    shop_id: str
    shopper_id: str
    sealed: bytes
    phone_index: bytes | None
    email_index: bytes | None
    fields: list[str]
    change_id: UUID


async def hold(conn: Conn, whose: Sequence[tuple[str, str]], at: datetime) -> list[SealedPerson]:
    """The persons with their rows locked; whose are (shop, shopper), each once."""
    return await many(
        conn, SealedPerson, HOLD, shop_ids=[each[0] for each in whose], shopper_ids=[each[1] for each in whose], at=at
    )


async def put(conn: Conn, rows: Sequence[Row], key_id: int, changed_by: str, at: datetime) -> None:
    """Write persons whose rows are held, and that they were changed."""
    await run(
        conn,
        PUT,
        key_id=key_id,
        changed_by=changed_by,
        at=at,
        shopper_ids=[each.shopper_id for each in rows],
        shop_ids=[each.shop_id for each in rows],
        sealeds=[each.sealed for each in rows],
        phones=[each.phone_index for each in rows],
        emails=[each.email_index for each in rows],
        fields=[" ".join(each.fields) for each in rows],
        change_ids=[each.change_id for each in rows],
    )
