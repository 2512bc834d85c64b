-- migrate:up
-- Orders that have ended, as the live picture counts them: plain joins of one family, so that a day is summed up in one go.
CREATE VIEW orders.ended_seen AS
SELECT order_id, shop_id, state, currency, cost_minor, co2e_g, placed_at
  FROM orders.order WHERE state IN ('delivered', 'confirmed', 'cancelled');

CREATE VIEW orders.seller_seen AS
SELECT order_id, seller_id FROM orders.line;

CREATE VIEW orders.part_seen AS
SELECT order_id, parcel_no, operator_id, carrier_id, state FROM orders.parcel;

CREATE VIEW orders.part_seller_seen AS
SELECT i.order_id, i.parcel_no, l.seller_id
  FROM orders.parcel_line i JOIN orders.line l ON (l.order_id, l.line_no) = (i.order_id, i.line_no);

-- And those that have not, word for word as their index has it.
CREATE VIEW orders.open_seen AS
SELECT o.order_id, o.shop_id, o.state, o.currency, o.cost_minor, o.co2e_g, o.postcode, o.placed_at,
       coalesce(l.sellers, '{}') AS sellers
  FROM orders.order o
  LEFT JOIN LATERAL (
       SELECT order_id, array_agg(DISTINCT seller_id::text) AS sellers
         FROM orders.line WHERE order_id = o.order_id GROUP BY order_id) l ON true
 WHERE o.delivered_at IS NULL AND o.reason IS NULL AND o.state IN ('placed', 'authorised', 'released', 'shipped');

-- migrate:down
-- squawk-ignore ban-drop-view
DROP VIEW orders.open_seen, orders.part_seller_seen, orders.part_seen, orders.seller_seen, orders.ended_seen;
