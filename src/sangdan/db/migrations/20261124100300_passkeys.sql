-- migrate:up
-- Passkeys of the people who sign in (decisions/0016): a public key each, and nothing that lets anybody in.
CREATE TABLE kit.passkey (
    credential_id bytea PRIMARY KEY CHECK (length(credential_id) BETWEEN 1 AND 1023),
    passkey_id    uuid NOT NULL UNIQUE,
    staff_id      kit.code NOT NULL REFERENCES kit.staff,
    label         text NOT NULL CHECK (length(label) BETWEEN 1 AND 60),  -- what its owner calls it: 'phone'
    host          text COLLATE "C" NOT NULL,          -- the name it is good for
    public_key    bytea NOT NULL,                     -- as COSE writes it
    sign_count    bigint NOT NULL CHECK (sign_count >= 0),  -- uses, as the device counts them; 0 where it does not
    synced        boolean NOT NULL,                   -- may be copied to its owner's other devices
    backed_up     boolean NOT NULL,                   -- has been
    made_at       timestamptz NOT NULL,
    used_at       timestamptz
);
CREATE INDEX passkey_by_staff ON kit.passkey (staff_id, passkey_id);

-- Two more uses of what is good once: the challenge that a passkey signs, and the link of a password forgotten.
-- squawk-ignore ban-drop-constraint
ALTER TABLE kit.ticket DROP CONSTRAINT ticket_use_check;
ALTER TABLE kit.ticket ADD CONSTRAINT ticket_use_check
 CHECK (use IN ('join', 'entry', 'passkey', 'new-passkey', 'forgotten')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE kit.ticket DROP CONSTRAINT ticket_kind_check;
ALTER TABLE kit.ticket ADD CONSTRAINT ticket_kind_check CHECK (kind IN ('staff', 'client', 'member')) NOT VALID;

-- migrate:down
DELETE FROM kit.ticket WHERE use NOT IN ('join', 'entry') OR kind NOT IN ('staff', 'client');
-- squawk-ignore ban-drop-constraint
ALTER TABLE kit.ticket DROP CONSTRAINT ticket_use_check;
ALTER TABLE kit.ticket ADD CONSTRAINT ticket_use_check CHECK (use IN ('join', 'entry')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE kit.ticket DROP CONSTRAINT ticket_kind_check;
ALTER TABLE kit.ticket ADD CONSTRAINT ticket_kind_check CHECK (kind IN ('staff', 'client')) NOT VALID;
DROP TABLE kit.passkey;
