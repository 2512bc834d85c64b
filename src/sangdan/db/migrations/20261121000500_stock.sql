-- migrate:up
-- One stock: who owns how many units of which SKU on which node. Distributed by node_id.
CREATE SCHEMA stock;

CREATE TABLE stock.balance (
    node_id  kit.code NOT NULL,
    sku      kit.code NOT NULL,
    owner_id kit.code NOT NULL,
    on_hand  bigint NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    safety   bigint NOT NULL DEFAULT 0 CHECK (safety >= 0),
    PRIMARY KEY (node_id, sku, owner_id),
    CONSTRAINT never_oversold CHECK (reserved <= on_hand)
) WITH (fillfactor = 70);
CREATE INDEX balance_by_sku ON stock.balance (sku, node_id);

CREATE TABLE stock.movement (
    node_id     kit.code NOT NULL,
    movement_id uuid     NOT NULL,
    sku         kit.code NOT NULL,
    owner_id    kit.code NOT NULL,
    units       bigint   NOT NULL CHECK (units <> 0),   -- signed
    kind        text     NOT NULL CHECK (kind IN ('count', 'receive', 'ship', 'lost', 'found', 'return')),
    reference   text COLLATE "C" NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (node_id, movement_id)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON stock.movement
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- Supply with a date: what it will add to a shelf, and how much of that is promised already.
CREATE TABLE stock.inbound (
    node_id     kit.code NOT NULL,
    inbound_id  kit.code NOT NULL,
    sku         kit.code NOT NULL,
    owner_id    kit.code NOT NULL,
    units       bigint NOT NULL CHECK (units > 0),
    reserved    bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    due_at      timestamptz NOT NULL,
    received_at timestamptz,
    PRIMARY KEY (node_id, inbound_id),
    CONSTRAINT never_oversold CHECK (reserved <= units)
);
CREATE INDEX inbound_by_sku ON stock.inbound (sku, node_id) WHERE received_at IS NULL;

-- Units held for an order line or a basket. Held against the shelf, or against an inbound not yet received.
CREATE TABLE stock.reservation (
    node_id        kit.code NOT NULL,
    reservation_id uuid     NOT NULL,
    order_id       uuid,              -- NULL: a basket's hold, which must expire
    line_no        integer,
    sku            kit.code NOT NULL,
    owner_id       kit.code NOT NULL,
    units          bigint   NOT NULL CHECK (units > 0),
    inbound_id     kit.code,
    state          text     NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'shipped', 'released', 'expired', 'lost')),
    expires_at     timestamptz,
    at             timestamptz NOT NULL,
    PRIMARY KEY (node_id, reservation_id),
    CHECK (order_id IS NOT NULL OR expires_at IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX reservation_by_order ON stock.reservation (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX reservation_expiring ON stock.reservation (expires_at) WHERE state = 'held' AND expires_at IS NOT NULL;

-- migrate:down
DROP SCHEMA stock CASCADE;
