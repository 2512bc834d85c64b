-- migrate:up transaction:false
-- What an order is called when its shop gave it no number: the end of its id, as it can be read out over a telephone.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS order_by_number ON orders.order (right(order_id::text, 8));

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS orders.order_by_number;
