"""A small alliance for the promise: a centre near Seoul, one in Busan, a store that the law closes, an island."""

from datetime import UTC, datetime
from typing import Any, Final, LiteralString

from sangdan.kit.db import Conn, run

# Saturday, 14:00 in Seoul. The store is closed by law on the fourth Sunday, the 22nd.
AT: Final = datetime(2026, 11, 21, 5, tzinfo=UTC)
SEOUL, BUSAN, ULLEUNG = "06236", "48058", "40200"

WORLD: Final[LiteralString] = """
    INSERT INTO partners.partner (partner_id, kind, name_ko, name_en)
    SELECT id, kind, id, id
      FROM (VALUES ('logis', 'logistics'), ('mart', 'retailer'), ('leaf', 'seller'), ('stem', 'seller'),
                   ('swift', 'carrier'), ('rider', 'carrier'), ('abroad', 'overseas')) AS p (id, kind);
    INSERT INTO partners.contract (partner_id, valid_from, currency, unit_fee_minor, parcel_fee_minor, settlement_cycle)
    VALUES ('logis', '2026-01-01', 'KRW', 100, 700, 'weekly'), ('mart', '2026-01-01', 'KRW', 0, 500, 'weekly');
    INSERT INTO network.calendar (calendar_id, timezone, holidays, week)
    VALUES ('always', 'Asia/Seoul', 'none', array_fill('00:00-24:00'::text, ARRAY[7])),
           ('carrier', 'Asia/Seoul', 'KR', array_fill('00:00-24:00'::text, ARRAY[6]) || ''::text),
           ('store', 'Asia/Seoul', 'none', array_fill('10:00-22:00'::text, ARRAY[7]));
    INSERT INTO network.calendar_day (calendar_id, day_on, hours, reason, source)
    VALUES ('store', '2026-11-22', '', 'law', 'mandatory closing, fourth Sunday');
    INSERT INTO network.zone (zone_id, name_ko, name_en, lat_e6, lon_e6)
    VALUES ('seoul', '서울', 'Seoul', 37500000, 127036000), ('busan', '부산', 'Busan', 35160000, 129160000),
           ('ulleung', '울릉', 'Ulleung', 37480000, 130900000);
    INSERT INTO network.postcode (postcode, zone_id, area)
    VALUES ('06236', 'seoul', 'mainland'), ('48058', 'busan', 'mainland'), ('40200', 'ulleung', 'island'),
           ('01000', 'seoul', 'mainland');
    INSERT INTO network.node (node_id, kind, operator_id, name_ko, name_en, zone_id, lat_e6, lon_e6, temperatures,
                              calendar_id, handling_s, parcels_per_hour, pickup)
    VALUES ('icheon', 'fulfilment_centre', 'logis', '이천', 'Icheon', 'seoul', 37270000, 127440000,
            '{ambient,chilled}', 'always', 7200, 2, false),
           ('busan-1', 'fulfilment_centre', 'logis', '부산', 'Busan', 'busan', 35150000, 129050000,
            '{ambient}', 'always', 7200, 50, false),
           ('store-1', 'store', 'mart', '역삼점', 'Yeoksam', 'seoul', 37501000, 127037000,
            '{ambient,chilled}', 'store', 900, 20, true);
    INSERT INTO network.lane (lane_id, from_zone, to_zone, service, carrier_id, calendar_id, cut_offs, departures,
                              due_local, transit_s, temperatures, currency, base_minor, per_kg_minor, max_weight_g,
                              distance_m, co2e_mg_per_kg_km)
    SELECT a || '.' || b, a, b, 'standard', 'swift', 'carrier', '{18:00}', '{20:00}', NULL,
           ARRAY[10, 12, 13, 14, 16, 18, 22, 26, 34, 60]::integer[], '{ambient,chilled}', 'KRW', 2600, 200, 20000,
           300000, 400
      FROM (VALUES ('seoul'), ('busan')) AS x (a), (VALUES ('seoul'), ('busan'), ('ulleung')) AS y (b);
    UPDATE network.lane SET transit_s = ARRAY(SELECT hours * 3600 FROM unnest(transit_s) AS t (hours));
    INSERT INTO network.lane
    SELECT 'seoul.quick', 'seoul', 'seoul', 'quick', 'rider', 'always',
           ARRAY(SELECT ('00:00'::time + make_interval(mins => 15 * n)) FROM generate_series(0, 95) AS n),
           ARRAY(SELECT ('00:00'::time + make_interval(mins => 15 * n)) FROM generate_series(0, 95) AS n),
           NULL, ARRAY[600, 700, 800, 900, 1200, 1500, 1800, 2400, 3600, 7200], '{ambient,chilled}', 'KRW', 4000, 0,
           10000, 8000, 90;
    INSERT INTO network.surcharge (carrier_id, area, amount_minor, currency, extra_s)
    VALUES ('swift', 'island', 5000, 'KRW', 172800);
    INSERT INTO catalogue.product (product_id, category, name_ko, name_en)
    VALUES ('tea', 'drinks', '녹차', 'Green tea'), ('wine', 'drinks', '와인', 'Wine');
    INSERT INTO catalogue.sku (sku, product_id, name_ko, name_en, weight_g, length_mm, width_mm, height_mm,
                               temperature, vat_class, age_limit, pickup_only)
    VALUES ('tea', 'tea', '녹차', 'Green tea', 500, 100, 100, 200, 'ambient', 'standard', 0, false),
           ('cup', 'tea', '찻잔', 'Tea cup', 300, 100, 100, 100, 'ambient', 'standard', 0, false),
           ('wine', 'wine', '와인', 'Wine', 1300, 90, 90, 320, 'ambient', 'standard', 19, true);
    INSERT INTO catalogue.offer (sku, seller_id, valid_from, currency, price_minor)
    VALUES ('tea', 'leaf', '2026-01-01Z', 'KRW', 9000), ('tea', 'stem', '2026-01-01Z', 'KRW', 8800),
           ('cup', 'leaf', '2026-01-01Z', 'KRW', 4000), ('wine', 'mart', '2026-01-01Z', 'KRW', 20000);
    INSERT INTO stock.balance (node_id, sku, owner_id, on_hand, reserved, safety)
    VALUES ('icheon', 'tea', 'leaf', 10, 3, 2), ('busan-1', 'tea', 'stem', 4, 0, 0),
           ('busan-1', 'cup', 'leaf', 9, 0, 0),
           ('store-1', 'tea', 'leaf', 3, 0, 0), ('store-1', 'wine', 'mart', 3, 0, 0);
"""


async def build(conn: Conn) -> None:
    """Make the alliance in an empty database."""
    for statement in WORLD.split(";\n"):
        await conn.execute(statement)


async def change(conn: Conn, sql: LiteralString, **args: Any) -> None:
    """Change it, and tell the pictures of the network."""
    await run(conn, sql, **args)
    await run(conn, "UPDATE network.version SET number = number + 1")
