-- migrate:up
-- Closed statements. The lines are the ledger's transfers of the period: nothing is copied but the sums.
CREATE SCHEMA settlement;
CREATE TABLE settlement.statement (
    partner_id   kit.code NOT NULL,
    currency     kit.currency NOT NULL,
    period_from  timestamptz NOT NULL,
    period_to    timestamptz NOT NULL CHECK (period_to > period_from),
    lines        bigint NOT NULL,
    owed_minor   bigint NOT NULL,     -- positive: the alliance owes the partner
    closed_at    timestamptz NOT NULL,
    PRIMARY KEY (partner_id, currency, period_from)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON settlement.statement
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- migrate:down
DROP SCHEMA settlement CASCADE;
