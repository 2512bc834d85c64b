-- migrate:up transaction:false
-- order_not_over stands in for it.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS orders.order_under_way;

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS order_under_way ON orders.order (placed_at, order_id)
 WHERE state IN ('placed', 'authorised', 'released', 'shipped');
