-- migrate:up
-- A database for trying things out, whose clock may be moved ahead of the wall's. The row is made while the database
-- is new and marks it for good: a server of real orders does not run on it.
CREATE TABLE kit.sandbox (
    single   boolean PRIMARY KEY DEFAULT true CHECK (single),
    ahead_us bigint NOT NULL CHECK (ahead_us >= 0),  -- microseconds
    made_at  timestamptz NOT NULL
);

-- migrate:down
DROP TABLE kit.sandbox;
