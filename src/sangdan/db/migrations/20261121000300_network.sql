-- migrate:up
-- Places, calendars, zones and the lanes between them. Reference tables: small, read into memory whole.
CREATE SCHEMA network;

-- One row; counts changes, so that a picture in memory knows when it is stale.
CREATE TABLE network.version (single boolean PRIMARY KEY DEFAULT true CHECK (single), number bigint NOT NULL);
INSERT INTO network.version (number) VALUES (1);

CREATE TABLE network.calendar (
    calendar_id kit.code PRIMARY KEY,
    timezone    text NOT NULL,
    -- 'KR' closes on Korean public holidays, 'none' does not.
    holidays    text NOT NULL DEFAULT 'none' CHECK (holidays IN ('KR', 'BR', 'none')),
    -- Seven entries, Monday first: '09:00-22:00', several joined by ',', or '' for closed. '00:00-24:00' is all day.
    week        text[] NOT NULL CHECK (cardinality(week) = 7)
);
-- Dated overrides: legal closing days, ad-hoc holidays, special openings. hours as above.
CREATE TABLE network.calendar_day (
    calendar_id kit.code NOT NULL REFERENCES network.calendar,
    day_on      date NOT NULL,
    hours       text NOT NULL,
    reason      text NOT NULL CHECK (reason IN ('law', 'holiday', 'ad_hoc', 'special_opening')),
    source      text NOT NULL,
    PRIMARY KEY (calendar_id, day_on)
);

CREATE TABLE network.zone (
    zone_id kit.code PRIMARY KEY,
    name_ko text NOT NULL,
    name_en text NOT NULL,
    lat_e6  integer NOT NULL CHECK (lat_e6 BETWEEN -90000000 AND 90000000),
    lon_e6  integer NOT NULL CHECK (lon_e6 BETWEEN -180000000 AND 180000000)
);
-- area: who pays more to be reached ('mainland', 'jeju', 'island').
CREATE TABLE network.postcode (
    postcode text COLLATE "C" PRIMARY KEY CHECK (postcode ~ '^[0-9]{5}$'),
    zone_id  kit.code NOT NULL REFERENCES network.zone,
    area     text NOT NULL DEFAULT 'mainland' CHECK (area IN ('mainland', 'jeju', 'island'))
);

CREATE TABLE network.node (
    node_id      kit.code PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('fulfilment_centre', 'cold', 'bonded', 'overseas_hub', 'store', 'dark_store', 'locker')),
    operator_id  kit.code NOT NULL REFERENCES partners.partner,
    name_ko      text NOT NULL,
    name_en      text NOT NULL,
    zone_id      kit.code NOT NULL REFERENCES network.zone,
    lat_e6       integer NOT NULL,
    lon_e6       integer NOT NULL,
    temperatures text[]  NOT NULL CHECK (temperatures <@ ARRAY['ambient', 'chilled', 'frozen']),
    calendar_id  kit.code NOT NULL REFERENCES network.calendar,  -- hours in which the node dispatches
    handling_s   integer NOT NULL CHECK (handling_s BETWEEN 0 AND 30 * 86400),
    parcels_per_hour integer NOT NULL CHECK (parcels_per_hour >= 0),
    pickup       boolean NOT NULL DEFAULT false
);

-- From a zone to a zone by a carrier's service. cut_offs: local times at which a parcel must be packed to
-- leave at the departure of the same position. transit_s: seconds from departure to the door at
-- probabilities 0, .05, .10, .25, .50, .75, .90, .95, .99, 1 (ten, non-decreasing).
CREATE TABLE network.lane (
    lane_id      kit.code PRIMARY KEY,
    from_zone    kit.code NOT NULL REFERENCES network.zone,
    to_zone      kit.code NOT NULL REFERENCES network.zone,
    service      text NOT NULL CHECK (service IN ('quick', 'dawn', 'next_day', 'standard')),
    carrier_id   kit.code NOT NULL REFERENCES partners.partner,
    calendar_id  kit.code NOT NULL REFERENCES network.calendar,  -- days on which the carrier departs
    cut_offs     time[] NOT NULL CHECK (cardinality(cut_offs) >= 1),
    departures   time[] NOT NULL CHECK (cardinality(departures) = cardinality(cut_offs)),
    due_local    time,   -- the service's own deadline at the door (07:00 for dawn); NULL: end of day
    transit_s    integer[] NOT NULL CHECK (cardinality(transit_s) = 10),
    temperatures text[]  NOT NULL CHECK (temperatures <@ ARRAY['ambient', 'chilled', 'frozen']),
    currency     kit.currency NOT NULL,
    base_minor   bigint NOT NULL CHECK (base_minor >= 0),
    per_kg_minor bigint NOT NULL CHECK (per_kg_minor >= 0),
    max_weight_g integer NOT NULL CHECK (max_weight_g > 0),
    distance_m   integer NOT NULL CHECK (distance_m >= 0),
    co2e_mg_per_kg_km integer NOT NULL CHECK (co2e_mg_per_kg_km >= 0),
    UNIQUE (from_zone, to_zone, service, carrier_id)
);
CREATE INDEX lane_to ON network.lane (to_zone);

CREATE TABLE network.surcharge (
    carrier_id   kit.code NOT NULL REFERENCES partners.partner,
    area         text NOT NULL CHECK (area IN ('jeju', 'island')),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency     kit.currency NOT NULL,
    extra_s      integer NOT NULL CHECK (extra_s >= 0),
    PRIMARY KEY (carrier_id, area)
);

-- migrate:down
DROP SCHEMA network CASCADE;
