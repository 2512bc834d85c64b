-- Placing: a batch of orders, each in whole or not at all, decided in the order in which they came. Shelves, shares,
-- dated supply, hours, promises, orders, payment intents, facts and retry keys are written in this one call.
-- The one function that writes several rooms' tables (owner: flows/place_order/batch.py, which lays the columns out).
--
-- p_*      columns of a table, each spelled as an array; n is an order's place in the batch, from 1
-- p_cells  p_dues, p_slots: what the orders want of each, in all; keys ascending, so that rows are locked in one order
-- p_wants  (n, place, units): place counts through cells, then dues, then slots; n ascending, a place once an order
-- p_bytes  all that is stored as it is, joined; p_orders and p_keys say where each piece begins and how long it is
-- p_locked lock first, then look: for a batch that lost a race
-- gives    a row for whatever turned an order away (what: twin, taken, ref, node, shelf, share, inbound, capacity), with
--          the place of what was short; an order that is not named is placed
-- raises   40001 when others were faster between look and write: nothing may be committed then
CREATE SCHEMA IF NOT EXISTS flows;

CREATE OR REPLACE FUNCTION flows.place_orders(
    p_orders text[], p_lines text[], p_parcels text[], p_sources text[], p_cells text[], p_dues text[], p_slots text[],
    p_wants text[], p_keys text[], p_nodes text[], p_bytes bytea, p_locked boolean, p_at timestamptz)
RETURNS TABLE (n integer, what text, place integer, told text)
-- The plan is pinned: a loop over what is wanted, an index probe each, also while the tables are still empty.
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_ids      uuid[]   := p_orders[1]::uuid[];
    v_promises uuid[]   := p_orders[2]::uuid[];
    v_clients  text[]   := p_orders[3]::text[];
    v_shops    text[]   := p_orders[4]::text[];
    v_refs     text[]   := p_orders[6]::text[];
    v_currencies text[] := p_orders[7]::text[];
    v_at  timestamptz[] := p_orders[16]::timestamptz[];
    v_payments uuid[]   := p_orders[19]::uuid[];
    v_amounts  bigint[] := p_orders[20]::bigint[];
    v_wn      integer[] := p_wants[1]::integer[];
    v_wp      integer[] := p_wants[2]::integer[];
    v_wu      bigint[]  := p_wants[3]::bigint[];
    v_cells   integer   := cardinality(p_cells[1]::text[]);
    v_dues    integer   := cardinality(p_dues[1]::text[]);
    v_slots   integer   := cardinality(p_slots[1]::text[]);
    v_placed  boolean[] := array_fill(true, ARRAY[cardinality(v_ids)]);
    v_all     boolean   := true;   -- everybody gets what they want
    v_start   bigint[];            -- what there is of each place, and what is left of it
    v_left    bigint[];
    v_part    bigint[];
    v_taken   bigint[];
    v_allotted boolean[];          -- by cell: whether channels have shares of it
    v_share_cell integer[];
    v_share_shop text[];
    v_turned  integer[] := '{}';   -- whom, by what, and where
    v_by      text[]    := '{}';
    v_where   integer[] := '{}';
    v_told    text[]    := '{}';
    v_bad     text[];
    v_rows    bigint;
    v_want    bigint;
    i integer; j integer; k integer; v_ok boolean; v_id uuid;
BEGIN
    -- Who came before under the same key, or with the same number of the shop's.
    SELECT array_agg(t.n), array_agg(t.what), array_agg(t.told)
      INTO v_turned, v_by, v_told
      FROM (SELECT k.n, 'twin' AS what, NULL AS told
              FROM unnest(p_keys[1]::integer[], p_keys[2]::text[], p_keys[3]::text[]) AS k (n, client_id, key)
              JOIN kit.request r ON (r.client_id, r.key) = (k.client_id, k.key)
             UNION ALL
            SELECT o.n, 'ref', x.order_id::text
              FROM unnest(v_clients, v_shops, v_refs) WITH ORDINALITY AS o (client_id, shop_id, order_ref, n)
              JOIN orders.reference x
                ON (x.client_id, x.shop_id, x.order_ref) = (o.client_id, o.shop_id, o.order_ref)
             WHERE o.order_ref IS NOT NULL) t;
    -- And with the same promise: asked apart, for orders may lie on other machines (decisions/0009).
    FOR v_id IN SELECT x.order_id FROM orders.order x WHERE x.order_id = ANY (v_ids) LOOP
        v_turned := v_turned || array_position(v_ids, v_id);
        v_by := v_by || 'taken'::text;
        v_told := v_told || NULL::text;
    END LOOP;

    -- Nodes: whoever closes one waits for us (network.commands.close); whoever is closing one turns us away.
    SELECT array_agg(d.node_id) INTO v_bad
      FROM unnest(p_nodes[1]::text[]) AS d (node_id)
     WHERE NOT pg_try_advisory_xact_lock_shared(hashtext('network.outage'), hashtext(d.node_id));
    -- This statement sees what the one before has waited for.
    SELECT v_bad || array_agg(c.node_id) INTO v_bad
      FROM network.outage c
     WHERE c.node_id = ANY (p_nodes[1]::text[]) AND (c.until_at IS NULL OR c.until_at > p_at);
    IF v_bad IS NOT NULL THEN
        SELECT v_turned || array_agg(p.n), v_by || array_agg('node'::text), v_told || array_agg(p.node_id)
          INTO v_turned, v_by, v_told
          FROM (SELECT DISTINCT p.n, p.node_id
                  FROM unnest(p_parcels[1]::integer[], p_parcels[4]::text[]) AS p (n, node_id)
                 WHERE p.node_id = ANY (v_bad)) p;
    END IF;
    IF EXISTS (SELECT FROM network.quarantine) THEN
        SELECT v_turned || array_agg(q.n), v_by || array_agg('node'::text), v_told || array_agg(q.node_id)
          INTO v_turned, v_by, v_told
          FROM (SELECT DISTINCT s.n, s.node_id
                  FROM unnest(p_sources[1]::integer[], p_sources[4]::text[], p_sources[5]::text[]) AS s (n, node_id, sku)
                  JOIN catalogue.sku g ON g.sku = s.sku
                  JOIN network.quarantine q ON (q.node_id, q.temperature) = (s.node_id, g.temperature)) q;
    END IF;
    IF v_turned IS NOT NULL THEN
        v_all := false;
        FOREACH i IN ARRAY v_turned LOOP v_placed[i] := false; END LOOP;
        v_where := array_fill(NULL::integer, ARRAY[cardinality(v_turned)]);
    ELSE
        v_turned := '{}'; v_by := '{}'; v_told := '{}';
    END IF;

    -- What there is of each place.
    IF p_locked THEN
        PERFORM FROM unnest(p_cells[1]::text[], p_cells[2]::text[], p_cells[3]::text[]) AS c (node_id, sku, owner_id)
           JOIN stock.balance b ON (b.node_id, b.sku, b.owner_id) = (c.node_id, c.sku, c.owner_id)
          ORDER BY b.node_id, b.sku, b.owner_id FOR UPDATE OF b;
        PERFORM FROM unnest(p_dues[1]::text[], p_dues[2]::text[]) AS d (node_id, inbound_id)
           JOIN stock.inbound b ON (b.node_id, b.inbound_id) = (d.node_id, d.inbound_id)
          ORDER BY b.node_id, b.inbound_id FOR UPDATE OF b;
        INSERT INTO warehouse.slot (node_id, hour_at, parcels_max)
        SELECT s.node_id, s.hour_at, s.parcels_max
          FROM unnest(p_slots[1]::text[], p_slots[2]::timestamptz[], p_slots[3]::integer[]) AS s (node_id, hour_at, parcels_max)
         ORDER BY 1, 2
            ON CONFLICT (node_id, hour_at) DO UPDATE SET parcels = slot.parcels;
    END IF;
    SELECT array_agg(coalesce(b.on_hand - b.reserved - b.safety, 0) ORDER BY c.place),
           array_agg(coalesce(b.allotted, false) ORDER BY c.place),
           v_all AND coalesce(bool_and(coalesce(b.on_hand - b.reserved - b.safety, 0) >= c.units AND NOT b.allotted), true)
      INTO v_start, v_allotted, v_all
      FROM unnest(p_cells[1]::text[], p_cells[2]::text[], p_cells[3]::text[], p_cells[4]::bigint[]) WITH ORDINALITY
           AS c (node_id, sku, owner_id, units, place)
      LEFT JOIN stock.balance b ON (b.node_id, b.sku, b.owner_id) = (c.node_id, c.sku, c.owner_id);
    IF v_dues > 0 THEN
        SELECT array_agg(coalesce(b.left_units, 0) ORDER BY d.place),
               v_all AND bool_and(coalesce(b.left_units, 0) >= d.units)
          INTO v_part, v_all
          FROM unnest(p_dues[1]::text[], p_dues[2]::text[], p_dues[3]::bigint[]) WITH ORDINALITY
               AS d (node_id, inbound_id, units, place)
          LEFT JOIN LATERAL (
               SELECT least(x.units, coalesce(x.preorder_max, x.units)) - x.reserved AS left_units
                 FROM stock.inbound x
                WHERE (x.node_id, x.inbound_id) = (d.node_id, d.inbound_id) AND x.received_at IS NULL) b ON true;
        v_start := v_start || v_part;
    END IF;
    SELECT array_agg(s.parcels_max - coalesce(b.parcels, 0) ORDER BY s.place),
           v_all AND coalesce(bool_and(s.parcels_max - coalesce(b.parcels, 0) >= s.parcels), true)
      INTO v_part, v_all
      FROM unnest(p_slots[1]::text[], p_slots[2]::timestamptz[], p_slots[3]::integer[], p_slots[4]::integer[])
           WITH ORDINALITY AS s (node_id, hour_at, parcels_max, parcels, place)
      LEFT JOIN warehouse.slot b ON (b.node_id, b.hour_at) = (s.node_id, s.hour_at);
    v_start := coalesce(v_start, '{}') || coalesce(v_part, '{}');

    -- Shares of channels: further places, after the others.
    IF true = ANY (v_allotted) THEN
        IF p_locked THEN
            PERFORM FROM unnest(p_cells[1]::text[], p_cells[2]::text[], p_cells[3]::text[]) AS c (node_id, sku, owner_id)
               JOIN stock.allotment a ON (a.node_id, a.sku, a.owner_id) = (c.node_id, c.sku, c.owner_id)
              ORDER BY a.node_id, a.sku, a.owner_id, a.shop_id FOR UPDATE OF a;
        END IF;
        SELECT array_agg(a.cell ORDER BY a.cell, a.shop_id), array_agg(a.shop_id ORDER BY a.cell, a.shop_id),
               array_agg(a.left_units ORDER BY a.cell, a.shop_id)
          INTO v_share_cell, v_share_shop, v_part
          FROM (SELECT c.place AS cell, a.shop_id, a.units_max - a.taken AS left_units
                  FROM unnest(p_cells[1]::text[], p_cells[2]::text[], p_cells[3]::text[]) WITH ORDINALITY
                       AS c (node_id, sku, owner_id, place)
                  JOIN stock.allotment a ON (a.node_id, a.sku, a.owner_id) = (c.node_id, c.sku, c.owner_id)
                 WHERE a.shop_id = ANY (v_shops)) a;
        SELECT array_agg(w.n ORDER BY w.n, w.place), array_agg(w.place ORDER BY w.n, w.place),
               array_agg(w.units ORDER BY w.n, w.place)
          INTO v_wn, v_wp, v_wu
          FROM (SELECT n, place, units FROM unnest(v_wn, v_wp, v_wu) AS w (n, place, units)
                 UNION ALL
                SELECT w.n, cardinality(v_start) + s.place, w.units
                  FROM unnest(v_wn, v_wp, v_wu) AS w (n, place, units)
                  JOIN unnest(v_shops) WITH ORDINALITY AS o (shop_id, n) ON o.n = w.n
                  JOIN unnest(v_share_cell, v_share_shop) WITH ORDINALITY AS s (cell, shop_id, place)
                    ON (s.cell, s.shop_id) = (w.place, o.shop_id)) w;
        v_start := v_start || coalesce(v_part, '{}');
    END IF;

    -- In the order in which they came, each takes all it wants or nothing.
    IF v_all THEN
        v_taken := p_cells[4]::bigint[] || p_dues[3]::bigint[] || p_slots[4]::bigint[];
    ELSE
        v_left := v_start;
        i := 1;
        WHILE i <= cardinality(v_wn) LOOP
            v_ok := v_placed[v_wn[i]];
            j := i;
            WHILE j <= cardinality(v_wn) AND v_wn[j] = v_wn[i] LOOP
                IF v_left[v_wp[j]] < v_wu[j] THEN
                    v_ok := false;
                    IF v_placed[v_wn[i]] THEN
                        v_turned := v_turned || v_wn[j];
                        v_by := v_by || CASE WHEN v_wp[j] <= v_cells THEN 'shelf'
                                             WHEN v_wp[j] <= v_cells + v_dues THEN 'inbound'
                                             WHEN v_wp[j] <= v_cells + v_dues + v_slots THEN 'capacity'
                                             ELSE 'share' END;
                        v_where := v_where || CASE WHEN v_wp[j] <= v_cells + v_dues + v_slots THEN v_wp[j]
                                                   ELSE v_share_cell[v_wp[j] - v_cells - v_dues - v_slots] END;
                        v_told := v_told || NULL::text;
                    END IF;
                END IF;
                j := j + 1;
            END LOOP;
            IF v_ok THEN
                FOR k IN i .. j - 1 LOOP v_left[v_wp[k]] := v_left[v_wp[k]] - v_wu[k]; END LOOP;
            END IF;
            v_placed[v_wn[i]] := v_ok;
            i := j;
        END LOOP;
        SELECT array_agg(s.had - s.kept ORDER BY s.place) INTO v_taken
          FROM unnest(v_start, v_left) WITH ORDINALITY AS s (had, kept, place);
        IF NOT true = ANY (v_placed) THEN
            RETURN QUERY SELECT * FROM unnest(v_turned, v_by, v_where, v_told);
            RETURN;
        END IF;
    END IF;

    -- Check and write are one statement each; a row that others have changed meanwhile stops the whole batch.
    SELECT count(*) FILTER (WHERE t.units > 0 AND t.place <= v_cells) INTO v_want
      FROM unnest(v_taken) WITH ORDINALITY AS t (units, place);
    UPDATE stock.balance b SET reserved = b.reserved + c.units
      FROM unnest(p_cells[1]::text[], p_cells[2]::text[], p_cells[3]::text[], v_taken[1:v_cells], v_allotted)
           AS c (node_id, sku, owner_id, units, allotted)
     WHERE (b.node_id, b.sku, b.owner_id) = (c.node_id, c.sku, c.owner_id)
       AND c.units > 0 AND b.on_hand - b.reserved - b.safety >= c.units AND b.allotted = c.allotted;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows <> v_want THEN
        RAISE serialization_failure USING MESSAGE = 'shelves were taken by others meanwhile';
    END IF;
    IF v_dues > 0 THEN
        SELECT count(*) INTO v_want FROM unnest(v_taken[v_cells + 1 : v_cells + v_dues]) AS t (units) WHERE t.units > 0;
        UPDATE stock.inbound b SET reserved = b.reserved + d.units
          FROM unnest(p_dues[1]::text[], p_dues[2]::text[], v_taken[v_cells + 1 : v_cells + v_dues])
               AS d (node_id, inbound_id, units)
         WHERE (b.node_id, b.inbound_id) = (d.node_id, d.inbound_id) AND d.units > 0 AND b.received_at IS NULL
           AND least(b.units, coalesce(b.preorder_max, b.units)) - b.reserved >= d.units;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        IF v_rows <> v_want THEN
            RAISE serialization_failure USING MESSAGE = 'dated supply was taken by others meanwhile';
        END IF;
    END IF;
    IF v_share_cell IS NOT NULL THEN
        k := v_cells + v_dues + v_slots;
        SELECT count(*) INTO v_want FROM unnest(v_taken[k + 1 :]) AS t (units) WHERE t.units > 0;
        UPDATE stock.allotment a SET taken = a.taken + s.units
          FROM unnest(v_share_cell, v_share_shop, v_taken[k + 1 :]) AS s (cell, shop_id, units)
         WHERE a.node_id = (p_cells[1]::text[])[s.cell] AND a.sku = (p_cells[2]::text[])[s.cell]
           AND a.owner_id = (p_cells[3]::text[])[s.cell] AND a.shop_id = s.shop_id
           AND s.units > 0 AND a.units_max - a.taken >= s.units;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        IF v_rows <> v_want THEN
            RAISE serialization_failure USING MESSAGE = 'shares were taken by others meanwhile';
        END IF;
    END IF;
    SELECT count(*) INTO v_want
      FROM unnest(v_taken[v_cells + v_dues + 1 : v_cells + v_dues + v_slots]) AS t (parcels) WHERE t.parcels > 0;
    INSERT INTO warehouse.slot AS b (node_id, hour_at, parcels_max, parcels)
    SELECT s.node_id, s.hour_at, s.parcels_max, s.parcels
      FROM unnest(p_slots[1]::text[], p_slots[2]::timestamptz[], p_slots[3]::integer[],
                  v_taken[v_cells + v_dues + 1 : v_cells + v_dues + v_slots])
           AS s (node_id, hour_at, parcels_max, parcels)
     WHERE s.parcels > 0
     ORDER BY 1, 2
        ON CONFLICT (node_id, hour_at) DO UPDATE
       SET parcels = b.parcels + excluded.parcels, parcels_max = excluded.parcels_max
     WHERE b.parcels + excluded.parcels <= excluded.parcels_max;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows <> v_want THEN
        RAISE serialization_failure USING MESSAGE = 'hours were taken by others meanwhile';
    END IF;

    -- Whoever sends the same again finds its answer.
    INSERT INTO kit.request (client_id, key, body_hash, at, status, answer)
    SELECT k.client_id, k.key, decode(k.body_hash, 'hex'), p_at, k.status, substring(p_bytes FROM k.starts FOR k.long)
      FROM unnest(p_keys[1]::integer[], p_keys[2]::text[], p_keys[3]::text[], p_keys[4]::text[], p_keys[5]::integer[],
                  p_keys[6]::integer[], p_keys[7]::integer[]) AS k (n, client_id, key, body_hash, status, starts, long)
     WHERE v_all OR v_placed[k.n]
     ORDER BY 1, 2;

    INSERT INTO warehouse.slot_claim (node_id, parcel_id, hour_at, pack_by)
    SELECT p.node_id, p.parcel_id, p.slot_at, p.pack_by
      FROM unnest(p_parcels[1]::integer[], p_parcels[3]::uuid[], p_parcels[4]::text[], p_parcels[8]::timestamptz[],
                  p_parcels[16]::timestamptz[])
           AS p (n, parcel_id, node_id, slot_at, pack_by)
     WHERE v_all OR v_placed[p.n];

    INSERT INTO stock.reservation (node_id, reservation_id, order_id, line_no, sku, owner_id, units, inbound_id, at, shop_id)
    SELECT s.node_id, s.reservation_id, v_ids[s.n], s.line_no, s.sku, s.owner_id, s.units, s.inbound_id, p_at,
           CASE WHEN v_share_cell IS NOT NULL AND s.inbound_id IS NULL AND EXISTS (
               SELECT FROM unnest(v_share_cell, v_share_shop) AS a (cell, shop_id)
                WHERE a.shop_id = v_shops[s.n]
                  AND (p_cells[1]::text[])[a.cell] = s.node_id AND (p_cells[2]::text[])[a.cell] = s.sku
                  AND (p_cells[3]::text[])[a.cell] = s.owner_id) THEN v_shops[s.n] END
      FROM unnest(p_sources[1]::integer[], p_sources[3]::integer[], p_sources[4]::text[], p_sources[5]::text[],
                  p_sources[6]::text[], p_sources[7]::bigint[], p_sources[8]::text[], p_sources[9]::uuid[])
           AS s (n, line_no, node_id, sku, owner_id, units, inbound_id, reservation_id)
     WHERE v_all OR v_placed[s.n];

    INSERT INTO promise.promise (order_id, promise_id, inputs, answer, at)
    SELECT o.order_id, o.promise_id, substring(p_bytes FROM o.starts FOR o.long),
           substring(p_bytes FROM o.starts + o.long FOR o.answer_long), o.at
      FROM unnest(v_ids, v_promises, v_at, p_orders[23]::integer[], p_orders[24]::integer[], p_orders[25]::integer[])
           WITH ORDINALITY AS o (order_id, promise_id, at, starts, long, answer_long, n)
     WHERE v_all OR v_placed[o.n];

    INSERT INTO orders.order (order_id, promise_id, client_id, shop_id, shopper_id, order_ref, state, currency,
                              goods_minor, delivery_minor, total_minor, cost_minor, co2e_g, postcode, service,
                              promised_at, probability_ppm, placed_at, release_at, confirm_days)
    SELECT o.order_id, o.promise_id, o.client_id, o.shop_id, o.shopper_id, o.order_ref, 'placed', o.currency,
           o.goods_minor, o.delivery_minor, o.goods_minor + o.delivery_minor, o.cost_minor, o.co2e_g, o.postcode,
           o.service, o.promised_at, o.probability_ppm, o.placed_at, o.release_at, o.confirm_days
      FROM unnest(v_ids, v_promises, v_clients, v_shops, p_orders[5]::text[], v_refs, v_currencies,
                  p_orders[8]::bigint[], p_orders[9]::bigint[], p_orders[10]::bigint[], p_orders[11]::bigint[],
                  p_orders[12]::text[], p_orders[13]::text[], p_orders[14]::timestamptz[], p_orders[15]::integer[],
                  v_at, p_orders[17]::timestamptz[], p_orders[18]::integer[]) WITH ORDINALITY
           AS o (order_id, promise_id, client_id, shop_id, shopper_id, order_ref, currency, goods_minor,
                 delivery_minor, cost_minor, co2e_g, postcode, service, promised_at, probability_ppm, placed_at,
                 release_at, confirm_days, n)
     WHERE v_all OR v_placed[o.n];

    INSERT INTO orders.reference (client_id, shop_id, order_ref, order_id)
    SELECT o.client_id, o.shop_id, o.order_ref, o.order_id
      FROM unnest(v_ids, v_clients, v_shops, v_refs) WITH ORDINALITY AS o (order_id, client_id, shop_id, order_ref, n)
     WHERE o.order_ref IS NOT NULL AND (v_all OR v_placed[o.n])
     ORDER BY 1, 2, 3;

    INSERT INTO orders.line (order_id, line_no, sku, seller_id, units, unit_price_minor, vat_class, rate_id, kit_sku, kit_no)
    SELECT v_ids[l.n], l.line_no, l.sku, l.seller_id, l.units, l.unit_price_minor, l.vat_class, l.rate_id, l.kit_sku, l.kit_no
      FROM unnest(p_lines[1]::integer[], p_lines[2]::integer[], p_lines[3]::text[], p_lines[4]::text[],
                  p_lines[5]::bigint[], p_lines[6]::bigint[], p_lines[7]::text[], p_lines[8]::uuid[],
                  p_lines[9]::text[], p_lines[10]::integer[])
           AS l (n, line_no, sku, seller_id, units, unit_price_minor, vat_class, rate_id, kit_sku, kit_no)
     WHERE v_all OR v_placed[l.n];

    INSERT INTO orders.parcel (order_id, parcel_no, parcel_id, node_id, operator_id, carrier_id, service, slot_at,
                               ready_at, departs_at, promised_at, probability_ppm, fee_minor, carrier_minor, weight_g)
    SELECT v_ids[p.n], p.parcel_no, p.parcel_id, p.node_id, p.operator_id, p.carrier_id, p.service, p.slot_at,
           p.ready_at, p.departs_at, p.promised_at, p.probability_ppm, p.fee_minor, p.carrier_minor, p.weight_g
      FROM unnest(p_parcels[1]::integer[], p_parcels[2]::integer[], p_parcels[3]::uuid[], p_parcels[4]::text[],
                  p_parcels[5]::text[], p_parcels[6]::text[], p_parcels[7]::text[], p_parcels[8]::timestamptz[],
                  p_parcels[9]::timestamptz[], p_parcels[10]::timestamptz[], p_parcels[11]::timestamptz[],
                  p_parcels[12]::integer[], p_parcels[13]::bigint[], p_parcels[14]::bigint[], p_parcels[15]::bigint[])
           AS p (n, parcel_no, parcel_id, node_id, operator_id, carrier_id, service, slot_at, ready_at, departs_at,
                 promised_at, probability_ppm, fee_minor, carrier_minor, weight_g)
     WHERE v_all OR v_placed[p.n];

    INSERT INTO orders.parcel_line (order_id, parcel_no, line_no, units, inbound_id, reservation_id)
    SELECT v_ids[s.n], s.parcel_no, s.line_no, s.units, s.inbound_id, s.reservation_id
      FROM unnest(p_sources[1]::integer[], p_sources[2]::integer[], p_sources[3]::integer[], p_sources[7]::bigint[],
                  p_sources[8]::text[], p_sources[9]::uuid[])
           AS s (n, parcel_no, line_no, units, inbound_id, reservation_id)
     WHERE v_all OR v_placed[s.n];

    INSERT INTO payments.payment (order_id, payment_id, shop_id, currency, state, amount_minor, requested_at)
    SELECT o.order_id, o.payment_id, o.shop_id, o.currency, 'requested', o.amount_minor, o.at
      FROM unnest(v_ids, v_payments, v_shops, v_currencies, v_amounts, v_at) WITH ORDINALITY
           AS o (order_id, payment_id, shop_id, currency, amount_minor, at, n)
     WHERE v_all OR v_placed[o.n];

    -- The facts, and the queue of whoever reacts to them.
    INSERT INTO kit.event (subject, sequence, event_id, type, at, data)
    SELECT e.subject, 1, e.event_id, e.type, o.at, e.data
      FROM unnest(v_ids, v_payments, v_shops, v_currencies, v_amounts, v_at, p_orders[21]::uuid[], p_orders[22]::uuid[])
           WITH ORDINALITY
           AS o (order_id, payment_id, shop_id, currency, amount_minor, at, placed_event, payment_event, n)
     CROSS JOIN LATERAL (VALUES
           (o.order_id::text, o.placed_event, 'orders.placed', jsonb_build_object('order_id', o.order_id)),
           (o.payment_id::text, o.payment_event, 'payments.requested',
            jsonb_build_object('order_id', o.order_id, 'payment_id', o.payment_id, 'shop_id', o.shop_id,
                               'key', 'authorise-' || o.payment_id, 'currency', o.currency,
                               'amount_minor', o.amount_minor))) AS e (subject, event_id, type, data)
     WHERE v_all OR v_placed[o.n];
    INSERT INTO kit.outbox (subject, sequence, at)
    SELECT e.subject, 1, o.at
      FROM unnest(v_ids, v_payments, v_at) WITH ORDINALITY AS o (order_id, payment_id, at, n)
     CROSS JOIN LATERAL (VALUES (o.order_id::text), (o.payment_id::text)) AS e (subject)
     WHERE v_all OR v_placed[o.n];

    RETURN QUERY SELECT * FROM unnest(v_turned, v_by, v_where, v_told);
END $$;
