"""Personal data lives in one place: no other table has a column for it, and what is sealed names its key."""

import re
from typing import Final, LiteralString

import msgspec

from sangdan.kit.db import Conn, many, run

# Words of a column's name that speak of a person.
PERSONAL: Final = frozenset(
    {"name", "names", "surname", "nickname", "phone", "tel", "telephone", "mobile", "fax", "email", "mail"}
    | {"address", "addr", "street", "lines", "door", "note", "birth", "birthday", "gender", "sex", "recipient"}
    | {"consignee", "receiver", "clearance", "pccc", "passport", "ssn", "rrn", "ci", "lat", "lon", "ip", "contact"}
)
# Columns that have such a word and speak of something else: things, companies, places of business, our own programs.
ALLOWED: Final = frozenset(
    {
        *("kit.secret.name", "kit.function_hash.name", "kit.bulk_run.name", "kit.saved_view.name"),
        *("partners.partner.name_ko", "partners.partner.name_en"),
        *("network.zone.name_ko", "network.zone.name_en", "network.zone.lat_e6", "network.zone.lon_e6"),
        *("network.node.name_ko", "network.node.name_en", "network.node.lat_e6", "network.node.lon_e6"),
        *("catalogue.product.name_ko", "catalogue.product.name_en"),
        *("catalogue.sku.name_ko", "catalogue.sku.name_en"),
        *("catalogue.category.name_ko", "catalogue.category.name_en"),
        # A seller's place of business and where shoppers reach it.
        *("partners.disclosure.trade_name_ko", "partners.disclosure.trade_name_en"),
        *("partners.disclosure.address_ko", "partners.disclosure.address_en"),
        *("partners.disclosure.phone", "partners.disclosure.email"),
        *("partners.disclosure.mail_order_no", "partners.disclosure.mail_order_authority_ko"),
        "partners.disclosure.mail_order_authority_en",
        "settlement.hour.lines",
        "settlement.statement.lines",
        # Masked, and emptied with the person.
        "notices.notice.receiver",
        # A year alone, for age limits; emptied with the person.
        "orders.member.birth_year",
    }
)
HOME: Final = "shoppers"

COLUMNS: Final[LiteralString] = """
    SELECT c.table_schema || '.' || c.table_name || '.' || c.column_name AS name
      FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema', 'public')
       AND c.table_schema NOT LIKE 'pg\\_%%' ORDER BY 1
"""
# Tables with a sealed value whose key_id does not refer to the keys.
UNBOUND: Final[LiteralString] = """
    SELECT n.nspname || '.' || t.relname AS name
      FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid AND t.relkind = 'r'
      JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE a.attname = 'sealed' AND NOT a.attisdropped AND NOT EXISTS (
           SELECT FROM pg_constraint f JOIN pg_attribute k ON k.attrelid = t.oid AND f.conkey = ARRAY[k.attnum]
            WHERE f.conrelid = t.oid AND f.contype = 'f' AND k.attname = 'key_id'
              AND f.confrelid = 'kit.data_key'::regclass)
     ORDER BY 1
"""


class Named(msgspec.Struct, frozen=True):
    """Something with a name."""

    name: str


async def personal(conn: Conn) -> list[str]:
    """Columns outside the shoppers' room that look as if they held somebody's data."""
    found = [each.name for each in await many(conn, Named, COLUMNS)]
    return [
        name
        for name in found
        if not name.startswith(f"{HOME}.")
        and name not in ALLOWED
        and PERSONAL & set(re.split(r"_", name.rpartition(".")[2]))
    ]


async def unbound(conn: Conn) -> list[str]:
    """Tables from under whose sealed values a key could be deleted."""
    return [each.name for each in await many(conn, Named, UNBOUND)]


async def test_personal_data_has_one_home(conn: Conn) -> None:
    assert await personal(conn) == []
    await run(conn, "CREATE TABLE stock.bad (node_id text PRIMARY KEY, buyer_phone text, email text, named_at date)")
    assert await personal(conn) == ["stock.bad.buyer_phone", "stock.bad.email"]


async def test_the_list_of_exceptions_holds_no_leftovers(conn: Conn) -> None:
    assert not ALLOWED - {each.name for each in await many(conn, Named, COLUMNS)}


async def test_its_home_holds_it_sealed(conn: Conn) -> None:
    """In the home itself, too, no column spells a person out: they are in `sealed`."""
    own = [each.name for each in await many(conn, Named, COLUMNS) if each.name.startswith(f"{HOME}.")]
    plain = [name for name in own if PERSONAL & set(name.rpartition(".")[2].split("_"))]
    assert plain == ["shoppers.person.email_index", "shoppers.person.phone_index"], "keyed hashes alone"


async def test_what_is_sealed_keeps_its_key(conn: Conn) -> None:
    assert await unbound(conn) == []
    await run(conn, "CREATE TABLE stock.bad (node_id text PRIMARY KEY, sealed bytea, key_id integer)")
    assert await unbound(conn) == ["stock.bad"]
