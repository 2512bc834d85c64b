-- migrate:up transaction:false
-- The photos of an order whose shopper asks to be forgotten.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS proof_by_order ON floor.proof (order_id) WHERE photo_id IS NOT NULL;

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY floor.proof_by_order;
