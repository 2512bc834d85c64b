-- migrate:up
-- Who changed what, through whichever door: written in the transaction of the change, never altered (decisions/0013).
CREATE TABLE kit.audit (
    audit_id   uuid PRIMARY KEY,
    at         timestamptz NOT NULL,
    actor      text COLLATE "C" NOT NULL,       -- a client, staff.NAME, or console.USER
    role       text NOT NULL,
    partner_id kit.code,                        -- the ally it acted for
    what       text COLLATE "C" NOT NULL,       -- 'node.hours-changed'
    subject    text COLLATE "C" NOT NULL,       -- 'node/house-1'
    before     jsonb,
    after      jsonb,
    reason     text NOT NULL,
    request_id text NOT NULL                    -- as in the logs
);
CREATE INDEX audit_by_time ON kit.audit (at, audit_id);
CREATE INDEX audit_by_subject ON kit.audit (subject, at, audit_id);
CREATE INDEX audit_by_actor ON kit.audit (actor, at, audit_id);
CREATE INDEX audit_by_partner ON kit.audit (partner_id, at, audit_id) WHERE partner_id IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON kit.audit
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- migrate:down
DROP TABLE kit.audit;
