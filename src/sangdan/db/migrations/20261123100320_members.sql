-- migrate:up
-- Shoppers who sign in: a shop's members. The address they sign in with is in shoppers.person, sealed.
CREATE TABLE shoppers.membership (
    shopper_id    kit.code NOT NULL,
    shop_id       kit.code NOT NULL,
    password_hash text NOT NULL,                      -- argon2id
    since_at      timestamptz NOT NULL,
    PRIMARY KEY (shopper_id, shop_id)
);

-- migrate:down
DROP TABLE shoppers.membership;
