-- migrate:up transaction:false
-- What a carrier took over and has not given to a courier yet, the latest first.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS parcel_with_carrier ON delivery.parcel (carrier_id, handed_over_at DESC)
 WHERE state = 'in_transit';

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY delivery.parcel_with_carrier;
