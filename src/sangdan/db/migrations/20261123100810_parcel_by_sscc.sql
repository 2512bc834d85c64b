-- migrate:up transaction:false
-- A scanned label finds its parcel.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS parcel_by_sscc ON delivery.parcel (sscc);

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY delivery.parcel_by_sscc;
