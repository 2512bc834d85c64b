-- migrate:up transaction:false
-- What a store still has to pick is counted for every promise it is asked for. Built beside the writers.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS slot_claim_held ON warehouse.slot_claim (node_id, hour_at) WHERE state = 'held';

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS warehouse.slot_claim_held;
