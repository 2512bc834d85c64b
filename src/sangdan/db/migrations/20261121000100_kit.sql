-- migrate:up
-- kit: what every room stands on. Knows no commerce.
CREATE SCHEMA kit;

-- Short ASCII codes (node, SKU, partner): sorted by bytes, so Python and SQL take locks in one order.
CREATE DOMAIN kit.code AS text COLLATE "C"
    CHECK (VALUE ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$');
CREATE DOMAIN kit.currency AS text COLLATE "C" CHECK (VALUE ~ '^[A-Z]{3}$');

-- A fact is never changed: a correction is a new row.
CREATE FUNCTION kit.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: add a correcting row instead', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- Facts, as CloudEvents: `sequence` counts under the aggregate's row lock.
CREATE TABLE kit.event (
    subject  text COLLATE "C" NOT NULL,
    sequence integer     NOT NULL CHECK (sequence >= 1),
    event_id uuid        NOT NULL,
    type     text COLLATE "C" NOT NULL,
    at       timestamptz NOT NULL,
    data     jsonb       NOT NULL,
    PRIMARY KEY (subject, sequence)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON kit.event
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- Facts whose reactions have not run yet; a row leaves in the transaction of its reactions.
CREATE TABLE kit.outbox (
    subject  text COLLATE "C" NOT NULL,
    sequence integer     NOT NULL,
    at       timestamptz NOT NULL,
    attempts integer     NOT NULL DEFAULT 0,
    retry_at timestamptz,
    PRIMARY KEY (subject, sequence)
);
CREATE INDEX outbox_due ON kit.outbox (at, subject, sequence);

-- Due work. One timer for a key and kind; setting it again moves it.
CREATE TABLE kit.timer (
    key    text COLLATE "C" NOT NULL,
    kind   text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL,
    data   jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (key, kind)
);
CREATE INDEX timer_due ON kit.timer (due_at, key, kind);

-- Writes that a client may retry: one effect, the same answer.
CREATE TABLE kit.request (
    client_id text COLLATE "C" NOT NULL,
    key       text COLLATE "C" NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    body_hash bytea       NOT NULL,
    status    integer,
    answer    bytea,
    at        timestamptz NOT NULL,
    PRIMARY KEY (client_id, key)
);

-- Who may call: API keys are kept as hashes.
CREATE TABLE kit.client (
    client_id  kit.code PRIMARY KEY,
    key_hash   bytea NOT NULL UNIQUE,
    role       text  NOT NULL CHECK (role IN ('tower', 'shop', 'ally', 'floor', 'courier')),
    partner_id kit.code,
    node_id    kit.code,
    made_at    timestamptz NOT NULL,
    revoked_at timestamptz,
    CHECK (role = 'tower' OR partner_id IS NOT NULL)
);

-- Secrets the alliance's servers share (the key that signs promises); never logged.
CREATE TABLE kit.secret (
    name    text COLLATE "C" PRIMARY KEY,
    value   bytea NOT NULL,
    made_at timestamptz NOT NULL
);

-- Exchange rates: one unit of `source` (major) buys rate_ppm / 1e6 units of `target` (major).
CREATE TABLE kit.exchange_rate (
    rate_id    uuid PRIMARY KEY,
    source     kit.currency NOT NULL,
    target     kit.currency NOT NULL,
    rate_ppm   bigint       NOT NULL CHECK (rate_ppm > 0),
    valid_from timestamptz  NOT NULL,
    UNIQUE (source, target, valid_from)
);

-- The double-entry ledger. Each book balances alone, per currency.
CREATE TABLE kit.account (
    book            kit.code     NOT NULL,
    account         text COLLATE "C" NOT NULL,
    currency        kit.currency NOT NULL,
    -- 'none'; 'debit': net debit may never pass zero (credits must cover debits); 'credit': the mirror.
    bound           text NOT NULL DEFAULT 'none' CHECK (bound IN ('none', 'debit', 'credit')),
    debits_minor    bigint NOT NULL DEFAULT 0 CHECK (debits_minor >= 0),
    credits_minor   bigint NOT NULL DEFAULT 0 CHECK (credits_minor >= 0),
    debits_pending  bigint NOT NULL DEFAULT 0 CHECK (debits_pending >= 0),
    credits_pending bigint NOT NULL DEFAULT 0 CHECK (credits_pending >= 0),
    PRIMARY KEY (book, account, currency),
    CONSTRAINT account_within_bound CHECK (
        CASE bound WHEN 'debit'  THEN debits_minor + debits_pending <= credits_minor
                   WHEN 'credit' THEN credits_minor + credits_pending <= debits_minor
                   ELSE true END)
) WITH (fillfactor = 70);

-- phase: 'single' moves at once; 'pending' holds; 'post' and 'void' end a pending one (pending_id).
CREATE TABLE kit.transfer (
    book         kit.code     NOT NULL,
    transfer_id  uuid         NOT NULL,
    currency     kit.currency NOT NULL,
    debit        text COLLATE "C" NOT NULL,
    credit       text COLLATE "C" NOT NULL CHECK (credit <> debit),
    amount_minor bigint       NOT NULL CHECK (amount_minor > 0),
    phase        text         NOT NULL CHECK (phase IN ('single', 'pending', 'post', 'void')),
    pending_id   uuid         CHECK ((pending_id IS NOT NULL) = (phase IN ('post', 'void'))),
    kind         text COLLATE "C" NOT NULL,
    reference    text COLLATE "C" NOT NULL,
    at           timestamptz  NOT NULL,
    PRIMARY KEY (book, transfer_id)
);
-- A pending transfer ends once.
CREATE UNIQUE INDEX transfer_ends_once ON kit.transfer (book, pending_id) WHERE pending_id IS NOT NULL;
CREATE INDEX transfer_by_time ON kit.transfer (book, at);
CREATE INDEX transfer_by_reference ON kit.transfer (book, reference);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON kit.transfer
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- Which text of db/functions/*.sql is in this database; `sangdan db migrate` replaces what differs.
CREATE TABLE kit.function_hash (
    name text COLLATE "C" PRIMARY KEY,
    hash bytea NOT NULL
);

-- migrate:down
DROP SCHEMA kit CASCADE;
