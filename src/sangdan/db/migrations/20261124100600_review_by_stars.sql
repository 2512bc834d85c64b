-- migrate:up transaction:false
-- The shown reviews of a product by their stars, for whoever wants to read the worst first, or those of three stars.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS review_by_stars ON reviews.review (product_id, stars, written_at, review_id)
 WHERE state = 'shown';

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS reviews.review_by_stars;
