-- migrate:up
-- The feed: every fact whose reactions are committed, in one order that never changes. Whoever follows from outside
-- (event streams, webhooks, live pages) remembers one number. A position is taken under the head's row lock, so that
-- positions commit in order: who has read up to 7 has missed nothing before it (decisions/0006).
CREATE TABLE kit.feed_head (single boolean PRIMARY KEY DEFAULT true CHECK (single), position bigint NOT NULL);

CREATE TABLE kit.feed (
    position bigint  PRIMARY KEY,
    subject  text COLLATE "C" NOT NULL,
    sequence integer NOT NULL,
    type     text COLLATE "C" NOT NULL,
    at       timestamptz NOT NULL
);
CREATE INDEX feed_by_time ON kit.feed (at, position);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON kit.feed
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- A fact leaves the outbox in the transaction of its reactions: that is when it enters the feed. A trigger, so that
-- a server of the version before this one feeds it too while both run.
CREATE FUNCTION kit.feed_done() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    many bigint;
    before bigint;
BEGIN
    SELECT count(*) INTO many FROM gone;
    IF many = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE kit.feed_head SET position = position + many RETURNING position - many INTO before;
    INSERT INTO kit.feed (position, subject, sequence, type, at)
    SELECT before + row_number() OVER (ORDER BY g.at, g.subject, g.sequence), g.subject, g.sequence, e.type, e.at
      FROM gone g
      JOIN kit.event e USING (subject, sequence);
    RETURN NULL;
END $$;
CREATE TRIGGER feed_done AFTER DELETE ON kit.outbox
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION kit.feed_done();

-- What happened before this version.
INSERT INTO kit.feed (position, subject, sequence, type, at)
SELECT row_number() OVER (ORDER BY e.at, e.subject, e.sequence), e.subject, e.sequence, e.type, e.at
  FROM kit.event e
 WHERE NOT EXISTS (SELECT FROM kit.outbox o WHERE (o.subject, o.sequence) = (e.subject, e.sequence));
INSERT INTO kit.feed_head (position) SELECT coalesce(max(position), 0) FROM kit.feed;

-- migrate:down
DROP TRIGGER feed_done ON kit.outbox;
DROP FUNCTION kit.feed_done();
DROP TABLE kit.feed;
DROP TABLE kit.feed_head;
