-- migrate:up
-- The number under which the shop itself knows an order, where it gave one.
ALTER TABLE orders.order ADD COLUMN order_ref text;

-- A number stands for one order of a client and its shop. Kept by client, so that a twin is seen wherever orders lie.
CREATE TABLE orders.reference (
    client_id kit.code NOT NULL,
    shop_id   kit.code NOT NULL,
    order_ref text COLLATE "C" NOT NULL CHECK (length(order_ref) BETWEEN 1 AND 100),
    order_id  uuid NOT NULL,
    PRIMARY KEY (client_id, shop_id, order_ref)
);
CREATE INDEX reference_by_number ON orders.reference (order_ref);

-- Which contractions ran: changes that take away what only older versions need (docs/upgrade.md).
CREATE TABLE kit.contraction (version text PRIMARY KEY);

-- migrate:down
DROP TABLE kit.contraction;
DROP TABLE orders.reference;
-- squawk-ignore ban-drop-column
ALTER TABLE orders.order DROP COLUMN order_ref;
