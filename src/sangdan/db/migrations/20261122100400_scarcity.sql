-- migrate:up
-- What a unit is worth more on one node than where the SKU is worth least. It weighs in the choice of an order's sources,
-- and nobody pays it. SKUs of which there is plenty have no row.
CREATE TABLE promise.scarcity (
    node_id     kit.code NOT NULL,
    sku         kit.code NOT NULL,
    price_minor bigint   NOT NULL CHECK (price_minor > 0),
    currency    kit.currency NOT NULL,
    priced_at   timestamptz NOT NULL,
    PRIMARY KEY (node_id, sku)
);
CREATE INDEX scarcity_by_sku ON promise.scarcity (sku, node_id);

-- The latest orders of each SKU, which stand for those to come. Copied from the orders, and trimmed whenever it is priced.
CREATE TABLE promise.wanted (
    sku      kit.code NOT NULL,
    order_id uuid     NOT NULL,
    postcode text     NOT NULL,
    units    bigint   NOT NULL CHECK (units > 0),
    at       timestamptz NOT NULL,
    PRIMARY KEY (sku, order_id)
);

-- One row: how far the round of pricing has come.
CREATE TABLE promise.scarcity_round (
    single     boolean PRIMARY KEY DEFAULT true CHECK (single),
    read_at    timestamptz,                    -- orders are read up to this one
    read_id    uuid,
    after_sku  text COLLATE "C" NOT NULL DEFAULT '',  -- SKUs are priced up to this one
    began_at   timestamptz,                    -- NULL: no round is under way
    looked_at  bigint NOT NULL DEFAULT 0,      -- SKUs of this round, or of the last one
    scarce     bigint NOT NULL DEFAULT 0,      -- of those
    ended_at   timestamptz                     -- of the last whole round
);
INSERT INTO promise.scarcity_round DEFAULT VALUES;

-- Orders as those see them who learn from what was ordered.
CREATE VIEW orders.placed_fact AS SELECT order_id, placed_at, postcode FROM orders.order;
CREATE VIEW orders.line_fact AS SELECT order_id, line_no, sku, seller_id, units FROM orders.line;

-- migrate:down
-- squawk-ignore ban-drop-view
DROP VIEW orders.line_fact;
-- squawk-ignore ban-drop-view
DROP VIEW orders.placed_fact;
DROP TABLE promise.scarcity_round;
DROP TABLE promise.wanted;
DROP TABLE promise.scarcity;
