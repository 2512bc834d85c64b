-- migrate:up
-- What a shop needs to show goods: how they are filed, what they look like, what they are, and whose they are.
CREATE TABLE catalogue.category (
    category text COLLATE "C" PRIMARY KEY CHECK (category ~ '^[^/[:cntrl:]]+(/[^/[:cntrl:]]+)*$'),  -- a path: fresh/fruit
    name_ko  text NOT NULL,
    name_en  text NOT NULL,
    picture  text,
    place    integer NOT NULL DEFAULT 0   -- among those beside it
);

-- The name of a picture, not the picture: pages know where pictures are.
ALTER TABLE catalogue.product ADD COLUMN picture text;

-- What is read on one product's own page only: kept apart, so that lists stay light.
CREATE TABLE catalogue.product_text (
    product_id     kit.code PRIMARY KEY REFERENCES catalogue.product,
    description_ko text NOT NULL DEFAULT '',
    description_en text NOT NULL DEFAULT '',
    notice_ko      text[] NOT NULL DEFAULT '{}',  -- 상품정보제공고시, each item as 'what: how it is'
    notice_en      text[] NOT NULL DEFAULT '{}',
    CHECK (cardinality(notice_ko) = cardinality(notice_en))
);

-- How much is in one unit, for the unit price that the law wants shown; of goods that have none there is no row.
CREATE TABLE catalogue.content (
    sku    kit.code PRIMARY KEY REFERENCES catalogue.sku,
    amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 1000000000),
    unit   text   NOT NULL CHECK (unit IN ('g', 'ml', 'm', 'sheet', 'each')),
    per    bigint NOT NULL CHECK (per BETWEEN 1 AND 1000000)   -- the price is told for so much of it
);

-- What a shop must tell of each seller on its first screen (전자상거래법 제10조, 제13조).
CREATE TABLE partners.disclosure (
    partner_id              kit.code PRIMARY KEY REFERENCES partners.partner,
    trade_name_ko           text NOT NULL,
    trade_name_en           text NOT NULL,
    representative_ko       text NOT NULL,
    representative_en       text NOT NULL,
    address_ko              text NOT NULL,
    address_en              text NOT NULL,
    phone                   text NOT NULL,
    email                   text NOT NULL,
    business_no             text NOT NULL,
    mail_order_no           text,
    mail_order_authority_ko text,
    mail_order_authority_en text,
    privacy_officer_ko      text,
    privacy_officer_en      text
);

-- migrate:down
DROP TABLE partners.disclosure;
DROP TABLE catalogue.content;
DROP TABLE catalogue.product_text;
-- squawk-ignore ban-drop-column
ALTER TABLE catalogue.product DROP COLUMN picture;
DROP TABLE catalogue.category;
