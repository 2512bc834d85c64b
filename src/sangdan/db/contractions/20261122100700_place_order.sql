-- migrate:up
-- Placed one order a call; versions since place batches (flows.place_orders).
DROP FUNCTION IF EXISTS flows.place_order(jsonb, bytea, bytea, timestamptz);

-- migrate:down
