-- migrate:up transaction:false
-- Photos that the law's term is over for, the oldest first.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS photo_by_time ON floor.photo (at);

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY floor.photo_by_time;
