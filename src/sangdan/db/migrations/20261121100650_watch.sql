-- migrate:up
-- Orders and parcels as a live picture may read them. Orders, promises and delivery are one family (order_id),
-- the floor is another (node_id).
CREATE VIEW orders.order_seen AS
SELECT o.order_id, o.shop_id, o.state, o.currency, o.cost_minor, o.co2e_g, o.postcode, o.placed_at,
       ARRAY(SELECT DISTINCT l.seller_id::text FROM orders.line l WHERE l.order_id = o.order_id ORDER BY 1) AS sellers
  FROM orders.order o;

CREATE VIEW orders.parcel_seen AS
SELECT p.order_id, p.parcel_no, p.parcel_id, p.node_id, p.operator_id, p.carrier_id, p.service, p.state, p.ready_at,
       p.departs_at, p.promised_at, p.probability_ppm,
       ARRAY(SELECT DISTINCT l.seller_id::text
               FROM orders.parcel_line i JOIN orders.line l USING (order_id, line_no)
              WHERE i.order_id = p.order_id AND i.parcel_no = p.parcel_no ORDER BY 1) AS sellers
  FROM orders.parcel p;

CREATE VIEW delivery.parcel_seen AS
SELECT order_id, parcel_id, state, handed_over_at FROM delivery.parcel;

CREATE VIEW warehouse.task_seen AS
SELECT node_id, parcel_id, state, packed_at FROM warehouse.task;

-- migrate:down
-- squawk-ignore ban-drop-view
DROP VIEW warehouse.task_seen, delivery.parcel_seen, orders.parcel_seen, orders.order_seen;
