-- migrate:up
-- What is sold: products with options, their SKUs, and the allies' offers. Reference tables.
CREATE SCHEMA catalogue;

CREATE TABLE catalogue.product (
    product_id kit.code PRIMARY KEY,
    category   text NOT NULL,
    name_ko    text NOT NULL,
    name_en    text NOT NULL,
    brand      text,
    options    text[] NOT NULL DEFAULT '{}'   -- option names, e.g. {size,colour}
);
CREATE TABLE catalogue.sku (
    sku         kit.code PRIMARY KEY,
    product_id  kit.code NOT NULL REFERENCES catalogue.product,
    gtin        text COLLATE "C" UNIQUE CHECK (gtin ~ '^[0-9]{8}$|^[0-9]{12,14}$'),
    name_ko     text NOT NULL,
    name_en     text NOT NULL,
    options     text[] NOT NULL DEFAULT '{}', -- values, in the order of the product's option names
    weight_g    integer NOT NULL CHECK (weight_g BETWEEN 1 AND 100000000),
    length_mm   integer NOT NULL CHECK (length_mm > 0),
    width_mm    integer NOT NULL CHECK (width_mm > 0),
    height_mm   integer NOT NULL CHECK (height_mm > 0),
    temperature text NOT NULL CHECK (temperature IN ('ambient', 'chilled', 'frozen')),
    vat_class   text NOT NULL CHECK (vat_class IN ('standard', 'exempt', 'zero')),
    hs_code     text CHECK (hs_code ~ '^[0-9]{6,10}$'),
    origin      text CHECK (origin ~ '^[A-Z]{2}$'),
    age_limit   integer NOT NULL DEFAULT 0 CHECK (age_limit BETWEEN 0 AND 99),
    pickup_only boolean NOT NULL DEFAULT false  -- alcohol: handed over in person (DOMAIN: 주류 통신판매)
);
CREATE INDEX sku_product ON catalogue.sku (product_id);

-- An ally's price for a SKU while valid. The catalogue row is shared by all sellers.
CREATE TABLE catalogue.offer (
    sku         kit.code NOT NULL REFERENCES catalogue.sku,
    seller_id   kit.code NOT NULL REFERENCES partners.partner,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz CHECK (valid_to > valid_from),
    currency    kit.currency NOT NULL,
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    PRIMARY KEY (sku, seller_id, valid_from)
);

-- migrate:down
DROP SCHEMA catalogue CASCADE;
