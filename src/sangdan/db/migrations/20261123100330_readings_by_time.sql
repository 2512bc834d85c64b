-- migrate:up transaction:false
-- Who read persons, looked through by day.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS reading_by_time ON shoppers.reading (at, reading_id);

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY shoppers.reading_by_time;
