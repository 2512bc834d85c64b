-- migrate:up transaction:false
-- What came and went of one cell, latest first. Built beside the writers, and therefore outside of a transaction.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS movement_by_cell ON stock.movement (node_id, sku, owner_id, at, movement_id);

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY stock.movement_by_cell;
