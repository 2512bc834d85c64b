-- migrate:up
-- People of the alliance who sign in (decisions/0013). Known by a short name alone: no e-mail, no phone.
CREATE TABLE kit.staff (
    staff_id      kit.code PRIMARY KEY CHECK (length(staff_id) <= 40),
    client_id     kit.code NOT NULL UNIQUE CHECK (client_id = 'staff.' || staff_id),  -- in whatever is written down
    role          text NOT NULL CHECK (role IN ('tower', 'ally', 'floor', 'courier')),
    partner_id    kit.code,                           -- the ally they work for; none of the tower's
    node_ids      text[] COLLATE "C",                 -- the nodes they are confined to; NULL for all of the ally's
    password_hash text,                               -- argon2id; none until the invitation was taken
    sealed        bytea,                              -- the secret of their codes (TOTP)
    key_id        integer REFERENCES kit.data_key,
    code_step     bigint NOT NULL CHECK (code_step >= 0),  -- 30 s counted from 1970; a code is taken once
    confirmed_at  timestamptz,                        -- when a first code proved that they have the secret
    made_at       timestamptz NOT NULL,
    disabled_at   timestamptz,
    CONSTRAINT works_for_an_ally CHECK (role = 'tower' OR partner_id IS NOT NULL),
    CONSTRAINT confined_on_the_floor CHECK (node_ids IS NULL OR role = 'floor' AND cardinality(node_ids) >= 1),
    CONSTRAINT sealed_by_a_key CHECK ((sealed IS NULL) = (key_id IS NULL)),
    CONSTRAINT confirmed_has_a_secret CHECK (confirmed_at IS NULL OR sealed IS NOT NULL)
);
CREATE INDEX staff_by_key ON kit.staff (key_id, staff_id) WHERE key_id IS NOT NULL;

-- Codes on paper, for whoever lost the phone: each goes with its use.
CREATE TABLE kit.recovery_code (
    staff_id  kit.code NOT NULL REFERENCES kit.staff,
    code_hash bytea    NOT NULL,
    PRIMARY KEY (staff_id, code_hash)
);

-- Who is signed in: the cookie's token is kept as its hash. A row goes when the session ends.
CREATE TABLE kit.session (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL UNIQUE,
    kind       text NOT NULL CHECK (kind IN ('staff', 'client', 'member')),
    holder     text COLLATE "C" NOT NULL,             -- a staff_id, a client_id, or SHOP/SHOPPER
    step       text NOT NULL CHECK (step IN ('open', 'code', 'enrol')),  -- what is still asked before it is open
    browser    text NOT NULL,                         -- 'Chrome, Android'
    made_at    timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    idle_until timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);
CREATE INDEX session_by_holder ON kit.session (kind, holder, session_id);
CREATE INDEX session_by_end ON kit.session (idle_until);

-- Links that let somebody in once: an invitation, or an entry. A row goes with its use.
CREATE TABLE kit.ticket (
    ticket_hash bytea PRIMARY KEY,
    use         text NOT NULL CHECK (use IN ('join', 'entry')),
    kind        text NOT NULL CHECK (kind IN ('staff', 'client')),
    holder      text COLLATE "C" NOT NULL,
    ends_at     timestamptz NOT NULL
);
CREATE INDEX ticket_by_holder ON kit.ticket (kind, holder);

-- Tries to guess something, counted by account and by address, each a keyed hash.
CREATE TABLE kit.tries (
    what_hash bytea PRIMARY KEY,
    tries     integer NOT NULL CHECK (tries >= 0),
    until_at  timestamptz NOT NULL                    -- from then on counted anew
);
CREATE INDEX tries_by_end ON kit.tries (until_at);

-- migrate:down
DROP TABLE kit.tries;
DROP TABLE kit.ticket;
DROP TABLE kit.session;
DROP TABLE kit.recovery_code;
DROP TABLE kit.staff;
