-- migrate:up
-- Data keys, each wrapped by the installation's master key, which is not in the database (kit/vault.py). Whatever is
-- sealed names its key: a key that is still needed cannot be deleted.
CREATE TABLE kit.data_key (
    key_id  integer PRIMARY KEY CHECK (key_id >= 1),
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL
);

-- Persons: the one place for names, addresses, phones, e-mails and clearance codes, sealed (decisions/0007).
-- What belongs to a person is distributed by shopper_id, the recipient of an order by order_id.
CREATE SCHEMA shoppers;

-- A shopper as a shop knows them. Without `sealed`: known by orders alone, or erased.
CREATE TABLE shoppers.person (
    shopper_id  kit.code NOT NULL,
    shop_id     kit.code NOT NULL,
    sealed      bytea,
    key_id      integer REFERENCES kit.data_key,
    phone_index bytea,              -- keyed hash, to find a person by what they tell
    email_index bytea,
    changed_at  timestamptz NOT NULL,
    erased_at   timestamptz,
    PRIMARY KEY (shopper_id, shop_id),
    CONSTRAINT sealed_by_a_key CHECK ((sealed IS NULL) = (key_id IS NULL)),
    CONSTRAINT erased_is_empty CHECK (
        erased_at IS NULL OR sealed IS NULL AND phone_index IS NULL AND email_index IS NULL)
);
CREATE INDEX person_by_phone ON shoppers.person (phone_index) WHERE phone_index IS NOT NULL;
CREATE INDEX person_by_email ON shoppers.person (email_index) WHERE email_index IS NOT NULL;
CREATE INDEX person_by_key ON shoppers.person (key_id, shopper_id, shop_id) WHERE key_id IS NOT NULL;

-- Who receives an order: name, phone, address and a note for the door.
CREATE TABLE shoppers.recipient (
    order_id   uuid PRIMARY KEY,
    shopper_id kit.code NOT NULL,
    shop_id    kit.code NOT NULL,
    sealed     bytea    NOT NULL,
    key_id     integer  NOT NULL REFERENCES kit.data_key,
    changed_at timestamptz NOT NULL
);
CREATE INDEX recipient_by_shopper ON shoppers.recipient (shopper_id, shop_id);
CREATE INDEX recipient_by_key ON shoppers.recipient (key_id, order_id);

-- Names and addresses that the law wants kept after an erasure, apart from all others, until their day.
CREATE TABLE shoppers.kept (
    shopper_id kit.code NOT NULL,
    shop_id    kit.code NOT NULL,
    what       text COLLATE "C" NOT NULL,   -- 'person', or the order whose recipient it was
    sealed     bytea    NOT NULL,
    key_id     integer  NOT NULL REFERENCES kit.data_key,
    keep_until timestamptz NOT NULL,
    PRIMARY KEY (shopper_id, shop_id, what)
);
CREATE INDEX kept_by_key ON shoppers.kept (key_id, shopper_id, shop_id, what);

-- Orders that were open when their shopper was erased: what the courier needs goes when the order ends.
CREATE TABLE shoppers.leaving (
    order_id   uuid PRIMARY KEY,
    shopper_id kit.code NOT NULL,
    shop_id    kit.code NOT NULL
);

-- Consents given and withdrawn: the last word of a kind counts.
CREATE TABLE shoppers.consent (
    shopper_id kit.code NOT NULL,
    shop_id    kit.code NOT NULL,
    consent_no integer  NOT NULL CHECK (consent_no >= 1),
    kind       text     NOT NULL CHECK (kind IN ('ads', 'ads_night')),
    given      boolean  NOT NULL,
    how        text     NOT NULL,           -- a short code of the shop's: 'signup', 'call'
    told_by    text COLLATE "C" NOT NULL,   -- the client that told us
    at         timestamptz NOT NULL,
    PRIMARY KEY (shopper_id, shop_id, consent_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON shoppers.consent
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- Who read what of whom in the clear, and why.
CREATE TABLE shoppers.reading (
    shopper_id kit.code NOT NULL,
    reading_id uuid     NOT NULL,
    shop_id    kit.code NOT NULL,
    read_by    text COLLATE "C" NOT NULL,
    order_id   uuid,
    fields     text[]   NOT NULL,
    reason     text,
    at         timestamptz NOT NULL,
    PRIMARY KEY (shopper_id, reading_id)
);
CREATE INDEX reading_by_reader ON shoppers.reading (read_by, at);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON shoppers.reading
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- Who changed what of whom; which fields, never their content.
CREATE TABLE shoppers.change (
    shopper_id kit.code NOT NULL,
    change_id  uuid     NOT NULL,
    shop_id    kit.code NOT NULL,
    what       text     NOT NULL CHECK (what IN ('person', 'recipient', 'erased', 'purged')),
    changed_by text COLLATE "C" NOT NULL,
    order_id   uuid,
    fields     text[]   NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (shopper_id, change_id)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON shoppers.change
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- migrate:down
DROP SCHEMA shoppers CASCADE;
DROP TABLE kit.data_key;
