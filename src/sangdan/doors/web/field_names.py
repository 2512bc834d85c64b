"""The names of fields, as people call them: by what files, contracts and the audit trail call them."""

from collections.abc import Mapping
from typing import Final

from .words import Words, mark

FIELDS: Final[Mapping[str, str]] = {
    # of whom and where
    "node_id": mark("Node"), "nodes": mark("Nodes"), "node_ids": mark("Nodes"), "partner_id": mark("Ally"),
    "seller_id": mark("Seller"), "owner_id": mark("Owner"), "operator_id": mark("Run by"),
    "carrier_id": mark("Carrier"), "shop_id": mark("Shop"), "shopper_id": mark("Shopper"),
    "member_id": mark("Member"), "staff_id": mark("Account"), "client_id": mark("API key"), "zone_id": mark("Zone"),
    "from_zone": mark("Departure zone"), "to_zone": mark("Destination zone"), "lane_id": mark("Lane"),
    "calendar_id": mark("Calendar"), "closed_id": mark("What is closed"), "place": mark("Position"),
    "postcode": mark("Postcode"), "area": mark("Surcharge area"), "lat_e6": mark("Latitude, millionths"),
    "lon_e6": mark("Longitude, millionths"),
    # of goods
    "sku": mark("SKU"), "kit_sku": mark("Kit"), "product_id": mark("Product"), "category": mark("Category"),
    "brand": mark("Brand"), "options": mark("Options"), "picture": mark("Picture"), "name_ko": mark("Korean name"),
    "name_en": mark("English name"), "description_ko": mark("Korean description"),
    "description_en": mark("English description"), "notice_ko": mark("Korean product notice"),
    "notice_en": mark("English product notice"), "gtin": mark("GTIN"), "hs_code": mark("HS code"),
    "origin": mark("Country of origin"), "age_limit": mark("Age limit"), "pickup_only": mark("Pickup only"),
    "weight_g": mark("Weight, g"), "length_mm": mark("Length, mm"), "width_mm": mark("Width, mm"),
    "height_mm": mark("Height, mm"), "temperature": mark("Temperature"), "temperatures": mark("Temperatures"),
    "vat_class": mark("VAT class"), "amount": mark("Content"), "unit": mark("Unit of content"),
    "per": mark("Unit price per"), "word": mark("Search word"), "same": mark("Name in the catalogue"),
    "mutual": mark("Both ways"),
    # of stock
    "units": mark("Units"), "on_hand": mark("On hand"), "reserved": mark("Promised"), "safety": mark("Safety stock"),
    "share_ppm": mark("Share, millionths"), "units_max": mark("Most units"), "rule_id": mark("Rule"),
    "inbound_id": mark("Announced supply"), "due_at": mark("Expected at"), "preorder_max": mark("Most pre-orders"),
    "by": mark("Changed by"), "cause": mark("Cause"),
    # of money and contracts
    "currency": mark("Currency"), "price_minor": mark("Price"), "amount_minor": mark("Amount"),
    "extra_minor": mark("Extra cost"), "base_minor": mark("Per parcel"), "per_kg_minor": mark("Per kg"),
    "commission_ppm": mark("Commission, millionths"), "gateway_fee_ppm": mark("Gateway fee, millionths"),
    "vat_ppm": mark("VAT, millionths"), "unit_fee_minor": mark("Fee per unit"),
    "parcel_fee_minor": mark("Fee per parcel"), "settlement_cycle": mark("Settlement cycle"),
    "settlement_days": mark("Days to payment"), "return_mind_bearer": mark("Bears changes of mind"),
    "return_defect_bearer": mark("Bears faulty goods"), "source": mark("Source"), "target": mark("Target currency"),
    "rate_ppm": mark("Rate, millionths"), "statements": mark("Statements"),
    "trade_name_ko": mark("Korean trade name"), "trade_name_en": mark("English trade name"),
    "representative_ko": mark("Korean representative"), "representative_en": mark("English representative"),
    "address_ko": mark("Korean address"), "address_en": mark("English address"),
    "business_no": mark("Business number"), "mail_order_no": mark("Mail-order number"),
    "mail_order_authority_ko": mark("Korean authority"), "mail_order_authority_en": mark("English authority"),
    "privacy_officer_ko": mark("Korean privacy officer"), "privacy_officer_en": mark("English privacy officer"),
    # of times
    "valid_from": mark("Valid from"), "valid_to": mark("Valid until"), "joined_on": mark("Joined on"),
    "day_on": mark("Date"), "hours": mark("Hours"), "week": mark("Week"), "timezone": mark("Time zone"),
    "holidays": mark("Public holidays"), "mon": mark("Monday"), "tue": mark("Tuesday"), "wed": mark("Wednesday"),
    "thu": mark("Thursday"), "fri": mark("Friday"), "sat": mark("Saturday"), "sun": mark("Sunday"),
    "cut_offs": mark("Cut-off times"), "departures": mark("Departure times"),
    "due_local": mark("Deadline at the door"), "transit_s": mark("Transit, seconds"),
    "handling_s": mark("Handling, seconds"), "extra_s": mark("Extra time, seconds"),
    "parcels_per_hour": mark("Parcels per hour"), "max_weight_g": mark("Heaviest parcel, g"),
    "distance_m": mark("Distance, m"), "co2e_mg_per_kg_km": mark("CO2e, mg per kg and km"),
    "from": mark("From (time)"), "from_at": mark("From (time)"), "since": mark("Since (time)"),
    "until": mark("Until (time)"), "until_at": mark("Until (time)"), "promised_at": mark("Promised by"),
    # of orders and parcels
    "order_id": mark("Order ID"), "order_ref": mark("Shop's order number"), "line_no": mark("Line number"),
    "lines": mark("Order lines"), "service": mark("Service"), "parcel_id": mark("Parcel ID"),
    "parcel": mark("parcel no."), "parcel_no": mark("Parcel number"), "chance_ppm": mark("Chance, millionths"),
    "sscc": mark("SSCC"),
    "reservation_id": mark("Reservation ID"), "hold_id": mark("Held promise"), "hold_s": mark("Held for, seconds"),
    "token": mark("Promise token"), "stars": mark("Stars"), "body": mark("Text"), "gs1_prefix": mark("GS1 prefix"),
    "photo_id": mark("Photo ID"), "missing": mark("Missing units"), "found": mark("Found units"),
    "number": mark("Order number"), "why": mark("Why"), "because": mark("Because"), "notified": mark("Told"),
    # of people, keys and the tower's own
    "name": mark("Name"), "phone": mark("Phone"), "email": mark("E-mail"), "address": mark("Address"),
    "locale": mark("Language"), "birth_year": mark("Year of birth"), "role": mark("Role"), "kind": mark("Kind"),
    "state": mark("State"), "reason": mark("Reason"), "scope": mark("Scope"), "pickup": mark("Pickup"),
    "browser": mark("Browser"), "goods_checked": mark("Goods checked"), "reports": mark("Reports"),
    "file": mark("File"), "rows": mark("Rows"), "loaded": mark("Rows taken"), "rejected": mark("Rejected"),
    "revoked": mark("Revoked"), "url": mark("Address (URL)"), "types": mark("Told of"), "at_once": mark("At once"),
    "bytes": mark("Size in bytes"), "sent": mark("What was sent"), "passkeys": mark("Passkeys"),
    "codes": mark("Codes"),
}  # fmt: skip


def field_name(name: str, say: Words) -> str:
    """What people call a field, one of several with its number behind it; its own name where it has no other."""
    known = FIELDS.get(name)
    if known is not None:
        return say(known)
    one, _, number = name.rpartition("_")
    return f"{say(FIELDS[one])} {number}" if number.isdigit() and one in FIELDS else name
