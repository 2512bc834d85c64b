-- migrate:up transaction:false
-- A shop's category pages. Built beside the writers, and therefore outside of a transaction.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS product_by_category ON catalogue.product (category COLLATE "C", product_id);

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY catalogue.product_by_category;
