-- migrate:up transaction:false
-- How much a client holds. Built beside the writers, and therefore outside of a transaction.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS hold_by_client ON baskets.hold (client_id, expires_at) WHERE state = 'held';

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY baskets.hold_by_client;
