-- migrate:up
-- One promise, one order. Everything here is distributed by order_id.
CREATE SCHEMA promise;
CREATE SCHEMA orders;

-- A promise that was taken, with all it was computed from: computing `inputs` again gives `answer`, to the byte.
CREATE TABLE promise.promise (
    order_id   uuid PRIMARY KEY,
    promise_id uuid  NOT NULL,
    inputs     bytea NOT NULL,   -- JSON, zlib
    answer     bytea NOT NULL,   -- JSON: the way that was taken
    at         timestamptz NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON promise.promise
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- How each promised parcel ended. late_s is negative when early; what never came has neither instant nor lateness.
CREATE TABLE promise.outcome (
    order_id        uuid    NOT NULL,
    parcel_no       integer NOT NULL,
    node_id         kit.code NOT NULL,
    carrier_id      kit.code,
    service         text    NOT NULL,
    promised_at     timestamptz NOT NULL,
    probability_ppm integer NOT NULL,
    arrived_at      timestamptz,
    kept            boolean NOT NULL,
    late_s          bigint,
    cause           text    NOT NULL CHECK (cause IN ('kept', 'late_hand_over', 'late_transit', 're_sourced', 'lost', 'not_found')),
    PRIMARY KEY (order_id, parcel_no),
    CONSTRAINT came_or_missed CHECK (late_s IS NOT NULL AND arrived_at IS NOT NULL OR late_s IS NULL AND arrived_at IS NULL AND NOT kept)
);

CREATE TABLE orders.member (
    member_id  kit.code PRIMARY KEY,
    locale     text NOT NULL DEFAULT 'ko' CHECK (locale IN ('ko', 'en')),
    birth_year integer CHECK (birth_year BETWEEN 1900 AND 2100),
    postcode   text,
    joined_on  date
);

CREATE TABLE orders.order (
    order_id       uuid PRIMARY KEY,
    client_id      kit.code NOT NULL,          -- the shop through which it came
    shop_id        kit.code NOT NULL,          -- the ally that owns that shop
    shopper_id     kit.code NOT NULL,
    promise_id     uuid NOT NULL,
    state          text NOT NULL CHECK (state IN ('placed', 'authorised', 'released', 'shipped', 'delivered', 'confirmed', 'cancelled')),
    reason         text,                       -- why it was cancelled
    currency       kit.currency NOT NULL,
    goods_minor    bigint NOT NULL,
    delivery_minor bigint NOT NULL,
    total_minor    bigint NOT NULL,            -- as promised; what is still due is total - cancelled
    cancelled_minor bigint NOT NULL DEFAULT 0 CHECK (cancelled_minor BETWEEN 0 AND total_minor),
    cost_minor     bigint NOT NULL,            -- what fulfilling it costs the alliance
    co2e_g         bigint NOT NULL,
    postcode       text   NOT NULL,
    service        text   NOT NULL,
    promised_at    timestamptz NOT NULL,
    probability_ppm integer NOT NULL,
    placed_at      timestamptz NOT NULL,
    release_at     timestamptz NOT NULL,       -- until then it can be cancelled
    confirm_days   integer NOT NULL CHECK (confirm_days BETWEEN 0 AND 365),  -- confirmed by itself so long after delivery
    released_at    timestamptz,
    shipped_at     timestamptz,
    delivered_at   timestamptz,
    confirmed_at   timestamptz,
    CHECK (total_minor = goods_minor + delivery_minor)
) WITH (fillfactor = 80);
CREATE INDEX order_by_time ON orders.order (placed_at, order_id);
CREATE INDEX order_by_client ON orders.order (client_id, placed_at, order_id);

CREATE TABLE orders.line (
    order_id         uuid    NOT NULL REFERENCES orders.order,
    line_no          integer NOT NULL,
    sku              kit.code NOT NULL,
    seller_id        kit.code NOT NULL,
    units            bigint  NOT NULL CHECK (units > 0),
    cancelled_units  bigint  NOT NULL DEFAULT 0 CHECK (cancelled_units BETWEEN 0 AND units),
    short_units      bigint  NOT NULL DEFAULT 0 CHECK (short_units BETWEEN 0 AND cancelled_units),  -- of those: after release
    unit_price_minor bigint  NOT NULL CHECK (unit_price_minor >= 0),
    vat_class        text    NOT NULL,
    rate_id          uuid,                     -- the exchange rate behind the price, if any
    PRIMARY KEY (order_id, line_no)
);

-- A parcel as promised; a parcel that is re-sourced is replaced by a new number.
CREATE TABLE orders.parcel (
    order_id        uuid    NOT NULL REFERENCES orders.order,
    parcel_no       integer NOT NULL,
    parcel_id       uuid    NOT NULL,
    node_id         kit.code NOT NULL,
    operator_id     kit.code NOT NULL,
    carrier_id      kit.code,                  -- NULL: picked up
    service         text NOT NULL,
    state           text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'released', 'shipped', 'delivered', 'cancelled', 'lost')),
    slot_at         timestamptz NOT NULL,      -- the hour whose capacity it takes
    ready_at        timestamptz NOT NULL,      -- packed by
    departs_at      timestamptz NOT NULL,      -- handed over by
    promised_at     timestamptz NOT NULL,
    probability_ppm integer NOT NULL CHECK (probability_ppm BETWEEN 0 AND 1000000),
    fee_minor       bigint NOT NULL,           -- what the shopper pays for this parcel
    carrier_minor   bigint NOT NULL,           -- what the carrier is owed
    weight_g        bigint NOT NULL,
    re_sourced      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (order_id, parcel_no)
) WITH (fillfactor = 80);
CREATE INDEX parcel_by_id ON orders.parcel (parcel_id);

CREATE TABLE orders.parcel_line (
    order_id   uuid    NOT NULL,
    parcel_no  integer NOT NULL,
    line_no    integer NOT NULL,
    units      bigint  NOT NULL CHECK (units > 0),
    inbound_id kit.code,
    reservation_id uuid NOT NULL,
    lost_units bigint  NOT NULL DEFAULT 0 CHECK (lost_units BETWEEN 0 AND units),  -- cancelled or not found
    PRIMARY KEY (order_id, parcel_no, line_no, reservation_id),
    FOREIGN KEY (order_id, parcel_no) REFERENCES orders.parcel,
    FOREIGN KEY (order_id, line_no) REFERENCES orders.line
);

-- Orders as others may read them: what was ordered and what became of it, one row an order.
CREATE VIEW orders.order_fact AS
SELECT o.order_id, o.client_id, o.shop_id, o.state, o.reason, o.service, o.currency, o.total_minor, o.cancelled_minor,
       o.cost_minor, o.co2e_g, o.probability_ppm, o.placed_at, o.promised_at, o.released_at, o.shipped_at, o.delivered_at,
       l.units, l.wanted_units, l.short_units, p.live_parcels, p.lost_parcels, p.re_sourced, c.units_shipped, c.units_delivered
  FROM orders.order o
 CROSS JOIN LATERAL (
       -- wanted: what the shopper still asked for when the order went to the floor.
       SELECT coalesce(sum(units), 0)::bigint AS units,
              coalesce(sum(units - cancelled_units + short_units), 0)::bigint AS wanted_units,
              coalesce(sum(short_units), 0)::bigint AS short_units
         FROM orders.line WHERE order_id = o.order_id) l
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE state <> 'cancelled') AS live_parcels,
              count(*) FILTER (WHERE state = 'lost') AS lost_parcels,
              coalesce(bool_or(re_sourced), false) AS re_sourced
         FROM orders.parcel WHERE order_id = o.order_id) p
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(i.units - i.lost_units)
                       FILTER (WHERE s.state IN ('shipped', 'delivered', 'lost')), 0)::bigint AS units_shipped,
              coalesce(sum(i.units - i.lost_units) FILTER (WHERE s.state = 'delivered'), 0)::bigint AS units_delivered
         FROM orders.parcel_line i JOIN orders.parcel s USING (order_id, parcel_no)
        WHERE i.order_id = o.order_id) c;

-- Closed promises as others may read them, one row a parcel.
CREATE VIEW promise.outcome_fact AS
SELECT order_id, parcel_no, node_id, carrier_id, service, promised_at, probability_ppm, arrived_at, kept, late_s, cause
  FROM promise.outcome;

-- migrate:down
DROP SCHEMA orders CASCADE;
DROP SCHEMA promise CASCADE;
