-- migrate:up transaction:false
-- A member's passkeys are found by whose they are.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS passkey_by_member ON kit.passkey (member, passkey_id) WHERE member IS NOT NULL;

-- migrate:down transaction:false
-- squawk-ignore ban-concurrent-index-creation-in-transaction
DROP INDEX CONCURRENTLY kit.passkey_by_member;
