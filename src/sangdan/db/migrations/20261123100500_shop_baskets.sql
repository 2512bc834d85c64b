-- migrate:up
-- Baskets of the storefront, of a visitor or of a member. What a basket holds is spread by basket_id; what was bought, by
-- the order.
CREATE TABLE baskets.basket (
    basket_id  uuid PRIMARY KEY,
    changed_at timestamptz NOT NULL
);
CREATE INDEX basket_by_change ON baskets.basket (changed_at);

CREATE TABLE baskets.wish (
    basket_id uuid     NOT NULL REFERENCES baskets.basket ON DELETE CASCADE,
    sku       kit.code NOT NULL,
    units     bigint   NOT NULL CHECK (units BETWEEN 1 AND 9999),
    chosen    boolean  NOT NULL,              -- whether it goes into the next order
    at        timestamptz NOT NULL,
    PRIMARY KEY (basket_id, sku)
);

-- The way that a shopper chose and is about to take: one for a basket, so that an older page is known to be old.
CREATE TABLE baskets.choice (
    basket_id     uuid PRIMARY KEY REFERENCES baskets.basket ON DELETE CASCADE,
    promise_id    uuid NOT NULL,
    token         text COLLATE "C" NOT NULL,
    like_order_id uuid,                       -- the order whose recipient is proposed again
    at            timestamptz NOT NULL
);

-- From which baskets an order may be looked at: the one it was bought from, and who proved afterwards that it is theirs.
CREATE TABLE baskets.bought (
    order_id  uuid NOT NULL,
    basket_id uuid NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (order_id, basket_id)
);
CREATE INDEX bought_by_basket ON baskets.bought (basket_id, at);

-- What was agreed to with an order: which text, in which version.
CREATE TABLE baskets.agreement (
    order_id uuid NOT NULL,
    text     text COLLATE "C" NOT NULL,
    version  text COLLATE "C" NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (order_id, text)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON baskets.agreement
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- migrate:down
DROP TABLE baskets.agreement, baskets.bought, baskets.choice, baskets.wish, baskets.basket;
