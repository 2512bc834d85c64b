-- migrate:up transaction:false
-- An erasure asks for all orders of one shopper. Built beside the running servers: orders go on being placed meanwhile.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS order_by_shopper ON orders.order (shopper_id, shop_id);

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS orders.order_by_shopper;
