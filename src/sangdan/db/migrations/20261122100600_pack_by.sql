-- migrate:up
-- Until when a parcel must be packed to come as promised: who is let in later makes it wait no longer than that. What
-- was placed before this column was has none, and keeps its turn by its hour alone.
ALTER TABLE warehouse.slot_claim ADD COLUMN pack_by timestamptz;

-- migrate:down
-- squawk-ignore ban-drop-column
ALTER TABLE warehouse.slot_claim DROP COLUMN pack_by;
