-- migrate:up transaction:false
-- What a node still has to make, soonest first. Built beside the writers, and therefore outside of a transaction.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS parcel_by_node ON orders.parcel (node_id, departs_at, parcel_id)
 WHERE state IN ('planned', 'released');

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY orders.parcel_by_node;
