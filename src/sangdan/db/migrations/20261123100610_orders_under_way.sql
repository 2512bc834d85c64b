-- migrate:up transaction:false
-- What is under way is a small part of all orders ever placed. Built beside the running servers.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS order_under_way ON orders.order (placed_at, order_id)
 WHERE state IN ('placed', 'authorised', 'released', 'shipped');

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS orders.order_under_way;
