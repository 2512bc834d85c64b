-- migrate:up
-- What an ally's lines of an hour add up to, by what they are for: a statement over weeks reads some thousand rows
-- instead of a million transfers. Hours of UTC, so that days of any zone are whole hours; `sangdan drift` compares with
-- the balances.
CREATE TABLE settlement.hour (
    partner_id text COLLATE "C" NOT NULL,
    hour       timestamptz  NOT NULL CHECK (hour = date_trunc('hour', hour, 'UTC')),
    currency   kit.currency NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    lines      bigint NOT NULL CHECK (lines > 0),
    owed_minor bigint NOT NULL,     -- positive: the alliance owes the partner
    PRIMARY KEY (partner_id, hour, currency, kind)
) WITH (fillfactor = 70);

-- A trigger, so that every transfer is counted once and together with itself, also one of the version before this one.
-- It comes after the transfer's accounts were locked, in their order: two transfers wait for one another there, not here.
CREATE FUNCTION settlement.add_to_hour() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO settlement.hour AS h (partner_id, hour, currency, kind, lines, owed_minor)
    SELECT substr(s.account, length('due:') + 1), date_trunc('hour', NEW.at, 'UTC'), NEW.currency, NEW.kind, 1,
           s.owed_minor
      FROM (VALUES (NEW.debit, -NEW.amount_minor), (NEW.credit, NEW.amount_minor)) AS s (account, owed_minor)
     ORDER BY s.account
    ON CONFLICT (partner_id, hour, currency, kind) DO UPDATE
       SET lines = h.lines + 1, owed_minor = h.owed_minor + excluded.owed_minor;
    RETURN NULL;
END $$;
CREATE TRIGGER add_to_hour AFTER INSERT ON kit.transfer
    FOR EACH ROW WHEN (NEW.book = 'alliance' AND NEW.phase IN ('single', 'post'))
    EXECUTE FUNCTION settlement.add_to_hour();

-- Nobody enters a transfer between the trigger and this: making it locked the table.
INSERT INTO settlement.hour (partner_id, hour, currency, kind, lines, owed_minor)
SELECT substr(s.account, length('due:') + 1), date_trunc('hour', t.at, 'UTC'), t.currency, t.kind, count(*),
       sum(s.owed_minor)
  FROM kit.transfer t
 CROSS JOIN LATERAL (VALUES (t.debit, -t.amount_minor), (t.credit, t.amount_minor)) AS s (account, owed_minor)
 WHERE t.book = 'alliance' AND t.phase IN ('single', 'post')
 GROUP BY 1, 2, 3, 4;

-- migrate:down
DROP TRIGGER add_to_hour ON kit.transfer;
DROP FUNCTION settlement.add_to_hour();
DROP TABLE settlement.hour;
