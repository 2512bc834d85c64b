-- migrate:up
-- The same views, in a form that a database of several machines computes where the orders lie: whatever is summed up for an
-- order is grouped by it (decisions/0009).
CREATE OR REPLACE VIEW orders.order_fact AS
SELECT o.order_id, o.client_id, o.shop_id, o.state, o.reason, o.service, o.currency, o.total_minor, o.cancelled_minor,
       o.cost_minor, o.co2e_g, o.probability_ppm, o.placed_at, o.promised_at, o.released_at, o.shipped_at, o.delivered_at,
       coalesce(l.units, 0) AS units, coalesce(l.wanted_units, 0) AS wanted_units,
       coalesce(l.short_units, 0) AS short_units, coalesce(p.live_parcels, 0) AS live_parcels,
       coalesce(p.lost_parcels, 0) AS lost_parcels, coalesce(p.re_sourced, false) AS re_sourced,
       coalesce(c.units_shipped, 0) AS units_shipped, coalesce(c.units_delivered, 0) AS units_delivered
  FROM orders.order o
  LEFT JOIN LATERAL (
       -- wanted: what the shopper still asked for when the order went to the floor.
       SELECT order_id, sum(units)::bigint AS units, sum(units - cancelled_units + short_units)::bigint AS wanted_units,
              sum(short_units)::bigint AS short_units
         FROM orders.line WHERE order_id = o.order_id GROUP BY order_id) l ON true
  LEFT JOIN LATERAL (
       SELECT order_id, count(*) FILTER (WHERE state <> 'cancelled') AS live_parcels,
              count(*) FILTER (WHERE state = 'lost') AS lost_parcels, bool_or(re_sourced) AS re_sourced
         FROM orders.parcel WHERE order_id = o.order_id GROUP BY order_id) p ON true
  LEFT JOIN LATERAL (
       SELECT i.order_id,
              (sum(i.units - i.lost_units) FILTER (WHERE s.state IN ('shipped', 'delivered', 'lost')))::bigint
              AS units_shipped,
              (sum(i.units - i.lost_units) FILTER (WHERE s.state = 'delivered'))::bigint AS units_delivered
         FROM orders.parcel_line i JOIN orders.parcel s ON (s.order_id, s.parcel_no) = (i.order_id, i.parcel_no)
        WHERE i.order_id = o.order_id GROUP BY i.order_id) c ON true;

CREATE OR REPLACE VIEW orders.order_seen AS
SELECT o.order_id, o.shop_id, o.state, o.currency, o.cost_minor, o.co2e_g, o.postcode, o.placed_at,
       coalesce(l.sellers, '{}') AS sellers
  FROM orders.order o
  LEFT JOIN LATERAL (
       SELECT order_id, array_agg(DISTINCT seller_id::text) AS sellers
         FROM orders.line WHERE order_id = o.order_id GROUP BY order_id) l ON true;

CREATE OR REPLACE VIEW orders.parcel_seen AS
SELECT p.order_id, p.parcel_no, p.parcel_id, p.node_id, p.operator_id, p.carrier_id, p.service, p.state, p.ready_at,
       p.departs_at, p.promised_at, p.probability_ppm, coalesce(l.sellers, '{}') AS sellers
  FROM orders.parcel p
  LEFT JOIN LATERAL (
       SELECT i.order_id, array_agg(DISTINCT w.seller_id::text) AS sellers
         FROM orders.parcel_line i JOIN orders.line w ON (w.order_id, w.line_no) = (i.order_id, i.line_no)
        WHERE i.order_id = p.order_id AND i.parcel_no = p.parcel_no GROUP BY i.order_id) l ON true;

-- migrate:down
CREATE OR REPLACE VIEW orders.parcel_seen AS
SELECT p.order_id, p.parcel_no, p.parcel_id, p.node_id, p.operator_id, p.carrier_id, p.service, p.state, p.ready_at,
       p.departs_at, p.promised_at, p.probability_ppm,
       ARRAY(SELECT DISTINCT l.seller_id::text
               FROM orders.parcel_line i JOIN orders.line l USING (order_id, line_no)
              WHERE i.order_id = p.order_id AND i.parcel_no = p.parcel_no ORDER BY 1) AS sellers
  FROM orders.parcel p;

CREATE OR REPLACE VIEW orders.order_seen AS
SELECT o.order_id, o.shop_id, o.state, o.currency, o.cost_minor, o.co2e_g, o.postcode, o.placed_at,
       ARRAY(SELECT DISTINCT l.seller_id::text FROM orders.line l WHERE l.order_id = o.order_id ORDER BY 1) AS sellers
  FROM orders.order o;

CREATE OR REPLACE VIEW orders.order_fact AS
SELECT o.order_id, o.client_id, o.shop_id, o.state, o.reason, o.service, o.currency, o.total_minor, o.cancelled_minor,
       o.cost_minor, o.co2e_g, o.probability_ppm, o.placed_at, o.promised_at, o.released_at, o.shipped_at, o.delivered_at,
       l.units, l.wanted_units, l.short_units, p.live_parcels, p.lost_parcels, p.re_sourced, c.units_shipped, c.units_delivered
  FROM orders.order o
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(units), 0)::bigint AS units,
              coalesce(sum(units - cancelled_units + short_units), 0)::bigint AS wanted_units,
              coalesce(sum(short_units), 0)::bigint AS short_units
         FROM orders.line WHERE order_id = o.order_id) l
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE state <> 'cancelled') AS live_parcels,
              count(*) FILTER (WHERE state = 'lost') AS lost_parcels,
              coalesce(bool_or(re_sourced), false) AS re_sourced
         FROM orders.parcel WHERE order_id = o.order_id) p
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(i.units - i.lost_units)
                       FILTER (WHERE s.state IN ('shipped', 'delivered', 'lost')), 0)::bigint AS units_shipped,
              coalesce(sum(i.units - i.lost_units) FILTER (WHERE s.state = 'delivered'), 0)::bigint AS units_delivered
         FROM orders.parcel_line i JOIN orders.parcel s USING (order_id, parcel_no)
        WHERE i.order_id = o.order_id) c;
