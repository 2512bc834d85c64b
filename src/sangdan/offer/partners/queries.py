"""All SQL of the partners room: reading and saving allies and contracts, loading rows in bulk."""

from collections.abc import Sequence
from datetime import date
from typing import Final, LiteralString

from msgspec.structs import asdict

from sangdan.kit.bulk import Bulk, known
from sangdan.kit.db import Conn, many, maybe, run

from .model import Contract, Disclosure, Partner

PARTNERS: Final[LiteralString] = """
    SELECT partner_id, kind, name_ko, name_en
      FROM partners.partner
     WHERE %(partner_ids)s::text[] IS NULL OR partner_id = ANY(%(partner_ids)s::text[])
     ORDER BY partner_id
"""
LOCKED: Final[LiteralString] = """
    SELECT partner_id, kind, name_ko, name_en
      FROM partners.partner WHERE partner_id = %(partner_id)s FOR NO KEY UPDATE
"""
CONTRACTS: Final[LiteralString] = """
    SELECT partner_id, valid_from, valid_to, currency, commission_ppm, gateway_fee_ppm, unit_fee_minor,
           parcel_fee_minor, vat_ppm, settlement_cycle, settlement_days, return_mind_bearer, return_defect_bearer
      FROM partners.contract
     WHERE %(seen_by)s::text IS NULL OR partner_id = %(seen_by)s
     ORDER BY partner_id, valid_from
"""
CONTRACTS_ON: Final[LiteralString] = """
    SELECT partner_id, valid_from, valid_to, currency, commission_ppm, gateway_fee_ppm, unit_fee_minor,
           parcel_fee_minor, vat_ppm, settlement_cycle, settlement_days, return_mind_bearer, return_defect_bearer
      FROM partners.contract
     WHERE partner_id = ANY(%(partner_ids)s::text[])
       AND valid_from <= %(on)s AND (valid_to IS NULL OR valid_to > %(on)s)
     ORDER BY partner_id, valid_from
"""
KNOWN_PARTNERS: Final[LiteralString] = """
    SELECT p.partner_id AS id
      FROM unnest(%(ids)s::text[]) AS w (id) JOIN partners.partner p ON p.partner_id = w.id
"""
SAVE_PARTNER: Final[LiteralString] = """
    INSERT INTO partners.partner AS old (partner_id, kind, name_ko, name_en)
    VALUES (%(partner_id)s, %(kind)s, %(name_ko)s, %(name_en)s)
    ON CONFLICT (partner_id) DO UPDATE
       SET (kind, name_ko, name_en) = (excluded.kind, excluded.name_ko, excluded.name_en)
     WHERE old IS DISTINCT FROM excluded
"""
SAVE_CONTRACT: Final[LiteralString] = """
    INSERT INTO partners.contract AS old
           (partner_id, valid_from, valid_to, currency, commission_ppm, gateway_fee_ppm, unit_fee_minor,
            parcel_fee_minor, vat_ppm, settlement_cycle, settlement_days, return_mind_bearer, return_defect_bearer)
    VALUES (%(partner_id)s, %(valid_from)s, %(valid_to)s, %(currency)s, %(commission_ppm)s, %(gateway_fee_ppm)s,
            %(unit_fee_minor)s, %(parcel_fee_minor)s, %(vat_ppm)s, %(settlement_cycle)s, %(settlement_days)s,
            %(return_mind_bearer)s, %(return_defect_bearer)s)
    ON CONFLICT (partner_id, valid_from) DO UPDATE
       SET (valid_to, currency, commission_ppm, gateway_fee_ppm, unit_fee_minor, parcel_fee_minor, vat_ppm,
            settlement_cycle, settlement_days, return_mind_bearer, return_defect_bearer)
         = (excluded.valid_to, excluded.currency, excluded.commission_ppm, excluded.gateway_fee_ppm,
            excluded.unit_fee_minor, excluded.parcel_fee_minor, excluded.vat_ppm, excluded.settlement_cycle,
            excluded.settlement_days, excluded.return_mind_bearer, excluded.return_defect_bearer)
     WHERE old IS DISTINCT FROM excluded
"""

MAKE_PARTNER: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE partners.partner) ON COMMIT DROP
"""
COPY_PARTNERS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, partner_id, kind, name_ko, name_en) FROM STDIN (FORMAT csv)
"""
PUT_PARTNERS: Final[LiteralString] = """
    INSERT INTO partners.partner AS old (partner_id, kind, name_ko, name_en)
    SELECT partner_id, kind, name_ko, name_en FROM pg_temp.incoming ORDER BY partner_id
    ON CONFLICT (partner_id) DO UPDATE
       SET (kind, name_ko, name_en) = (excluded.kind, excluded.name_ko, excluded.name_en)
     WHERE old IS DISTINCT FROM excluded
"""

MAKE_CONTRACT: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE partners.contract) ON COMMIT DROP
"""
COPY_CONTRACTS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, partner_id, valid_from, valid_to, currency, commission_ppm, gateway_fee_ppm,
                           unit_fee_minor, parcel_fee_minor, vat_ppm, settlement_cycle, settlement_days,
                           return_mind_bearer, return_defect_bearer) FROM STDIN (FORMAT csv)
"""
REFUSE_CONTRACTS: Final[LiteralString] = """
    -- One contract of a partner on any date. What stands goes before rows that change it, those before new ones, and
    -- an earlier line before a later one.
    WITH ranked AS (
        SELECT n.line, n.partner_id, n.valid_from, n.valid_to,
               NOT EXISTS (SELECT FROM partners.contract c
                            WHERE (c.partner_id, c.valid_from) = (n.partner_id, n.valid_from)) AS fresh
          FROM pg_temp.incoming n
    ), standing AS (
        SELECT line, partner_id, valid_from, valid_to, fresh FROM ranked
         UNION ALL
        SELECT 0, c.partner_id, c.valid_from, c.valid_to, false FROM partners.contract c
         WHERE NOT EXISTS (SELECT FROM ranked r WHERE (r.partner_id, r.valid_from) = (c.partner_id, c.valid_from))
    )
    DELETE FROM pg_temp.incoming i
     USING ranked r, standing s
     WHERE r.line = i.line AND s.partner_id = r.partner_id AND (s.fresh, s.line) < (r.fresh, r.line)
       AND (s.valid_to IS NULL OR r.valid_from < s.valid_to) AND (r.valid_to IS NULL OR s.valid_from < r.valid_to)
 RETURNING i.line, 'the contract from ' || s.valid_from || coalesce(' until ' || s.valid_to, ' until further notice')
                   || ' overlaps this one: end that one first' AS reason
"""
PUT_CONTRACTS: Final[LiteralString] = """
    INSERT INTO partners.contract AS old
           (partner_id, valid_from, valid_to, currency, commission_ppm, gateway_fee_ppm, unit_fee_minor,
            parcel_fee_minor, vat_ppm, settlement_cycle, settlement_days, return_mind_bearer, return_defect_bearer)
    SELECT partner_id, valid_from, valid_to, currency, commission_ppm, gateway_fee_ppm, unit_fee_minor,
           parcel_fee_minor, vat_ppm, settlement_cycle, settlement_days, return_mind_bearer, return_defect_bearer
      FROM pg_temp.incoming ORDER BY partner_id, valid_from
    ON CONFLICT (partner_id, valid_from) DO UPDATE
       SET (valid_to, currency, commission_ppm, gateway_fee_ppm, unit_fee_minor, parcel_fee_minor, vat_ppm,
            settlement_cycle, settlement_days, return_mind_bearer, return_defect_bearer)
         = (excluded.valid_to, excluded.currency, excluded.commission_ppm, excluded.gateway_fee_ppm,
            excluded.unit_fee_minor, excluded.parcel_fee_minor, excluded.vat_ppm, excluded.settlement_cycle,
            excluded.settlement_days, excluded.return_mind_bearer, excluded.return_defect_bearer)
     WHERE old IS DISTINCT FROM excluded
"""

DISCLOSURES: Final[LiteralString] = """
    SELECT partner_id, trade_name_ko, trade_name_en, representative_ko, representative_en, address_ko,
           address_en, phone, email, business_no, mail_order_no, mail_order_authority_ko, mail_order_authority_en,
           privacy_officer_ko, privacy_officer_en
      FROM partners.disclosure
     WHERE %(partner_ids)s::text[] IS NULL OR partner_id = ANY(%(partner_ids)s::text[])
     ORDER BY partner_id
"""
MAKE_DISCLOSURE: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE partners.disclosure) ON COMMIT DROP
"""
COPY_DISCLOSURES: Final[LiteralString] = """
    COPY pg_temp.incoming (line, partner_id, trade_name_ko, trade_name_en, representative_ko, representative_en,
                           address_ko, address_en, phone, email, business_no, mail_order_no,
                           mail_order_authority_ko, mail_order_authority_en, privacy_officer_ko, privacy_officer_en)
    FROM STDIN (FORMAT csv)
"""
PUT_DISCLOSURES: Final[LiteralString] = """
    INSERT INTO partners.disclosure AS old
           (partner_id, trade_name_ko, trade_name_en, representative_ko, representative_en, address_ko,
            address_en, phone, email, business_no, mail_order_no, mail_order_authority_ko, mail_order_authority_en,
            privacy_officer_ko, privacy_officer_en)
    SELECT partner_id, trade_name_ko, trade_name_en, representative_ko, representative_en, address_ko,
           address_en, phone, email, business_no, mail_order_no, mail_order_authority_ko, mail_order_authority_en,
           privacy_officer_ko, privacy_officer_en
      FROM pg_temp.incoming ORDER BY partner_id
    ON CONFLICT (partner_id) DO UPDATE
       SET (trade_name_ko, trade_name_en, representative_ko, representative_en, address_ko, address_en, phone, email,
            business_no, mail_order_no, mail_order_authority_ko, mail_order_authority_en, privacy_officer_ko,
            privacy_officer_en)
         = (excluded.trade_name_ko, excluded.trade_name_en, excluded.representative_ko, excluded.representative_en,
            excluded.address_ko, excluded.address_en, excluded.phone, excluded.email, excluded.business_no,
            excluded.mail_order_no, excluded.mail_order_authority_ko, excluded.mail_order_authority_en,
            excluded.privacy_officer_ko, excluded.privacy_officer_en)
     WHERE old IS DISTINCT FROM excluded
"""

BULK_PARTNERS: Final = Bulk(MAKE_PARTNER, COPY_PARTNERS, PUT_PARTNERS)
BULK_DISCLOSURES: Final = Bulk(MAKE_DISCLOSURE, COPY_DISCLOSURES, PUT_DISCLOSURES)
# Twice: when a row that would have shortened a contract is refused, that contract stands as long as before.
BULK_CONTRACTS: Final = Bulk(MAKE_CONTRACT, COPY_CONTRACTS, PUT_CONTRACTS, (REFUSE_CONTRACTS, REFUSE_CONTRACTS))


async def partners(conn: Conn, partner_ids: Sequence[str] | None) -> list[Partner]:
    """Those of the partners that exist, by id; all of them for None."""
    ids = None if partner_ids is None else list(partner_ids)
    return await many(conn, Partner, PARTNERS, partner_ids=ids)


async def disclosures(conn: Conn, partner_ids: Sequence[str] | None) -> list[Disclosure]:
    """What must be told of those of the partners that have said it, by id; of all of them for None."""
    ids = None if partner_ids is None else list(partner_ids)
    return await many(conn, Disclosure, DISCLOSURES, partner_ids=ids)


async def locked(conn: Conn, partner_id: str) -> Partner | None:
    """A partner, its contracts nobody else's to change until the transaction ends."""
    return await maybe(conn, Partner, LOCKED, partner_id=partner_id)


async def contracts(conn: Conn, seen_by: str | None) -> list[Contract]:
    """Every contract that `seen_by` (an ally; None for the tower) may see, oldest first."""
    return await many(conn, Contract, CONTRACTS, seen_by=seen_by)


async def contracts_on(conn: Conn, partner_ids: Sequence[str], on: date) -> list[Contract]:
    """The contracts of these partners that are valid on a date."""
    return await many(conn, Contract, CONTRACTS_ON, partner_ids=list(partner_ids), on=on)


async def known_partners(conn: Conn, ids: Sequence[str]) -> set[str]:
    """Those of the ids that are partners."""
    return await known(conn, KNOWN_PARTNERS, ids)


async def save_partner(conn: Conn, partner: Partner) -> int:
    """Write a partner, new or changed; gives 0 when it was like this already."""
    return await run(conn, SAVE_PARTNER, **asdict(partner))


async def save_contract(conn: Conn, contract: Contract) -> int:
    """Write a contract, new or changed; gives 0 when it was like this already."""
    return await run(conn, SAVE_CONTRACT, **asdict(contract))
