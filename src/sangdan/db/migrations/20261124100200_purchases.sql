-- migrate:up
-- Orders that were placed and are paid together (decisions/0015): a row for each of them, which names them all, so that
-- whoever holds one finds the others. An order that was placed alone has none.
CREATE TABLE orders.purchase (
    order_id  uuid   PRIMARY KEY,
    order_ids uuid[] NOT NULL CHECK (cardinality(order_ids) BETWEEN 2 AND 8),
    CHECK (order_id = ANY (order_ids))
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON orders.purchase
    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only();

-- The further ways of a basket that is received in several: the first is the choice itself.
CREATE TABLE baskets.choice_part (
    basket_id  uuid    NOT NULL REFERENCES baskets.choice ON DELETE CASCADE,
    part_no    integer NOT NULL CHECK (part_no BETWEEN 2 AND 8),
    promise_id uuid    NOT NULL,
    token      text COLLATE "C" NOT NULL,
    PRIMARY KEY (basket_id, part_no)
);

-- migrate:down
DROP TABLE baskets.choice_part, orders.purchase;
