-- migrate:up
-- What shoppers say of what they bought. A review hangs on its product; the order that proves the purchase is named by id.
CREATE SCHEMA reviews;

CREATE TABLE reviews.review (
    product_id kit.code NOT NULL REFERENCES catalogue.product,
    review_id  uuid     NOT NULL,   -- derived from the order's line: one purchase, one review
    order_id   uuid     NOT NULL,
    line_no    integer  NOT NULL,
    sku        kit.code NOT NULL,
    shop_id    kit.code NOT NULL REFERENCES partners.partner,
    shopper_id kit.code,            -- emptied when the shopper is forgotten
    stars      integer  NOT NULL CHECK (stars BETWEEN 1 AND 5),
    body       text     NOT NULL CHECK (length(body) BETWEEN 1 AND 2000),
    state      text     NOT NULL CHECK (state IN ('waiting', 'shown', 'hidden')),
    reason     text,                -- why it waits or was hidden: a code
    reports    integer  NOT NULL DEFAULT 0 CHECK (reports >= 0),   -- since somebody decided last
    written_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by kit.code,
    PRIMARY KEY (product_id, review_id)
);
-- Its schema is made in this very step: nothing waits for the locks.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX review_shown ON reviews.review (product_id, written_at DESC, review_id) WHERE state = 'shown';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX review_queue ON reviews.review (written_at, review_id) WHERE state = 'waiting' OR reports > 0;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX review_written ON reviews.review (written_at, review_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX review_by_shopper ON reviews.review (shopper_id) WHERE shopper_id IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX review_by_id ON reviews.review (review_id);

-- Who reported a review: once each.
CREATE TABLE reviews.report (
    product_id  kit.code NOT NULL,
    review_id   uuid     NOT NULL,
    reporter    kit.code NOT NULL,
    reason      text     NOT NULL CHECK (reason IN ('abuse', 'advertising', 'personal', 'other')),
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (product_id, review_id, reporter),
    FOREIGN KEY (product_id, review_id) REFERENCES reviews.review
);

-- The shown reviews of each product, counted by stars in the statement that shows or hides one.
CREATE TABLE reviews.rating (
    product_id kit.code PRIMARY KEY REFERENCES catalogue.product,
    ones   integer NOT NULL CHECK (ones >= 0),
    twos   integer NOT NULL CHECK (twos >= 0),
    threes integer NOT NULL CHECK (threes >= 0),
    fours  integer NOT NULL CHECK (fours >= 0),
    fives  integer NOT NULL CHECK (fives >= 0)
);
CREATE VIEW reviews.product_rating AS
    SELECT product_id, ones + twos + threes + fours + fives AS reviews,
           ones + 2 * twos + 3 * threes + 4 * fours + 5 * fives AS stars
      FROM reviews.rating;

-- migrate:down
DROP SCHEMA reviews CASCADE;
