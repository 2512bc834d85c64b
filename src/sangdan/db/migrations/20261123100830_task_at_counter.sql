-- migrate:up transaction:false
-- What was put behind a node's counter, the latest first.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS task_at_counter ON warehouse.task (node_id, handed_over_at DESC)
 WHERE carrier_id IS NULL AND state = 'handed_over';

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY warehouse.task_at_counter;
