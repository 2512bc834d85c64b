-- migrate:up transaction:false
-- Of a million deliveries a few failed, and those are looked for. What is taken has no entry here.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS delivery_failed ON webhooks.delivery (queued_at, endpoint_id, event_id)
 WHERE state = 'failed';

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS webhooks.delivery_failed;
