-- migrate:up
-- Lanes that send nothing for a while, and carriers of which none does. A reference table: the picture of the network
-- takes in what has not ended. until_at is what was said; ended_at is when it was over.
CREATE TABLE network.closing (
    scope     text NOT NULL CHECK (scope IN ('lane', 'carrier')),
    closed_id kit.code NOT NULL,
    from_at   timestamptz NOT NULL,
    until_at  timestamptz,
    reason    text NOT NULL CHECK (reason IN ('weather', 'strike', 'road', 'other')),
    ended_at  timestamptz,
    PRIMARY KEY (scope, closed_id, from_at),
    CONSTRAINT closing_ends_after_it_began CHECK (until_at > from_at),
    CONSTRAINT closing_ended_after_it_began CHECK (ended_at >= from_at)
);
CREATE UNIQUE INDEX closing_now ON network.closing (scope, closed_id) WHERE ended_at IS NULL;

-- migrate:down
DROP TABLE network.closing;
