-- migrate:up
-- Members of a shop have passkeys too: each belongs to an account of the alliance's or to a member, written SHOP/SHOPPER.
-- squawk-ignore ban-drop-not-null
ALTER TABLE kit.passkey ALTER COLUMN staff_id DROP NOT NULL;
ALTER TABLE kit.passkey ADD COLUMN member text COLLATE "C";
ALTER TABLE kit.passkey ADD CONSTRAINT passkey_has_one_owner CHECK (num_nonnulls(staff_id, member) = 1) NOT VALID;

-- migrate:down
DELETE FROM kit.passkey WHERE staff_id IS NULL;
-- squawk-ignore ban-drop-constraint
ALTER TABLE kit.passkey DROP CONSTRAINT passkey_has_one_owner;
-- squawk-ignore ban-drop-column
ALTER TABLE kit.passkey DROP COLUMN member;
-- squawk-ignore adding-not-nullable-field
ALTER TABLE kit.passkey ALTER COLUMN staff_id SET NOT NULL;
