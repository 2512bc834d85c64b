-- migrate:up transaction:false
-- Photos that wait for the worker.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS photo_dropped ON floor.photo (photo_id) WHERE dropped;

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY floor.photo_dropped;
