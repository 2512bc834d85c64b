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
-- It comes after the accounts were locked, in their order: two transfers wait for one another there, not here. A row
-- that one transaction changes again and again grows slower each time, so a statement changes each but once.
CREATE FUNCTION settlement.add_to_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO settlement.hour AS h (partner_id, hour, currency, kind, lines, owed_minor)
    SELECT substr(s.account, length('due:') + 1), date_trunc('hour', e.at, 'UTC'), e.currency, e.kind, count(*),
           sum(s.owed_minor)
      FROM entered e
     CROSS JOIN LATERAL (VALUES (e.debit, -e.amount_minor), (e.credit, e.amount_minor)) AS s (account, owed_minor)
     WHERE e.book = 'alliance' AND e.phase IN ('single', 'post')
     GROUP BY 1, 2, 3, 4
     ORDER BY 1, 2, 3, 4
    ON CONFLICT (partner_id, hour, currency, kind) DO UPDATE
       SET lines = h.lines + excluded.lines, owed_minor = h.owed_minor + excluded.owed_minor;
    RETURN NULL;
END $$;
CREATE TRIGGER add_to_hours AFTER INSERT ON kit.transfer
    REFERENCING NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION settlement.add_to_hours();

-- Nobody enters a transfer between the trigger and this: making it locked the table.
INSERT INTO settlement.hour (partner_id, hour, currency, kind, lines, owed_minor)
SELECT substr(s.account, length('due:') + 1), date_trunc('hour', t.at, 'UTC'), t.currency, t.kind, count(*),
       sum(s.owed_minor)
  FROM kit.transfer t
 CROSS JOIN LATERAL (VALUES (t.debit, -t.amount_minor), (t.credit, t.amount_minor)) AS s (account, owed_minor)
 WHERE t.book = 'alliance' AND t.phase IN ('single', 'post')
 GROUP BY 1, 2, 3, 4;

-- migrate:down
DROP TRIGGER add_to_hours ON kit.transfer;
DROP FUNCTION settlement.add_to_hours();
DROP TABLE settlement.hour;
