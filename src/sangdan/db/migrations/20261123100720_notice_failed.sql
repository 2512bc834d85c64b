-- migrate:up transaction:false
-- What shoppers were not told, by the time of their orders. Built beside the writers, and therefore outside of a
-- transaction.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS notice_untold ON notices.notice (notice_id)
 WHERE state IN ('failed', 'suppressed');

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY notices.notice_untold;
