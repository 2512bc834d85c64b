-- migrate:up
-- The address books of members, one row for each, sealed whole. The place that is used unless another is chosen stands in
-- shoppers.person too: a member who has kept one address has no row here until the book is first changed.
CREATE TABLE shoppers.book (
    shopper_id kit.code    NOT NULL,
    shop_id    kit.code    NOT NULL,
    sealed     bytea       NOT NULL,
    key_id     integer     NOT NULL REFERENCES kit.data_key,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (shopper_id, shop_id)
);
CREATE INDEX book_by_key ON shoppers.book (key_id, shopper_id, shop_id);

-- migrate:down
DROP TABLE shoppers.book;
