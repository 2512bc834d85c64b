-- migrate:up transaction:false
-- What an ally is owed, by when: see transfer_by_debit.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS transfer_by_credit ON kit.transfer (credit, at, transfer_id)
 WHERE book = 'alliance' AND phase IN ('single', 'post');

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS kit.transfer_by_credit;
