-- migrate:up
-- A kit is a SKU that is sold from its parts: it has offers and no stock of its own.
CREATE TABLE catalogue.kit_part (
    kit_sku kit.code NOT NULL REFERENCES catalogue.sku,
    sku     kit.code NOT NULL REFERENCES catalogue.sku,
    units   bigint   NOT NULL CHECK (units > 0),     -- in one kit
    PRIMARY KEY (kit_sku, sku),
    CHECK (sku <> kit_sku)
);
-- No kit lies in another: whoever brings parts in asks where they are used.
CREATE INDEX kit_part_by_sku ON catalogue.kit_part (sku);

-- migrate:down
DROP TABLE catalogue.kit_part;
