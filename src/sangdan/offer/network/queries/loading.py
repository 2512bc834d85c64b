"""How rows of each table come in by the thousand: a temporary table, COPY, one statement in key order."""

from typing import Final, LiteralString

from sangdan.kit.bulk import Bulk

MAKE_CALENDAR: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE network.calendar) ON COMMIT DROP
"""
COPY_CALENDARS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, calendar_id, timezone, holidays, week) FROM STDIN (FORMAT csv)
"""
PUT_CALENDARS: Final[LiteralString] = """
    INSERT INTO network.calendar AS old (calendar_id, timezone, holidays, week)
    SELECT calendar_id, timezone, holidays, week FROM pg_temp.incoming ORDER BY calendar_id
    ON CONFLICT (calendar_id) DO UPDATE
       SET (timezone, holidays, week) = (excluded.timezone, excluded.holidays, excluded.week)
     WHERE old IS DISTINCT FROM excluded
"""

MAKE_CALENDAR_DAY: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE network.calendar_day) ON COMMIT DROP
"""
COPY_CALENDAR_DAYS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, calendar_id, day_on, hours, reason, source) FROM STDIN (FORMAT csv)
"""
PUT_CALENDAR_DAYS: Final[LiteralString] = """
    INSERT INTO network.calendar_day AS old (calendar_id, day_on, hours, reason, source)
    SELECT calendar_id, day_on, hours, reason, source FROM pg_temp.incoming ORDER BY calendar_id, day_on
    ON CONFLICT (calendar_id, day_on) DO UPDATE
       SET (hours, reason, source) = (excluded.hours, excluded.reason, excluded.source)
     WHERE old IS DISTINCT FROM excluded
"""

MAKE_ZONE: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE network.zone) ON COMMIT DROP
"""
COPY_ZONES: Final[LiteralString] = """
    COPY pg_temp.incoming (line, zone_id, name_ko, name_en, lat_e6, lon_e6) FROM STDIN (FORMAT csv)
"""
PUT_ZONES: Final[LiteralString] = """
    INSERT INTO network.zone AS old (zone_id, name_ko, name_en, lat_e6, lon_e6)
    SELECT zone_id, name_ko, name_en, lat_e6, lon_e6 FROM pg_temp.incoming ORDER BY zone_id
    ON CONFLICT (zone_id) DO UPDATE
       SET (name_ko, name_en, lat_e6, lon_e6) = (excluded.name_ko, excluded.name_en, excluded.lat_e6, excluded.lon_e6)
     WHERE old IS DISTINCT FROM excluded
"""

MAKE_POSTCODE: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE network.postcode) ON COMMIT DROP
"""
COPY_POSTCODES: Final[LiteralString] = """
    COPY pg_temp.incoming (line, postcode, zone_id, area) FROM STDIN (FORMAT csv)
"""
PUT_POSTCODES: Final[LiteralString] = """
    INSERT INTO network.postcode AS old (postcode, zone_id, area)
    SELECT postcode, zone_id, area FROM pg_temp.incoming ORDER BY postcode
    ON CONFLICT (postcode) DO UPDATE SET (zone_id, area) = (excluded.zone_id, excluded.area)
     WHERE old IS DISTINCT FROM excluded
"""

MAKE_NODE: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE network.node) ON COMMIT DROP
"""
COPY_NODES: Final[LiteralString] = """
    COPY pg_temp.incoming (line, node_id, kind, operator_id, name_ko, name_en, zone_id, lat_e6, lon_e6, temperatures,
                           calendar_id, handling_s, parcels_per_hour, pickup) FROM STDIN (FORMAT csv)
"""
PUT_NODES: Final[LiteralString] = """
    INSERT INTO network.node AS old (node_id, kind, operator_id, name_ko, name_en, zone_id, lat_e6, lon_e6,
                                     temperatures, calendar_id, handling_s, parcels_per_hour, pickup)
    SELECT node_id, kind, operator_id, name_ko, name_en, zone_id, lat_e6, lon_e6, temperatures,
           calendar_id, handling_s, parcels_per_hour, pickup
      FROM pg_temp.incoming ORDER BY node_id
    ON CONFLICT (node_id) DO UPDATE
       SET (kind, operator_id, name_ko, name_en, zone_id, lat_e6, lon_e6, temperatures,
            calendar_id, handling_s, parcels_per_hour, pickup)
         = (excluded.kind, excluded.operator_id, excluded.name_ko, excluded.name_en, excluded.zone_id, excluded.lat_e6,
            excluded.lon_e6, excluded.temperatures, excluded.calendar_id, excluded.handling_s,
            excluded.parcels_per_hour, excluded.pickup)
     WHERE old IS DISTINCT FROM excluded
"""

MAKE_LANE: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE network.lane) ON COMMIT DROP
"""
COPY_LANES: Final[LiteralString] = """
    COPY pg_temp.incoming (line, lane_id, from_zone, to_zone, service, carrier_id, calendar_id, cut_offs, departures,
                           due_local, transit_s, temperatures, currency, base_minor, per_kg_minor, max_weight_g,
                           distance_m, co2e_mg_per_kg_km) FROM STDIN (FORMAT csv)
"""
REFUSE_LANES: Final[LiteralString] = """
    -- One lane for a pair of zones, a service and a carrier.
    DELETE FROM pg_temp.incoming i
     USING network.lane l
     WHERE (l.from_zone, l.to_zone, l.service, l.carrier_id) = (i.from_zone, i.to_zone, i.service, i.carrier_id)
       AND l.lane_id <> i.lane_id
 RETURNING i.line, 'lane ' || l.lane_id || ' already leads from ' || l.from_zone || ' to ' || l.to_zone
                   || ' with this service and carrier: change that lane' AS reason
"""
PUT_LANES: Final[LiteralString] = """
    INSERT INTO network.lane AS old (lane_id, from_zone, to_zone, service, carrier_id, calendar_id, cut_offs,
                                     departures, due_local, transit_s, temperatures, currency, base_minor,
                                     per_kg_minor, max_weight_g, distance_m, co2e_mg_per_kg_km)
    SELECT lane_id, from_zone, to_zone, service, carrier_id, calendar_id, cut_offs, departures, due_local, transit_s,
           temperatures, currency, base_minor, per_kg_minor, max_weight_g, distance_m, co2e_mg_per_kg_km
      FROM pg_temp.incoming ORDER BY lane_id
    ON CONFLICT (lane_id) DO UPDATE
       SET (from_zone, to_zone, service, carrier_id, calendar_id, cut_offs, departures, due_local, transit_s,
            temperatures, currency, base_minor, per_kg_minor, max_weight_g, distance_m, co2e_mg_per_kg_km)
         = (excluded.from_zone, excluded.to_zone, excluded.service, excluded.carrier_id, excluded.calendar_id,
            excluded.cut_offs, excluded.departures, excluded.due_local, excluded.transit_s, excluded.temperatures,
            excluded.currency, excluded.base_minor, excluded.per_kg_minor, excluded.max_weight_g, excluded.distance_m,
            excluded.co2e_mg_per_kg_km)
     WHERE old IS DISTINCT FROM excluded
"""

MAKE_SURCHARGE: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE network.surcharge) ON COMMIT DROP
"""
COPY_SURCHARGES: Final[LiteralString] = """
    COPY pg_temp.incoming (line, carrier_id, area, amount_minor, currency, extra_s) FROM STDIN (FORMAT csv)
"""
PUT_SURCHARGES: Final[LiteralString] = """
    INSERT INTO network.surcharge AS old (carrier_id, area, amount_minor, currency, extra_s)
    SELECT carrier_id, area, amount_minor, currency, extra_s FROM pg_temp.incoming ORDER BY carrier_id, area
    ON CONFLICT (carrier_id, area) DO UPDATE
       SET (amount_minor, currency, extra_s) = (excluded.amount_minor, excluded.currency, excluded.extra_s)
     WHERE old IS DISTINCT FROM excluded
"""

CALENDARS: Final = Bulk(MAKE_CALENDAR, COPY_CALENDARS, PUT_CALENDARS)
CALENDAR_DAYS: Final = Bulk(MAKE_CALENDAR_DAY, COPY_CALENDAR_DAYS, PUT_CALENDAR_DAYS)
ZONES: Final = Bulk(MAKE_ZONE, COPY_ZONES, PUT_ZONES)
POSTCODES: Final = Bulk(MAKE_POSTCODE, COPY_POSTCODES, PUT_POSTCODES)
NODES: Final = Bulk(MAKE_NODE, COPY_NODES, PUT_NODES)
LANES: Final = Bulk(MAKE_LANE, COPY_LANES, PUT_LANES, (REFUSE_LANES,))
SURCHARGES: Final = Bulk(MAKE_SURCHARGE, COPY_SURCHARGES, PUT_SURCHARGES)
