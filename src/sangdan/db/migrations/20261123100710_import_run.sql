-- migrate:up
-- Files that somebody brought in through a page. `rejects` is what was not taken, as CSV: never of persons, and gone
-- after a month. A reference table.
CREATE TABLE kit.import_run (
    run_id    uuid PRIMARY KEY,                     -- made from the instant: later ones are higher
    kind      text COLLATE "C" NOT NULL,
    file      text NOT NULL CHECK (length(file) <= 200),
    client_id text COLLATE "C" NOT NULL,
    begun_at  timestamptz NOT NULL,
    ended_at  timestamptz,
    rows      bigint NOT NULL DEFAULT 0,
    loaded    bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    rejected  bigint NOT NULL DEFAULT 0,
    reasons   jsonb  NOT NULL DEFAULT '{}',
    rejects   bytea
);

-- migrate:down
DROP TABLE kit.import_run;
