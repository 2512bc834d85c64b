-- migrate:up
-- Baskets on their way to an order. Distributed by order_id: that of the order which a basket would become.
CREATE SCHEMA baskets;

-- A whole way that is held for a shopper: its units and its places in the floors' hours, until the hold ends.
CREATE TABLE baskets.hold (
    order_id   uuid PRIMARY KEY,                     -- the hold's name too: a promise is taken once, and held once
    client_id  kit.code NOT NULL,
    turn       integer  NOT NULL CHECK (turn >= 1),  -- the how-manieth hold of this promise: its rows are named by it
    state      text     NOT NULL CHECK (state IN ('held', 'released', 'expired', 'taken')),
    token      text COLLATE "C",                     -- of the way; NULL when the hold has ended
    units      jsonb    NOT NULL,                    -- [{node_id, reservation_id}], in the order of their shelves
    places     jsonb    NOT NULL,                    -- [{node_id, parcel_id, queued}]
    expires_at timestamptz NOT NULL,
    at         timestamptz NOT NULL,
    CHECK ((state = 'held') = (token IS NOT NULL))
) WITH (fillfactor = 80);

-- migrate:down
DROP SCHEMA baskets CASCADE;
