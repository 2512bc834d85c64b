-- migrate:up
-- Views of a list that people keep: the query of a page's address, under a name.
CREATE TABLE kit.saved_view (
    view_id  uuid PRIMARY KEY,
    owner_id text COLLATE "C" NOT NULL,        -- whoever kept it
    team     text COLLATE "C" NOT NULL,        -- their ally, '' for the tower
    page     text COLLATE "C" NOT NULL,
    name     text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    query    text NOT NULL CHECK (length(query) <= 2000),
    shared   boolean NOT NULL,
    saved_at timestamptz NOT NULL,
    UNIQUE (owner_id, page, name)
);
CREATE INDEX saved_view_of_page ON kit.saved_view (page, team);

-- migrate:down
DROP TABLE kit.saved_view;
