-- migrate:up
-- What rules of the stock ask of placing. A channel's share of a shelf: of the units that lay there when the share was
-- set, a shop may take so many; NULL in a reservation's shop_id: no share was touched. A cell that has any is marked, so
-- that placing looks for shares only where there are some.
CREATE TABLE stock.allotment (
    node_id   kit.code NOT NULL,
    sku       kit.code NOT NULL,
    owner_id  kit.code NOT NULL,
    shop_id   kit.code NOT NULL,                     -- the ally whose shops sell from this share
    units_max bigint   NOT NULL CHECK (units_max >= 0),
    taken     bigint   NOT NULL DEFAULT 0 CHECK (taken >= 0),
    set_at    timestamptz NOT NULL,                  -- what was reserved before counts no more
    PRIMARY KEY (node_id, sku, owner_id, shop_id)
) WITH (fillfactor = 70);
ALTER TABLE stock.balance ADD COLUMN allotted boolean NOT NULL DEFAULT false;

-- Of dated supply only so much is promised before it is there; NULL: all of it. (Tables in the order in which placing
-- locks them, so that a server of the version before can go on.)
ALTER TABLE stock.inbound ADD COLUMN preorder_max bigint CHECK (preorder_max >= 0);
ALTER TABLE stock.reservation ADD COLUMN shop_id kit.code;

-- A line may be part of a kit: which one, and the how-manieth wish of the basket it was.
ALTER TABLE orders.line ADD COLUMN kit_sku kit.code;
ALTER TABLE orders.line ADD COLUMN kit_no integer;

-- migrate:down
-- squawk-ignore ban-drop-column
ALTER TABLE orders.line DROP COLUMN kit_no;
-- squawk-ignore ban-drop-column
ALTER TABLE orders.line DROP COLUMN kit_sku;
-- squawk-ignore ban-drop-column
ALTER TABLE stock.inbound DROP COLUMN preorder_max;
-- squawk-ignore ban-drop-column
ALTER TABLE stock.reservation DROP COLUMN shop_id;
-- squawk-ignore ban-drop-column
ALTER TABLE stock.balance DROP COLUMN allotted;
DROP TABLE stock.allotment;
