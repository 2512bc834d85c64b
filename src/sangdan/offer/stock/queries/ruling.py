"""Rules of the stock: what they are, and what they make of the cells that they fit.

A cell keeps what its rules come to: `balance.safety`, and a row of `allotment` for each ally whose shops have a share.
Whoever changes rules waits for counts and receipts that are under way, and holds up the next ones.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from msgspec.structs import asdict

from sangdan.kit.db import Conn, Json, many, maybe, run, value

from ..model import UNBOUND, Rule, Ruled, Share

# Whether a rule r for its SKU fits a cell c.
FITS: Final[LiteralString] = """r.sku = c.sku AND coalesce(r.node_id, c.node_id) = c.node_id
                  AND coalesce(r.owner_id, c.owner_id) = c.owner_id"""
# Of each shop that has a share of some cells, the rule that counts.
SHARE: Final[LiteralString] = (
    """
    WITH share AS (
        SELECT c.node_id, c.sku, c.owner_id, s.shop_id, s.share_ppm, s.units_max
          FROM unnest(%(node_ids)s::text[], %(skus)s::text[], %(owner_ids)s::text[]) AS c (node_id, sku, owner_id)
         CROSS JOIN LATERAL (
               SELECT DISTINCT ON (r.shop_id) r.shop_id, r.share_ppm, r.units_max
                 FROM stock.sku_rule r
                WHERE r.shop_id IS NOT NULL AND """
    + FITS
    + """
                ORDER BY r.shop_id, r.rank DESC) s
    )"""
)

HOLD_RULES: Final[LiteralString] = "SELECT pg_advisory_xact_lock_shared(hashtext('stock.rule')) AS held"
LOCK_RULES: Final[LiteralString] = "SELECT pg_advisory_xact_lock(hashtext('stock.rule')) AS held"
ANY_RULE: Final[LiteralString] = "SELECT EXISTS (SELECT FROM stock.rule) AS ruled"
RULES: Final[LiteralString] = """
    SELECT rule_id, node_id, sku, category, owner_id, shop_id, safety, share_ppm, units_max
      FROM stock.rule ORDER BY rank DESC, rule_id
"""
RULE_CELLS: Final[LiteralString] = (
    """
    -- The caller holds the cells. A cell that a safety rule has left keeps nothing back until somebody says so.
    WITH ruled AS (
        SELECT c.node_id, c.sku, c.owner_id, c.lapsed,
               (SELECT r.safety FROM stock.sku_rule r
                 WHERE r.safety IS NOT NULL AND """
    + FITS
    + """
                 ORDER BY r.rank DESC LIMIT 1) AS safety,
               EXISTS (SELECT FROM stock.sku_rule r WHERE r.shop_id IS NOT NULL AND """
    + FITS
    + """) AS allotted
          FROM unnest(%(node_ids)s::text[], %(skus)s::text[], %(owner_ids)s::text[], %(lapsed)s::boolean[])
               AS c (node_id, sku, owner_id, lapsed)
    )
    UPDATE stock.balance b
       SET safety = coalesce(r.safety, CASE WHEN r.lapsed THEN 0 ELSE b.safety END), allotted = r.allotted
      FROM ruled r
     WHERE (b.node_id, b.sku, b.owner_id) = (r.node_id, r.sku, r.owner_id)
       AND (b.safety, b.allotted)
           <> (coalesce(r.safety, CASE WHEN r.lapsed THEN 0 ELSE b.safety END), r.allotted)
"""
)
SET_SHARES: Final[LiteralString] = (
    SHARE
    + """
    -- What lies there now is divided anew; what a shop holds of it already counts.
    INSERT INTO stock.allotment AS old (node_id, sku, owner_id, shop_id, units_max, set_at)
    SELECT s.node_id, s.sku, s.owner_id, s.shop_id,
           coalesce(s.units_max, greatest(b.on_hand - b.safety, 0) * s.share_ppm / 1000000), %(at)s
      FROM share s JOIN stock.balance b ON (b.node_id, b.sku, b.owner_id) = (s.node_id, s.sku, s.owner_id)
     ORDER BY s.node_id, s.sku, s.owner_id, s.shop_id
    ON CONFLICT (node_id, sku, owner_id, shop_id) DO UPDATE
       SET units_max = excluded.units_max, set_at = excluded.set_at
     WHERE old.units_max <> excluded.units_max
"""
)
GROW_SHARES: Final[LiteralString] = (
    SHARE
    + """, grown AS (
        -- Of what came each shop has its share, rounded as if all had come at once; a fixed number stays.
        UPDATE stock.allotment a
           SET units_max = a.units_max + greatest(b.on_hand - b.safety, 0) * s.share_ppm / 1000000
                           - greatest(b.on_hand - b.safety - %(came)s, 0) * s.share_ppm / 1000000
          FROM share s JOIN stock.balance b ON (b.node_id, b.sku, b.owner_id) = (s.node_id, s.sku, s.owner_id)
         WHERE (a.node_id, a.sku, a.owner_id, a.shop_id) = (s.node_id, s.sku, s.owner_id, s.shop_id)
           AND s.share_ppm IS NOT NULL
    )
    INSERT INTO stock.allotment (node_id, sku, owner_id, shop_id, units_max, set_at)
    SELECT s.node_id, s.sku, s.owner_id, s.shop_id,
           coalesce(s.units_max, greatest(b.on_hand - b.safety, 0) * s.share_ppm / 1000000), %(at)s
      FROM share s JOIN stock.balance b ON (b.node_id, b.sku, b.owner_id) = (s.node_id, s.sku, s.owner_id)
    ON CONFLICT (node_id, sku, owner_id, shop_id) DO NOTHING
"""
)
LIFT_SHARES: Final[LiteralString] = """
    -- Shares without a rule: what is held of one is counted to its end, but bounded by nothing.
    WITH without AS (
        SELECT a.node_id, a.sku, a.owner_id, a.shop_id
          FROM unnest(%(node_ids)s::text[], %(skus)s::text[], %(owner_ids)s::text[]) AS c (node_id, sku, owner_id)
          JOIN stock.allotment a ON (a.node_id, a.sku, a.owner_id) = (c.node_id, c.sku, c.owner_id)
         WHERE NOT EXISTS (SELECT FROM stock.sku_rule r
                            WHERE r.shop_id = a.shop_id AND r.sku = a.sku
                              AND coalesce(r.node_id, a.node_id) = a.node_id
                              AND coalesce(r.owner_id, a.owner_id) = a.owner_id)
    ), idle AS (
        DELETE FROM stock.allotment a
         USING without w
         WHERE (a.node_id, a.sku, a.owner_id, a.shop_id) = (w.node_id, w.sku, w.owner_id, w.shop_id) AND a.taken = 0
    )
    UPDATE stock.allotment a SET units_max = %(unbound)s
      FROM without w
     WHERE (a.node_id, a.sku, a.owner_id, a.shop_id) = (w.node_id, w.sku, w.owner_id, w.shop_id) AND a.taken > 0
"""
CELLS_UNDER: Final[LiteralString] = """
    -- A page of the cells that any of some rules fits, locked in key order. Where all rules name a SKU, or a node, only
    -- those are looked at.
    SELECT c.node_id, c.sku, c.owner_id, fit.lapsed
      FROM stock.balance c
      LEFT JOIN catalogue.sku_category f ON f.sku = c.sku
     CROSS JOIN LATERAL (
           SELECT bool_or(r.lapsed) AS lapsed
             FROM jsonb_to_recordset(%(rules)s)
                  AS r (node_id text, sku text, category text, owner_id text, lapsed boolean)
            WHERE (r.sku IS NULL OR r.sku = c.sku)
              AND (r.category IS NULL OR f.category = r.category OR starts_with(f.category, r.category || '/'))
              AND (r.node_id IS NULL OR r.node_id = c.node_id) AND (r.owner_id IS NULL OR r.owner_id = c.owner_id)) fit
     WHERE (c.node_id, c.sku, c.owner_id) > (%(after_node)s::text, %(after_sku)s::text, %(after_owner)s::text)
       AND (%(of_skus)s::text[] IS NULL OR c.sku = ANY(%(of_skus)s::text[]))
       AND (%(of_nodes)s::text[] IS NULL OR c.node_id = ANY(%(of_nodes)s::text[]))
       AND fit.lapsed IS NOT NULL
     ORDER BY c.node_id, c.sku, c.owner_id
     LIMIT %(most)s
       FOR UPDATE OF c
"""
SHARES: Final[LiteralString] = """
    SELECT node_id, sku, owner_id, greatest(units_max - taken, 0) AS units
      FROM stock.allotment
     WHERE sku = ANY(%(skus)s::text[]) AND shop_id = %(shop_id)s
"""

# Loading rules, through kit.bulk's temporary table `incoming`.
MAKE_RULE: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (
        line bigint NOT NULL, rule_id kit.code NOT NULL, node_id kit.code, sku kit.code, category text COLLATE "C",
        owner_id kit.code, shop_id kit.code, safety bigint, share_ppm integer, units_max bigint
    ) ON COMMIT DROP
"""
COPY_RULE: Final[LiteralString] = """
    COPY pg_temp.incoming (line, rule_id, node_id, sku, category, owner_id, shop_id, safety, share_ppm, units_max)
    FROM STDIN (FORMAT csv)
"""
REFUSE_RULE: Final[LiteralString] = """
    -- Two rules for the same cells and shop would say two things.
    WITH known AS (
        SELECT rule_id, 0::bigint AS line, node_id, sku, category, owner_id, shop_id FROM stock.rule
         UNION ALL
        SELECT rule_id, line, node_id, sku, category, owner_id, shop_id FROM pg_temp.incoming
    )
    DELETE FROM pg_temp.incoming i
     USING known k
     WHERE k.rule_id <> i.rule_id AND k.line < i.line
       AND (k.node_id, k.sku, k.category, k.owner_id, k.shop_id)
           IS NOT DISTINCT FROM (i.node_id, i.sku, i.category, i.owner_id, i.shop_id)
 RETURNING i.line, 'rule_id: ' || k.rule_id || ' is the rule for these; change or withdraw it' AS reason
"""
OLD_RULES: Final[LiteralString] = """
    -- Rules as they are, of those that will be different.
    SELECT o.rule_id, o.node_id, o.sku, o.category, o.owner_id, o.shop_id, o.safety, o.share_ppm, o.units_max
      FROM pg_temp.incoming i JOIN stock.rule o ON o.rule_id = i.rule_id
     WHERE (o.node_id, o.sku, o.category, o.owner_id, o.shop_id, o.safety, o.share_ppm, o.units_max)
           IS DISTINCT FROM
           (i.node_id, i.sku, i.category, i.owner_id, i.shop_id, i.safety, i.share_ppm, i.units_max)
"""
PUT_RULES: Final[LiteralString] = """
    INSERT INTO stock.rule AS o (rule_id, node_id, sku, category, owner_id, shop_id, safety, share_ppm, units_max)
    SELECT rule_id, node_id, sku, category, owner_id, shop_id, safety, share_ppm, units_max
      FROM pg_temp.incoming ORDER BY rule_id
    ON CONFLICT (rule_id) DO UPDATE
       SET (node_id, sku, category, owner_id, shop_id, safety, share_ppm, units_max)
         = (excluded.node_id, excluded.sku, excluded.category, excluded.owner_id, excluded.shop_id, excluded.safety,
            excluded.share_ppm, excluded.units_max)
     WHERE (o.node_id, o.sku, o.category, o.owner_id, o.shop_id, o.safety, o.share_ppm, o.units_max)
           IS DISTINCT FROM
           (excluded.node_id, excluded.sku, excluded.category, excluded.owner_id, excluded.shop_id, excluded.safety,
            excluded.share_ppm, excluded.units_max)
 RETURNING o.rule_id, o.node_id, o.sku, o.category, o.owner_id, o.shop_id, o.safety, o.share_ppm, o.units_max
"""
WITHDRAW: Final[LiteralString] = """
    DELETE FROM stock.rule WHERE rule_id = %(rule_id)s
 RETURNING rule_id, node_id, sku, category, owner_id, shop_id, safety, share_ppm, units_max
"""


async def hold_rules(conn: Conn) -> bool:
    """Keep the rules as they are until the transaction ends; gives whether there are any."""
    await run(conn, HOLD_RULES)
    return await value(conn, ANY_RULE)


async def lock_rules(conn: Conn) -> None:
    """Wait until nobody counts or receives, and hold them up until the transaction ends."""
    await run(conn, LOCK_RULES)


async def rules(conn: Conn) -> list[Rule]:
    """Every rule, the most particular first."""
    return await many(conn, Rule, RULES)


async def rule_cells(conn: Conn, cells: Sequence[Ruled], at: datetime) -> None:
    """Bring cells that the caller holds to what the rules say, and divide what lies there anew."""
    keys = _keys(cells)
    await run(conn, RULE_CELLS, **keys, lapsed=[each.lapsed for each in cells])
    await run(conn, LIFT_SHARES, **keys, unbound=UNBOUND)
    await run(conn, SET_SHARES, **keys, at=at)


async def grow(conn: Conn, cell: Ruled, units: int, at: datetime) -> None:
    """Bring a cell on which units were just put to what the rules say; shops get their shares of what came."""
    keys = _keys([cell])
    await run(conn, RULE_CELLS, **keys, lapsed=[False])
    await run(conn, GROW_SHARES, **keys, came=units, at=at)


async def cells_under(conn: Conn, scopes: Sequence[tuple[Rule, bool]], after: Ruled | None, most: int) -> list[Ruled]:
    """A page of the cells that rules fit, held, by key.

    scopes  a rule, and whether it applies no more
    after   the last cell of the page before
    """
    named = [rule for rule, _ in scopes]
    skus = None if any(rule.sku is None for rule in named) else [rule.sku for rule in named]
    nodes = None if any(rule.node_id is None for rule in named) else [rule.node_id for rule in named]
    return await many(
        conn,
        Ruled,
        CELLS_UNDER,
        rules=Json([{**asdict(rule), "lapsed": lapsed and rule.safety is not None} for rule, lapsed in scopes]),
        of_skus=skus,
        of_nodes=nodes,
        after_node="" if after is None else after.node_id,
        after_sku="" if after is None else after.sku,
        after_owner="" if after is None else after.owner_id,
        most=most,
    )


async def shares(conn: Conn, shop_id: str, skus: Sequence[str]) -> list[Share]:
    """What a shop may still take of the cells of which it has a share."""
    return await many(conn, Share, SHARES, shop_id=shop_id, skus=list(skus))


async def old_rules(conn: Conn) -> list[Rule]:
    """Rules that `incoming` will change, as they are."""
    return await many(conn, Rule, OLD_RULES)


async def put_rules(conn: Conn) -> list[Rule]:
    """Write `incoming`; gives the rules that are new or different."""
    return await many(conn, Rule, PUT_RULES)


async def withdraw(conn: Conn, rule_id: str) -> Rule | None:
    """Take a rule away; None when there is none."""
    return await maybe(conn, Rule, WITHDRAW, rule_id=rule_id)


def _keys(cells: Sequence[Ruled]) -> dict[str, list[str]]:
    return {
        "node_ids": [cell.node_id for cell in cells],
        "skus": [cell.sku for cell in cells],
        "owner_ids": [cell.owner_id for cell in cells],
    }
