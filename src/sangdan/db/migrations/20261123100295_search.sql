-- migrate:up
-- What changed in the catalogue, for those who keep an index of it (decisions/0012): the same way as stock.change tells
-- of the shelves. Unlogged: after a crash, a restore or a change of the server it is empty, and so is the list of who
-- follows; an index that is not listed any more is made anew.
--
-- xid   the transaction: whoever has seen all that a snapshot sees asks for those that the snapshot did not see
-- kind  goods: ids of products, a line each; category, synonym: what they are called changed
CREATE SCHEMA search;

CREATE UNLOGGED TABLE search.change (
    seq  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid  xid8 NOT NULL,
    kind text NOT NULL CHECK (kind IN ('goods', 'category', 'synonym')),
    told text COLLATE "C" NOT NULL
);
-- Its schema is made in this very step: nothing waits for the locks.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX change_by_xid ON search.change (xid);

CREATE UNLOGGED TABLE search.follower (
    follower_id uuid PRIMARY KEY,
    seen_at     timestamptz NOT NULL,
    needs       xid8 NOT NULL          -- no change of an older transaction is of use to it
);

-- What else a word is called, beside the list that comes with the program.
CREATE TABLE search.synonym (
    word   text COLLATE "C" NOT NULL CHECK (length(word) BETWEEN 1 AND 60),
    same   text COLLATE "C" NOT NULL CHECK (length(same) BETWEEN 1 AND 60),
    mutual boolean NOT NULL,
    PRIMARY KEY (word, same)
);

CREATE FUNCTION search.follows() RETURNS boolean LANGUAGE sql AS $$
    -- Whoever looks at an older instant cannot see who follows by now, and always writes.
    SELECT current_setting('transaction_isolation') <> 'read committed' OR EXISTS (SELECT FROM search.follower)
$$;
CREATE FUNCTION search.note_goods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF search.follows() THEN
        INSERT INTO search.change (xid, kind, told)
        SELECT pg_current_xact_id(), 'goods', string_agg(DISTINCT product_id, E'\n') FROM touched HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION search.note_offers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF search.follows() THEN
        INSERT INTO search.change (xid, kind, told)
        SELECT pg_current_xact_id(), 'goods', string_agg(DISTINCT s.product_id, E'\n')
          FROM touched t JOIN catalogue.sku s USING (sku) HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION search.note_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF search.follows() THEN
        INSERT INTO search.change (xid, kind, told) VALUES (pg_current_xact_id(), TG_TABLE_NAME, '');
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION search.forget_followers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search.follower;
    RETURN NULL;
END $$;

CREATE TRIGGER search_insert AFTER INSERT ON catalogue.product
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_goods();
CREATE TRIGGER search_update AFTER UPDATE ON catalogue.product
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_goods();
CREATE TRIGGER search_delete AFTER DELETE ON catalogue.product
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_goods();
CREATE TRIGGER search_truncate AFTER TRUNCATE ON catalogue.product
    FOR EACH STATEMENT EXECUTE FUNCTION search.forget_followers();
CREATE TRIGGER search_insert AFTER INSERT ON catalogue.sku
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_goods();
CREATE TRIGGER search_update AFTER UPDATE ON catalogue.sku
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_goods();
CREATE TRIGGER search_moved AFTER UPDATE ON catalogue.sku
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_goods();
CREATE TRIGGER search_delete AFTER DELETE ON catalogue.sku
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_goods();
CREATE TRIGGER search_insert AFTER INSERT ON catalogue.offer
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_offers();
CREATE TRIGGER search_update AFTER UPDATE ON catalogue.offer
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_offers();
CREATE TRIGGER search_delete AFTER DELETE ON catalogue.offer
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_offers();
CREATE TRIGGER search_insert AFTER INSERT ON reviews.rating
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_goods();
CREATE TRIGGER search_update AFTER UPDATE ON reviews.rating
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search.note_goods();
CREATE TRIGGER search_words AFTER INSERT OR UPDATE OR DELETE ON catalogue.category
    FOR EACH STATEMENT EXECUTE FUNCTION search.note_words();
CREATE TRIGGER search_words AFTER INSERT OR UPDATE OR DELETE ON search.synonym
    FOR EACH STATEMENT EXECUTE FUNCTION search.note_words();

-- A product as it is looked for.
CREATE VIEW catalogue.listing AS
    SELECT p.product_id, p.category, p.name_ko, p.name_en, p.brand,
           ARRAY(SELECT DISTINCT unnest(s.options) FROM catalogue.sku s WHERE s.product_id = p.product_id) AS options,
           ARRAY(SELECT c.code FROM catalogue.sku s, unnest(ARRAY[s.sku::text, s.gtin]) AS c (code)
                WHERE s.product_id = p.product_id AND c.code IS NOT NULL) AS codes
      FROM catalogue.product p;
CREATE VIEW catalogue.product_offer AS
    SELECT s.product_id, o.sku, o.seller_id, o.valid_from, o.valid_to, o.currency, o.price_minor
      FROM catalogue.offer o JOIN catalogue.sku s ON s.sku = o.sku;
CREATE VIEW catalogue.category_name AS SELECT category, name_ko, name_en FROM catalogue.category;

-- migrate:down
-- squawk-ignore ban-drop-view
DROP VIEW catalogue.category_name;
-- squawk-ignore ban-drop-view
DROP VIEW catalogue.product_offer;
-- squawk-ignore ban-drop-view
DROP VIEW catalogue.listing;
DROP TRIGGER search_words ON catalogue.category;
DROP TRIGGER search_update ON reviews.rating;
DROP TRIGGER search_insert ON reviews.rating;
DROP TRIGGER search_delete ON catalogue.offer;
DROP TRIGGER search_update ON catalogue.offer;
DROP TRIGGER search_insert ON catalogue.offer;
DROP TRIGGER search_delete ON catalogue.sku;
DROP TRIGGER search_moved ON catalogue.sku;
DROP TRIGGER search_update ON catalogue.sku;
DROP TRIGGER search_insert ON catalogue.sku;
DROP TRIGGER search_truncate ON catalogue.product;
DROP TRIGGER search_delete ON catalogue.product;
DROP TRIGGER search_update ON catalogue.product;
DROP TRIGGER search_insert ON catalogue.product;
DROP SCHEMA search CASCADE;
