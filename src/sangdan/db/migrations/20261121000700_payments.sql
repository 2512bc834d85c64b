-- migrate:up
-- Money in. Distributed by order_id; the postings are in kit.transfer.
CREATE SCHEMA payments;

CREATE TABLE payments.payment (
    order_id        uuid PRIMARY KEY,
    payment_id      uuid NOT NULL,
    shop_id         kit.code NOT NULL,       -- the ally that collects
    currency        kit.currency NOT NULL,
    state           text NOT NULL CHECK (state IN ('requested', 'unknown', 'authorised', 'declined', 'captured', 'voided')),
    amount_minor    bigint NOT NULL CHECK (amount_minor >= 0),
    captured_minor  bigint NOT NULL DEFAULT 0 CHECK (captured_minor BETWEEN 0 AND amount_minor),
    refunded_minor  bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    requested_at    timestamptz NOT NULL
) WITH (fillfactor = 80);
-- Not unique: a distributed table can only promise that together with its order_id, from which the id derives.
CREATE INDEX payment_by_id ON payments.payment (payment_id);

-- Every call to the gateway and every answer, once: `key` is what the gateway knows the call by.
CREATE TABLE payments.call (
    order_id     uuid   NOT NULL REFERENCES payments.payment,
    key          text COLLATE "C" NOT NULL,
    kind         text   NOT NULL CHECK (kind IN ('authorise', 'capture', 'refund', 'void')),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    outcome      text   NOT NULL DEFAULT 'asked' CHECK (outcome IN ('asked', 'approved', 'declined', 'unknown')),
    gateway_ref  text,
    answers      integer NOT NULL DEFAULT 0,
    asked_at     timestamptz NOT NULL,
    answered_at  timestamptz,
    PRIMARY KEY (order_id, key)
);

-- migrate:down
DROP SCHEMA payments CASCADE;
