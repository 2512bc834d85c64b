-- migrate:up
-- What shoppers are told. Everything here is distributed by order_id. No name, address or number of a person is kept:
-- who is meant is looked up when a message is sent.
CREATE SCHEMA notices;

-- One message, or one that need not be sent. Facts of one topic that come before it is said are said in it.
CREATE TABLE notices.notice (
    order_id     uuid NOT NULL,
    notice_id    uuid NOT NULL,
    topic        text NOT NULL CHECK (topic IN ('placed', 'ended', 'changed', 'shipped', 'ready', 'delivered')),
    shop_id      kit.code NOT NULL,
    shopper_id   kit.code NOT NULL,
    causes       text[] NOT NULL,       -- codes of the facts behind it
    at           timestamptz NOT NULL,  -- when the first of them was heard
    state        text NOT NULL DEFAULT 'waiting'
                 CHECK (state IN ('waiting', 'held', 'sending', 'sent', 'suppressed', 'failed')),
    because      text,                  -- why it waits, is held, was suppressed or failed
    due_at       timestamptz NOT NULL,  -- when somebody looks at it next; while it is sent: the end of the lease
    template     text,                  -- what is said, once that is decided: it is not decided again
    args         jsonb,
    language     text CHECK (language IN ('ko', 'en')),
    channel      text CHECK (channel IN ('alimtalk', 'sms', 'lms', 'email')),
    receiver     text,                  -- masked
    round        integer NOT NULL DEFAULT 0,  -- how often an operator had it sent again
    leg          integer NOT NULL DEFAULT 0,  -- which of the person's ways is tried
    attempts     integer NOT NULL DEFAULT 0,
    provider_ref text,
    sent_at      timestamptz,
    PRIMARY KEY (order_id, notice_id),
    CONSTRAINT sent_with_its_words CHECK (state NOT IN ('sending', 'sent') OR template IS NOT NULL AND args IS NOT NULL)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX notice_undecided ON notices.notice (order_id, topic)
    WHERE template IS NULL AND state IN ('waiting', 'held');
CREATE INDEX notice_due ON notices.notice (due_at) WHERE state IN ('waiting', 'held', 'sending');
CREATE INDEX notice_by_id ON notices.notice (notice_id);  -- made from the order's: later orders have higher ones
CREATE INDEX notice_sent ON notices.notice (sent_at) WHERE state = 'sent';

-- What the shopper of an order knows. The next message tells what differs from it.
CREATE TABLE notices.told (
    order_id uuid  PRIMARY KEY,
    known    jsonb NOT NULL
) WITH (fillfactor = 80);

-- Whose order it is, as others may read it.
CREATE VIEW orders.buyer AS SELECT order_id, shop_id, shopper_id FROM orders.order;

-- migrate:down
-- squawk-ignore ban-drop-view
DROP VIEW orders.buyer;
DROP SCHEMA notices CASCADE;
