"""People in bulk: sealed before they reach the database, so that no table of the way holds them in the clear."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from sangdan.kit.bulk import Loaded, Refused
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault

from ..errors import PersonUnfit
from ..model import Details, Person, differing, told_by_file
from ..queries import many
from .sealing import email_index, opened, person_context, phone_index, seal


class Told(msgspec.Struct, frozen=True):
    """A row of an import: whose it is, and what it tells; `line` is its place in the file."""

    line: int
    shop_id: str
    shopper_id: str
    details: Details


async def put_many(conn: Conn, vault: Vault, told: Sequence[Told], by: str, at: datetime, ids: Ids) -> Loaded:
    """Bring what shops know of their shoppers to what a file says; what it does not speak of stays.

    told   each shopper of a shop once
    by     the run that brings them
    gives  how many were new or different; refused are those who were erased, and what cannot be a phone or an e-mail
    """
    key_id = await vault.ready(conn)
    held = {
        (each.shop_id, each.shopper_id): each
        for each in await many.hold(conn, [(each.shop_id, each.shopper_id) for each in told], at)
    }
    rows: list[many.Row] = []
    refused: list[Refused] = []
    for each in told:
        known = held[each.shop_id, each.shopper_id]
        if known.erased_at is not None:
            refused.append(Refused(each.line, "shopper_id: was erased; whoever comes back gets a new id"))
            continue
        context = person_context(each.shop_id, each.shopper_id)
        before = None if known.sealed is None else await opened(conn, vault, Person, known.sealed, context)
        try:
            person = told_by_file(before, each.details)
        except PersonUnfit as unfit:
            refused.append(Refused(each.line, f"{unfit.facts['field']}: {unfit.detail}"))
            continue
        if fields := differing(before, person):
            sealed = seal(vault, person, context)
            phone, email = phone_index(vault, person), email_index(vault, person)
            rows.append(many.Row(each.shop_id, each.shopper_id, sealed, phone, email, fields, ids.new(at)))
    await many.put(conn, rows, key_id, by, at)
    return Loaded(len(rows), refused)
