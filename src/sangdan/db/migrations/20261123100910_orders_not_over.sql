-- migrate:up transaction:false
-- What is under way, told by what is written once, at its end: an index that names the state would have every step of
-- every order write all indexes of the table anew.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS order_not_over ON orders.order (placed_at, order_id)
 WHERE delivered_at IS NULL AND reason IS NULL;

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS orders.order_not_over;
