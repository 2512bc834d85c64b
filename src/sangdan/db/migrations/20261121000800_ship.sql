-- migrate:up
-- The floor and the road. warehouse is distributed by node_id, delivery by order_id.
CREATE SCHEMA warehouse;
CREATE SCHEMA delivery;

-- Capacity of a node in an hour (UTC, on the hour): never overbooked.
CREATE TABLE warehouse.slot (
    node_id     kit.code NOT NULL,
    hour_at     timestamptz NOT NULL,
    parcels_max integer NOT NULL CHECK (parcels_max >= 0),
    parcels     integer NOT NULL DEFAULT 0 CHECK (parcels >= 0),
    PRIMARY KEY (node_id, hour_at),
    CONSTRAINT never_overbooked CHECK (parcels <= parcels_max)
) WITH (fillfactor = 70);
CREATE TABLE warehouse.slot_claim (
    node_id   kit.code NOT NULL,
    parcel_id uuid     NOT NULL,
    hour_at   timestamptz NOT NULL,
    state     text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'used', 'released')),
    PRIMARY KEY (node_id, parcel_id)
);

-- One task is one parcel to pick, pack and hand over.
CREATE TABLE warehouse.task (
    node_id      kit.code NOT NULL,
    parcel_id    uuid NOT NULL,
    order_id     uuid NOT NULL,
    parcel_no    integer NOT NULL,
    carrier_id   kit.code,  -- NULL: the shopper fetches it
    service      text NOT NULL,
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'picked', 'packed', 'handed_over', 'cancelled')),
    due_at       timestamptz NOT NULL,
    sscc         text COLLATE "C",
    picked_at    timestamptz,
    packed_at    timestamptz,
    handed_over_at timestamptz,
    PRIMARY KEY (node_id, parcel_id)
) WITH (fillfactor = 80);
CREATE INDEX task_open ON warehouse.task (node_id, due_at) WHERE state IN ('waiting', 'picked', 'packed');
CREATE TABLE warehouse.task_line (
    node_id   kit.code NOT NULL,
    parcel_id uuid NOT NULL,
    line_no   integer NOT NULL,
    reservation_id uuid NOT NULL,
    sku       kit.code NOT NULL,
    owner_id  kit.code NOT NULL,
    units     bigint NOT NULL CHECK (units > 0),
    found     bigint CHECK (found BETWEEN 0 AND units),
    PRIMARY KEY (node_id, parcel_id, line_no, reservation_id)
);
-- The serial part of the SSCCs that a node has given out. gs1_prefix: the operator's company prefix, and after it
-- the digits kept for this node; no node's begins with another's, so numbers are unique.
CREATE TABLE warehouse.sscc_serial (node_id kit.code PRIMARY KEY, gs1_prefix text NOT NULL, next bigint NOT NULL);

CREATE TABLE delivery.parcel (
    order_id       uuid NOT NULL,
    parcel_id      uuid NOT NULL,
    parcel_no      integer NOT NULL,
    carrier_id     kit.code,
    sscc           text COLLATE "C" NOT NULL,
    state          text NOT NULL CHECK (state IN ('in_transit', 'out_for_delivery', 'attempt_fail', 'available_for_pickup', 'exception', 'delivered', 'lost')),
    state_at       timestamptz NOT NULL,  -- since when, by the carrier's clock
    handed_over_at timestamptz NOT NULL,
    delivered_at   timestamptz,
    PRIMARY KEY (order_id, parcel_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX parcel_sscc ON delivery.parcel (order_id, sscc);
CREATE TABLE delivery.tracking (
    order_id  uuid NOT NULL,
    parcel_id uuid NOT NULL,
    at        timestamptz NOT NULL,
    state     text NOT NULL,
    detail    text,
    PRIMARY KEY (order_id, parcel_id, at, state),
    FOREIGN KEY (order_id, parcel_id) REFERENCES delivery.parcel
);

-- migrate:down
DROP SCHEMA delivery CASCADE;
DROP SCHEMA warehouse CASCADE;
