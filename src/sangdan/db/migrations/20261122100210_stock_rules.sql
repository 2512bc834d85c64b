-- migrate:up
-- What the alliance keeps back of its stock. A rule is for all cells that it does not narrow down: NULL is any. It says
-- how many units are never promised (safety), or how much of a cell the shops of one ally may take: a share of it or so
-- many units. Of the rules that fit a cell the most particular one counts: a SKU, else the longest category, before a
-- node, before an owner. Every node has all rules.
CREATE TABLE stock.rule (
    rule_id   kit.code PRIMARY KEY,
    node_id   kit.code,
    sku       kit.code,
    category  text COLLATE "C" CHECK (length(category) BETWEEN 1 AND 200),  -- 'food' holds 'food/tea' too
    owner_id  kit.code,
    shop_id   kit.code,
    safety    bigint  CHECK (safety >= 0),
    share_ppm integer CHECK (share_ppm BETWEEN 0 AND 1000000),
    units_max bigint  CHECK (units_max >= 0),
    rank      integer NOT NULL GENERATED ALWAYS AS (
                  CASE WHEN sku IS NULL THEN 0 ELSE 1000 END + coalesce(length(category), 0) * 4
                  + CASE WHEN node_id IS NULL THEN 0 ELSE 2 END + CASE WHEN owner_id IS NULL THEN 0 ELSE 1 END) STORED,
    CHECK (sku IS NULL OR category IS NULL),
    CHECK (num_nonnulls(safety, share_ppm, units_max) = 1),
    CHECK ((shop_id IS NULL) = (safety IS NOT NULL)),
    CONSTRAINT one_rule_for_a_scope UNIQUE NULLS NOT DISTINCT (sku, category, node_id, owner_id, shop_id)
);
-- Made one step before this: nothing is in it yet.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX allotment_by_sku ON stock.allotment (sku, shop_id);

CREATE VIEW catalogue.sku_category AS
    SELECT s.sku, p.category FROM catalogue.sku s JOIN catalogue.product p ON p.product_id = s.product_id;
-- The rules that fit a SKU, wherever it lies and whosever it is.
CREATE VIEW stock.sku_rule AS
    SELECT f.sku, r.rule_id, r.node_id, r.owner_id, r.shop_id, r.safety, r.share_ppm, r.units_max, r.rank
      FROM catalogue.sku_category f
      JOIN stock.rule r
        ON (r.sku IS NULL OR r.sku = f.sku)
       AND (r.category IS NULL OR f.category = r.category OR starts_with(f.category, r.category || '/'));

-- migrate:down
-- squawk-ignore ban-drop-view
DROP VIEW stock.sku_rule;
-- squawk-ignore ban-drop-view
DROP VIEW catalogue.sku_category;
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX stock.allotment_by_sku;
DROP TABLE stock.rule;
