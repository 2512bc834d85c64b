-- migrate:up transaction:false
-- Operators look for what is promised by a day. Built beside the running servers.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS order_by_promise ON orders.order (promised_at, order_id);

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS orders.order_by_promise;
