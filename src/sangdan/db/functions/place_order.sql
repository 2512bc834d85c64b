-- Placing an order: shelves, capacity, promise, order, payment intent and events, all in one step or nothing.
-- The one function that writes several rooms' tables (owner: flows/place_order.py).
--
-- p        {order, lines, parcels, parcel_lines, sources, slots, payment, events}: each a list of rows named
--          as the tables' columns are; sources carry node_id, sku, owner_id, units, inbound_id, reservation_id, line_no
-- gives    NULL when placed; otherwise what was short, [{what, node_id, sku?, hour_at?}], and the caller rolls back
-- what     node (out of service, or the goods in quarantine), shelf, inbound, capacity
CREATE SCHEMA IF NOT EXISTS flows;

CREATE OR REPLACE FUNCTION flows.place_order(p jsonb, p_inputs bytea, p_answer bytea, p_at timestamptz)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_order uuid := (p -> 'order' ->> 'order_id')::uuid;
    v_short jsonb;
BEGIN
    -- Nodes: whoever closes one waits for us (network.commands.close); whoever is closing one turns us away.
    SELECT jsonb_agg(jsonb_build_object('what', 'node', 'node_id', n.node_id))
      INTO v_short
      FROM (SELECT DISTINCT s.node_id FROM jsonb_to_recordset(p -> 'slots') AS s (node_id text)) n
     WHERE NOT pg_try_advisory_xact_lock_shared(hashtext('network.outage'), hashtext(n.node_id));
    IF v_short IS NOT NULL THEN RETURN v_short; END IF;

    -- This statement sees what the one before has waited for.
    SELECT jsonb_agg(jsonb_build_object('what', 'node', 'node_id', o.node_id))
      INTO v_short
      FROM (SELECT c.node_id
              FROM jsonb_to_recordset(p -> 'slots') AS s (node_id text)
              JOIN network.outage c ON c.node_id = s.node_id AND (c.until_at IS NULL OR c.until_at > p_at)
             UNION
            SELECT q.node_id
              FROM network.quarantine q
              JOIN jsonb_to_recordset(p -> 'sources') AS s (node_id text, sku text) ON s.node_id = q.node_id
              JOIN catalogue.sku k ON (k.sku, k.temperature) = (s.sku, q.temperature)) o;
    IF v_short IS NOT NULL THEN RETURN v_short; END IF;

    -- Shelves: lock in key order, then check and write in one statement.
    WITH want AS (
        SELECT node_id, sku, owner_id, sum(units)::bigint AS units
          FROM jsonb_to_recordset(p -> 'sources')
               AS s (node_id text, sku text, owner_id text, units bigint, inbound_id text)
         WHERE inbound_id IS NULL
         GROUP BY 1, 2, 3
    ), shelf AS (
        SELECT b.node_id, b.sku, b.owner_id, w.units
          FROM stock.balance b JOIN want w USING (node_id, sku, owner_id)
         ORDER BY b.node_id, b.sku, b.owner_id
           FOR UPDATE OF b
    ), taken AS (
        UPDATE stock.balance b SET reserved = b.reserved + s.units
          FROM shelf s
         WHERE (b.node_id, b.sku, b.owner_id) = (s.node_id, s.sku, s.owner_id)
           AND b.on_hand - b.reserved - b.safety >= s.units
     RETURNING b.node_id, b.sku, b.owner_id
    )
    SELECT jsonb_agg(jsonb_build_object('what', 'shelf', 'node_id', w.node_id, 'sku', w.sku))
      INTO v_short
      FROM want w LEFT JOIN taken t USING (node_id, sku, owner_id)
     WHERE t.node_id IS NULL;
    IF v_short IS NOT NULL THEN RETURN v_short; END IF;

    -- Supply with a date, promised before it is there.
    WITH want AS (
        SELECT node_id, inbound_id, min(sku) AS sku, sum(units)::bigint AS units
          FROM jsonb_to_recordset(p -> 'sources') AS s (node_id text, sku text, units bigint, inbound_id text)
         WHERE inbound_id IS NOT NULL
         GROUP BY 1, 2
    ), awaited AS (
        SELECT i.node_id, i.inbound_id, w.units
          FROM stock.inbound i JOIN want w USING (node_id, inbound_id)
         ORDER BY i.node_id, i.inbound_id
           FOR UPDATE OF i
    ), taken AS (
        UPDATE stock.inbound i SET reserved = i.reserved + a.units
          FROM awaited a
         WHERE (i.node_id, i.inbound_id) = (a.node_id, a.inbound_id)
           AND i.received_at IS NULL AND i.units - i.reserved >= a.units
     RETURNING i.node_id, i.inbound_id
    )
    SELECT jsonb_agg(jsonb_build_object('what', 'inbound', 'node_id', w.node_id, 'sku', w.sku))
      INTO v_short
      FROM want w LEFT JOIN taken t USING (node_id, inbound_id)
     WHERE t.node_id IS NULL;
    IF v_short IS NOT NULL THEN RETURN v_short; END IF;

    -- Capacity of the floor, by hour.
    WITH want AS (
        SELECT node_id, hour_at, max(parcels_max) AS parcels_max, count(*)::integer AS parcels
          FROM jsonb_to_recordset(p -> 'slots') AS s (node_id text, hour_at timestamptz, parcels_max integer)
         GROUP BY 1, 2
    ), taken AS (
        INSERT INTO warehouse.slot AS t (node_id, hour_at, parcels_max, parcels)
        SELECT node_id, hour_at, parcels_max, parcels FROM want WHERE parcels <= parcels_max ORDER BY 1, 2
        ON CONFLICT (node_id, hour_at) DO UPDATE
           SET parcels = t.parcels + excluded.parcels, parcels_max = excluded.parcels_max
         WHERE t.parcels + excluded.parcels <= excluded.parcels_max
     RETURNING t.node_id, t.hour_at
    )
    SELECT jsonb_agg(jsonb_build_object('what', 'capacity', 'node_id', w.node_id, 'hour_at', w.hour_at))
      INTO v_short
      FROM want w LEFT JOIN taken t USING (node_id, hour_at)
     WHERE t.node_id IS NULL;
    IF v_short IS NOT NULL THEN RETURN v_short; END IF;

    INSERT INTO warehouse.slot_claim (node_id, parcel_id, hour_at)
    SELECT node_id, parcel_id, hour_at
      FROM jsonb_to_recordset(p -> 'slots') AS s (node_id text, parcel_id uuid, hour_at timestamptz);

    INSERT INTO stock.reservation (node_id, reservation_id, order_id, line_no, sku, owner_id, units, inbound_id, at)
    SELECT node_id, reservation_id, v_order, line_no, sku, owner_id, units, inbound_id, p_at
      FROM jsonb_to_recordset(p -> 'sources')
           AS s (node_id text, reservation_id uuid, line_no integer, sku text, owner_id text, units bigint, inbound_id text);

    INSERT INTO promise.promise (order_id, promise_id, inputs, answer, at)
    VALUES (v_order, (p -> 'order' ->> 'promise_id')::uuid, p_inputs, p_answer, p_at);

    INSERT INTO orders.order (order_id, client_id, shop_id, shopper_id, promise_id, state, currency, goods_minor,
                              delivery_minor, total_minor, cost_minor, co2e_g, postcode, service, promised_at,
                              probability_ppm, placed_at, release_at, confirm_days)
    SELECT order_id, client_id, shop_id, shopper_id, promise_id, 'placed', currency, goods_minor, delivery_minor,
           goods_minor + delivery_minor, cost_minor, co2e_g, postcode, service, promised_at, probability_ppm, p_at,
           release_at, confirm_days
      FROM jsonb_to_record(p -> 'order')
           AS o (order_id uuid, client_id text, shop_id text, shopper_id text, promise_id uuid, currency text,
                 goods_minor bigint, delivery_minor bigint, cost_minor bigint, co2e_g bigint, postcode text,
                 service text, promised_at timestamptz, probability_ppm integer, release_at timestamptz,
                 confirm_days integer);

    INSERT INTO orders.line (order_id, line_no, sku, seller_id, units, unit_price_minor, vat_class, rate_id)
    SELECT v_order, line_no, sku, seller_id, units, unit_price_minor, vat_class, rate_id
      FROM jsonb_to_recordset(p -> 'lines')
           AS l (line_no integer, sku text, seller_id text, units bigint, unit_price_minor bigint, vat_class text, rate_id uuid);

    INSERT INTO orders.parcel (order_id, parcel_no, parcel_id, node_id, operator_id, carrier_id, service, slot_at,
                               ready_at, departs_at, promised_at, probability_ppm, fee_minor, carrier_minor, weight_g)
    SELECT v_order, parcel_no, parcel_id, node_id, operator_id, carrier_id, service, slot_at, ready_at, departs_at,
           promised_at, probability_ppm, fee_minor, carrier_minor, weight_g
      FROM jsonb_to_recordset(p -> 'parcels')
           AS c (parcel_no integer, parcel_id uuid, node_id text, operator_id text, carrier_id text, service text,
                 slot_at timestamptz, ready_at timestamptz, departs_at timestamptz, promised_at timestamptz,
                 probability_ppm integer, fee_minor bigint, carrier_minor bigint, weight_g bigint);

    INSERT INTO orders.parcel_line (order_id, parcel_no, line_no, units, inbound_id, reservation_id)
    SELECT v_order, parcel_no, line_no, units, inbound_id, reservation_id
      FROM jsonb_to_recordset(p -> 'sources')
           AS s (parcel_no integer, line_no integer, units bigint, inbound_id text, reservation_id uuid);

    INSERT INTO payments.payment (order_id, payment_id, shop_id, currency, state, amount_minor, requested_at)
    SELECT v_order, payment_id, shop_id, currency, 'requested', amount_minor, p_at
      FROM jsonb_to_record(p -> 'payment') AS y (payment_id uuid, shop_id text, currency text, amount_minor bigint);

    WITH fact AS (
        INSERT INTO kit.event (subject, sequence, event_id, type, at, data)
        SELECT subject, 1, event_id, type, p_at, data
          FROM jsonb_to_recordset(p -> 'events') AS e (subject text, event_id uuid, type text, data jsonb)
     RETURNING subject, sequence, at
    )
    INSERT INTO kit.outbox (subject, sequence, at) SELECT subject, sequence, at FROM fact;

    RETURN NULL;
END $$;
