-- migrate:up transaction:false
-- Which offers began lately. Built beside the writers, and therefore outside of a transaction.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS offer_by_begin ON catalogue.offer (valid_from);

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY catalogue.offer_by_begin;
