"""The verbs of the partners room: who is an ally, what was agreed, bring rows in."""

from collections.abc import Collection, Sequence
from datetime import date

from sangdan.kit import bulk
from sangdan.kit.db import Conn

from . import queries
from .errors import PartnerUnknown
from .model import Contract, Partner, check, collects, contract_on, stands_clear
from .queries import contracts, disclosures, known_partners, partners

__all__ = [
    "collecting", "contract", "contracts", "contracts_on", "disclosures", "known_partners", "load_contracts",
    "load_disclosures", "load_partners", "partners", "save_contract", "save_partner",
]  # fmt: skip


async def save_partner(conn: Conn, partner: Partner) -> None:
    """Take in an ally, or change what is known of it; saying the same again changes nothing."""
    await queries.save_partner(conn, partner)


async def save_contract(conn: Conn, wanted: Contract) -> None:
    """Enter a contract, or change the one of the same partner and first date.

    raises  PartnerUnknown, BadContract, ContractsOverlap
    """
    check(wanted)
    if await queries.locked(conn, wanted.partner_id) is None:
        raise PartnerUnknown(
            f"There is no partner {wanted.partner_id}: take it in before its contract.", partner_id=wanted.partner_id
        )
    stands_clear(wanted, await queries.contracts(conn, wanted.partner_id))
    await queries.save_contract(conn, wanted)


async def collecting(conn: Conn, partner_ids: Collection[str]) -> set[str]:
    """Those of the partners that may own a shop, and so keep a book of their own in the ledger."""
    return {each.partner_id for each in await queries.partners(conn, sorted(partner_ids)) if collects(each)}


async def contract(conn: Conn, partner_id: str, on: date) -> Contract:
    """What was agreed with a partner for a date.

    raises  NoContract
    """
    return contract_on(await queries.contracts_on(conn, [partner_id], on), partner_id, on)


async def contracts_on(conn: Conn, partner_ids: Sequence[str], on: date) -> dict[str, Contract]:
    """What was agreed with each of several partners for a date.

    raises  NoContract for the first that has none
    """
    valid = await queries.contracts_on(conn, partner_ids, on)
    return {partner_id: contract_on(valid, partner_id, on) for partner_id in dict.fromkeys(partner_ids)}


async def load_partners(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring partners in; rows as CSV in the order of their statement, as for both of these."""
    return await bulk.load(conn, queries.BULK_PARTNERS, rows)


async def load_contracts(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring contracts in; refused: one that would be valid together with another of its partner."""
    return await bulk.load(conn, queries.BULK_CONTRACTS, rows)


async def load_disclosures(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring in what must be told of sellers."""
    return await bulk.load(conn, queries.BULK_DISCLOSURES, rows)
