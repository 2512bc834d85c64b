-- migrate:up
-- Webhooks: who is told of events by being called, and what is still to be told. The feed's position says how far
-- events have been handed to the endpoints. Reference tables: few endpoints, and deliveries leave after a month.
CREATE SCHEMA webhooks;

CREATE TABLE webhooks.endpoint (
    endpoint_id   uuid PRIMARY KEY,
    client_id     kit.code NOT NULL,                 -- who made it
    role          text     NOT NULL CHECK (role IN ('tower', 'shop', 'ally', 'courier')),
    partner_id    kit.code CHECK (partner_id IS NOT NULL OR role = 'tower'),  -- role, ally and node: whose eyes it has
    node_id       kit.code,
    url           text     NOT NULL CHECK (length(url) <= 1000),
    types         text[],                            -- NULL: all that its owner may hear of
    secret        bytea    NOT NULL,                 -- sealed (kit/vault.py), as is the one before
    old_secret    bytea,
    old_until     timestamptz,                       -- until then both sign
    key_id        integer  NOT NULL REFERENCES kit.data_key,
    state         text     NOT NULL CHECK (state IN ('on', 'off', 'dead')),   -- off: by its owner; dead: by us
    reason        text     CHECK (reason IN ('gone', 'failing')),
    state_at      timestamptz NOT NULL,
    since         bigint   NOT NULL,                 -- told of what comes after this position
    failures      integer  NOT NULL DEFAULT 0,       -- turns in a row in which nothing was taken
    failing_since timestamptz,
    rest_until    timestamptz,                       -- not called before
    leased_until  timestamptz,                       -- a process is calling it; afterwards when that ended
    made_at       timestamptz NOT NULL,
    CONSTRAINT endpoint_once UNIQUE NULLS NOT DISTINCT (role, partner_id, node_id, url),
    CHECK ((old_secret IS NULL) = (old_until IS NULL)),
    CHECK ((state = 'dead') = (reason IS NOT NULL))
);
CREATE INDEX endpoint_by_key ON webhooks.endpoint (key_id, endpoint_id);

-- One event for one endpoint. `body` is what is sent, the same at every try; it goes once it was taken.
CREATE TABLE webhooks.delivery (
    endpoint_id uuid    NOT NULL REFERENCES webhooks.endpoint ON DELETE CASCADE,
    event_id    uuid    NOT NULL,
    position    bigint  NOT NULL,                    -- 0: a ping, which is in no feed
    type        text    COLLATE "C" NOT NULL,
    body        bytea,
    state       text    NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    attempts    integer NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL,
    queued_at   timestamptz NOT NULL,
    tried_at    timestamptz,
    status      integer,                             -- of the last answer
    error       text,                                -- why there was none
    PRIMARY KEY (endpoint_id, event_id),
    CHECK (body IS NOT NULL OR state <> 'waiting')
) WITH (fillfactor = 80);
CREATE INDEX delivery_due ON webhooks.delivery (endpoint_id, due_at, position) WHERE state = 'waiting';
CREATE INDEX delivery_by_time ON webhooks.delivery (queued_at, endpoint_id, event_id);
CREATE INDEX delivery_by_endpoint ON webhooks.delivery (endpoint_id, queued_at, event_id);

-- A stretch of the feed that an endpoint is to be told once more; a row goes when it is through.
CREATE TABLE webhooks.replay (
    endpoint_id uuid   NOT NULL REFERENCES webhooks.endpoint ON DELETE CASCADE,
    replay_id   uuid   NOT NULL,
    position    bigint NOT NULL,                     -- done up to here
    until       bigint NOT NULL CHECK (until >= 0),
    PRIMARY KEY (endpoint_id, replay_id)
);

-- Up to which position events were handed to the endpoints.
CREATE TABLE webhooks.follower (single boolean PRIMARY KEY DEFAULT true CHECK (single), position bigint NOT NULL);
INSERT INTO webhooks.follower (position) VALUES (0);

-- Endpoints that we switched off, for whoever looks after the installation.
CREATE VIEW webhooks.dead AS
SELECT endpoint_id, client_id, partner_id, url, reason, failing_since, state_at AS dead_at
  FROM webhooks.endpoint WHERE state = 'dead';

-- migrate:down
DROP SCHEMA webhooks CASCADE;
