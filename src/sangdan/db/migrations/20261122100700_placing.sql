-- migrate:up
-- One function writes an order with all its rows, in one statement after the other: that a line has its order needs no
-- lookup for each row. Those four lookups a row were half of what placing cost; `sangdan drift` looks for strays instead
-- (decisions/0010).
-- squawk-ignore ban-drop-constraint
ALTER TABLE orders.parcel_line DROP CONSTRAINT parcel_line_order_id_parcel_no_fkey;
-- squawk-ignore ban-drop-constraint
ALTER TABLE orders.parcel_line DROP CONSTRAINT parcel_line_order_id_line_no_fkey;
-- squawk-ignore ban-drop-constraint
ALTER TABLE orders.parcel DROP CONSTRAINT parcel_order_id_fkey;
-- squawk-ignore ban-drop-constraint
ALTER TABLE orders.line DROP CONSTRAINT line_order_id_fkey;

-- What is compressed already is not compressed again.
ALTER TABLE promise.promise ALTER COLUMN inputs SET STORAGE EXTERNAL;

-- migrate:down
ALTER TABLE promise.promise ALTER COLUMN inputs SET STORAGE EXTENDED;
-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint
ALTER TABLE orders.line ADD FOREIGN KEY (order_id) REFERENCES orders.order;
-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint
ALTER TABLE orders.parcel ADD FOREIGN KEY (order_id) REFERENCES orders.order;
-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint
ALTER TABLE orders.parcel_line ADD FOREIGN KEY (order_id, line_no) REFERENCES orders.line;
-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint
ALTER TABLE orders.parcel_line ADD FOREIGN KEY (order_id, parcel_no) REFERENCES orders.parcel;
