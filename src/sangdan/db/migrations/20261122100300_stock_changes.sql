-- migrate:up
-- What changed on the shelves, for those who keep a picture of them in memory (decisions/0008). A row is one statement's
-- cells, with what they can still give afterwards. Unlogged: it costs the disk nothing, and is empty after a crash, a
-- restore or a change of the server, all of which a picture must not outlive.
--
-- seq     of two changes of one cell the later has the higher: it was drawn under the cell's row lock
-- xid     the transaction: whoever has seen all that a snapshot sees asks for those that the snapshot did not see
-- kind    cells: node, SKU, owner, units that can still be promised, 1 when shops have shares of it, a line each
--         supply: SKUs of which an inbound was announced
CREATE UNLOGGED TABLE stock.change (
    seq  bigint GENERATED ALWAYS AS IDENTITY,
    xid  xid8 NOT NULL,
    kind text NOT NULL CHECK (kind IN ('cells', 'supply')),
    told text COLLATE "C" NOT NULL
);
-- Long texts are stored as they are: to compress them would cost placing more than the room they take.
ALTER TABLE stock.change ALTER COLUMN told SET STORAGE EXTERNAL;
CREATE INDEX change_by_xid ON stock.change (xid);

-- Who follows. While there is nobody, nothing is written down; a follower that is not listed any more starts anew.
CREATE UNLOGGED TABLE stock.follower (
    follower_id uuid PRIMARY KEY,
    seen_at     timestamptz NOT NULL,
    needs       xid8 NOT NULL          -- no change of an older transaction is of use to it
);

-- Triggers, so that every statement is covered, also one of the version before this one and one that a person types.
CREATE FUNCTION stock.note_cells() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever looks at an older instant cannot see who follows by now, and always writes.
    IF current_setting('transaction_isolation') = 'read committed' AND NOT EXISTS (SELECT FROM stock.follower) THEN
        RETURN NULL;
    END IF;
    INSERT INTO stock.change (xid, kind, told)
    SELECT pg_current_xact_id(), 'cells',
           string_agg(concat_ws(' ', node_id, sku, owner_id,
                                CASE TG_OP WHEN 'DELETE' THEN 0 ELSE on_hand - reserved - safety END,
                                allotted::integer), E'\n')
      FROM touched
     -- A text has an end at 1 GB: a statement of millions of cells is told node by node.
     GROUP BY CASE WHEN (SELECT count(*) FROM touched) > 10000 THEN node_id END;
    RETURN NULL;
END $$;
CREATE FUNCTION stock.note_supply() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') = 'read committed' AND NOT EXISTS (SELECT FROM stock.follower) THEN
        RETURN NULL;
    END IF;
    INSERT INTO stock.change (xid, kind, told)
    SELECT pg_current_xact_id(), 'supply', string_agg(DISTINCT sku, E'\n') FROM touched HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE FUNCTION stock.forget_followers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM stock.follower;
    RETURN NULL;
END $$;

CREATE TRIGGER note_insert AFTER INSERT ON stock.balance
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION stock.note_cells();
CREATE TRIGGER note_update AFTER UPDATE ON stock.balance
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION stock.note_cells();
CREATE TRIGGER note_delete AFTER DELETE ON stock.balance
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION stock.note_cells();
CREATE TRIGGER note_truncate AFTER TRUNCATE ON stock.balance
    FOR EACH STATEMENT EXECUTE FUNCTION stock.forget_followers();
CREATE TRIGGER note_supply AFTER INSERT ON stock.inbound
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION stock.note_supply();
-- Also for what a replica writes.
ALTER TABLE stock.balance ENABLE ALWAYS TRIGGER note_insert;
ALTER TABLE stock.balance ENABLE ALWAYS TRIGGER note_update;
ALTER TABLE stock.balance ENABLE ALWAYS TRIGGER note_delete;
ALTER TABLE stock.balance ENABLE ALWAYS TRIGGER note_truncate;
ALTER TABLE stock.inbound ENABLE ALWAYS TRIGGER note_supply;

-- migrate:down
DROP TRIGGER note_supply ON stock.inbound;
DROP TRIGGER note_truncate ON stock.balance;
DROP TRIGGER note_delete ON stock.balance;
DROP TRIGGER note_update ON stock.balance;
DROP TRIGGER note_insert ON stock.balance;
DROP FUNCTION stock.forget_followers();
DROP FUNCTION stock.note_supply();
DROP FUNCTION stock.note_cells();
DROP TABLE stock.follower;
DROP TABLE stock.change;
