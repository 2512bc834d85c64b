-- migrate:up
-- Members who asked for a link because they forgot their password. One is written for an address that nobody signs in
-- with too, so that who asks cannot tell by the time it takes; it is sent to nobody. A row goes when it was dealt with.
CREATE TABLE kit.forgotten (
    request_id uuid PRIMARY KEY,
    holder     text COLLATE "C",                      -- SHOP/SHOPPER; NULL: nobody signs in with the address told
    link       text NOT NULL,                         -- where the link leads; its secret is made when it is sent
    attempts   integer NOT NULL CHECK (attempts >= 0),
    due_at     timestamptz NOT NULL,                  -- real time; a sender that dies has so long, then another sends
    ends_at    timestamptz NOT NULL
);
CREATE INDEX forgotten_by_due ON kit.forgotten (due_at);
CREATE INDEX forgotten_by_holder ON kit.forgotten (holder);

-- migrate:down
DROP TABLE kit.forgotten;
