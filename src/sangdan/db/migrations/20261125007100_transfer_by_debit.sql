-- migrate:up transaction:false
-- What an ally owes, by when, for whoever leafs through their own lines; those of the alliance's book alone, so that
-- nothing on an order's way to the floor pays for it.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS transfer_by_debit ON kit.transfer (debit, at, transfer_id)
 WHERE book = 'alliance' AND phase IN ('single', 'post');

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS kit.transfer_by_debit;
