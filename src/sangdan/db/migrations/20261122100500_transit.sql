-- migrate:up
-- What was learned of transit times, by service: a learning has a number, and the latest few are kept. A reference table.
CREATE TABLE promise.transit_snapshot (
    snapshot_no integer NOT NULL CHECK (snapshot_no > 0),
    service     text    NOT NULL,
    learned_at  timestamptz NOT NULL,
    completed   integer NOT NULL CHECK (completed >= 0),  -- parcels that had arrived, of those it was learned from
    body        bytea   NOT NULL CHECK (octet_length(body) <= 8000000),  -- JSON, zlib
    PRIMARY KEY (snapshot_no, service)
);

-- Parcels as those see them who learn how long they take.
CREATE VIEW orders.parcel_fact AS
SELECT order_id, parcel_no, parcel_id, node_id, carrier_id, service, state, departs_at, weight_g, re_sourced
  FROM orders.parcel;
CREATE VIEW delivery.parcel_fact AS SELECT order_id, parcel_id, handed_over_at, delivered_at FROM delivery.parcel;

-- migrate:down
-- squawk-ignore ban-drop-view
DROP VIEW delivery.parcel_fact;
-- squawk-ignore ban-drop-view
DROP VIEW orders.parcel_fact;
DROP TABLE promise.transit_snapshot;
