"""Exports of what the alliance has in common, in the columns of the imports: what is exported can be imported."""

from typing import Final, LiteralString

from .resource import ALLIES, Resource

PARTNERS: Final[LiteralString] = """
    SELECT partner_id, kind, name_ko, name_en FROM partners.partner ORDER BY partner_id
"""
CONTRACTS: Final[LiteralString] = """
    SELECT partner_id, valid_from, valid_to, currency, commission_ppm, gateway_fee_ppm, unit_fee_minor,
           parcel_fee_minor, vat_ppm, settlement_cycle, settlement_days, return_mind_bearer, return_defect_bearer
      FROM partners.contract
     WHERE %(seen_by)s::text IS NULL OR partner_id = %(seen_by)s
     ORDER BY partner_id, valid_from
"""
CALENDARS: Final[LiteralString] = """
    SELECT calendar_id, timezone, holidays, week[1] AS mon, week[2] AS tue, week[3] AS wed, week[4] AS thu,
           week[5] AS fri, week[6] AS sat, week[7] AS sun
      FROM network.calendar ORDER BY calendar_id
"""
CALENDAR_DAYS: Final[LiteralString] = """
    SELECT calendar_id, day_on, hours, reason, source FROM network.calendar_day ORDER BY calendar_id, day_on
"""
ZONES: Final[LiteralString] = "SELECT zone_id, name_ko, name_en, lat_e6, lon_e6 FROM network.zone ORDER BY zone_id"
POSTCODES: Final[LiteralString] = "SELECT postcode, zone_id, area FROM network.postcode ORDER BY postcode"
NODES: Final[LiteralString] = """
    SELECT node_id, kind, operator_id, name_ko, name_en, zone_id, lat_e6, lon_e6, temperatures, calendar_id, handling_s,
           parcels_per_hour, pickup
      FROM network.node ORDER BY node_id
"""
LANES: Final[LiteralString] = """
    -- A tariff is its carrier's own.
    SELECT lane_id, from_zone, to_zone, service, carrier_id, calendar_id, cut_offs, departures, due_local, transit_s,
           temperatures, currency, base_minor, per_kg_minor, max_weight_g, distance_m, co2e_mg_per_kg_km
      FROM network.lane
     WHERE %(seen_by)s::text IS NULL OR carrier_id = %(seen_by)s
     ORDER BY lane_id
"""
SURCHARGES: Final[LiteralString] = """
    SELECT carrier_id, area, amount_minor, currency, extra_s
      FROM network.surcharge
     WHERE %(seen_by)s::text IS NULL OR carrier_id = %(seen_by)s
     ORDER BY carrier_id, area
"""
PRODUCTS: Final[LiteralString] = """
    SELECT product_id, category, name_ko, name_en, brand, options, picture FROM catalogue.product ORDER BY product_id
"""
CATEGORIES: Final[LiteralString] = """
    SELECT category, name_ko, name_en, picture, place FROM catalogue.category ORDER BY category
"""
PRODUCT_TEXTS: Final[LiteralString] = """
    SELECT product_id, description_ko, description_en, notice_ko, notice_en
      FROM catalogue.product_text ORDER BY product_id
"""
CONTENTS: Final[LiteralString] = "SELECT sku, amount, unit, per FROM catalogue.content ORDER BY sku"
DISCLOSURES: Final[LiteralString] = """
    SELECT partner_id, trade_name_ko, trade_name_en, representative_ko, representative_en, address_ko, address_en,
           phone, email, business_no, mail_order_no, mail_order_authority_ko, mail_order_authority_en,
           privacy_officer_ko, privacy_officer_en
      FROM partners.disclosure ORDER BY partner_id
"""
SYNONYMS: Final[LiteralString] = "SELECT word, same, mutual FROM search.synonym ORDER BY word, same"
SKUS: Final[LiteralString] = """
    SELECT sku, product_id, gtin, name_ko, name_en, options, weight_g, length_mm, width_mm, height_mm, temperature,
           vat_class, hs_code, origin, age_limit, pickup_only
      FROM catalogue.sku ORDER BY sku
"""
OFFERS: Final[LiteralString] = """
    -- A shop may show any ally's offer; the others export their own.
    SELECT sku, seller_id, valid_from, valid_to, currency, price_minor
      FROM catalogue.offer
     WHERE %(seen_by)s::text IS NULL OR %(role)s = 'shop' OR seller_id = %(seen_by)s
     ORDER BY sku, seller_id, valid_from
"""
RATES: Final[LiteralString] = """
    SELECT source, target, rate_ppm, valid_from FROM kit.exchange_rate ORDER BY source, target, valid_from
"""
STOCK: Final[LiteralString] = """
    SELECT b.node_id, b.sku, b.owner_id, b.on_hand, b.safety
      FROM stock.balance b
     WHERE %(seen_by)s::text IS NULL OR b.owner_id = %(seen_by)s
        OR b.node_id IN (SELECT n.node_id FROM network.node n WHERE n.operator_id = %(seen_by)s)
     ORDER BY b.node_id, b.sku, b.owner_id
"""
INBOUND: Final[LiteralString] = """
    SELECT i.node_id, i.inbound_id, i.sku, i.owner_id, i.units, i.due_at, i.preorder_max
      FROM stock.inbound i
     WHERE i.received_at IS NULL
       AND (%(seen_by)s::text IS NULL OR i.owner_id = %(seen_by)s
            OR i.node_id IN (SELECT n.node_id FROM network.node n WHERE n.operator_id = %(seen_by)s))
     ORDER BY i.node_id, i.inbound_id
"""

# In the order in which a new alliance imports them.
REFERENCE: Final = (
    Resource("partners", "an ally", PARTNERS),
    Resource("contracts", "what was agreed with an ally; an ally's own", CONTRACTS),
    Resource("disclosures", "what a shop must tell of a seller", DISCLOSURES),
    Resource("calendars", "the weekly hours of a node or a carrier", CALENDARS),
    Resource("calendar-days", "one date on which a calendar's hours differ", CALENDAR_DAYS),
    Resource("zones", "an area that lanes start from and lead to", ZONES),
    Resource("postcodes", "a postcode that can be delivered to", POSTCODES),
    Resource("nodes", "a place that holds goods", NODES),
    Resource("lanes", "a carrier's service between two zones, with its tariff; an ally's own", LANES),
    Resource("surcharges", "what a carrier asks on top; an ally's own", SURCHARGES),
    Resource("categories", "what people call a category", CATEGORIES),
    Resource("products", "what shoppers compare", PRODUCTS),
    Resource("product-texts", "what is told of a product on its own page", PRODUCT_TEXTS),
    Resource("skus", "one sellable combination of options", SKUS),
    Resource("contents", "how much is in one unit, for its unit price", CONTENTS),
    Resource("synonyms", "another name, for searching", SYNONYMS),
    Resource("offers", "a price; an ally's own, all for a shop", OFFERS, ALLIES),
    Resource("rates", "an exchange rate", RATES),
    Resource("stock", "units on a shelf; an ally's own, and those on its nodes", STOCK, ALLIES),
    Resource("inbound", "supply that is still to come; an ally's own, and that for its nodes", INBOUND, ALLIES),
)
