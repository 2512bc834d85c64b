-- migrate:up
-- Shoppers may be told that something will probably be late, before its date is moved.
-- squawk-ignore ban-drop-constraint
ALTER TABLE notices.notice DROP CONSTRAINT notice_topic_check;
ALTER TABLE notices.notice ADD CONSTRAINT notice_topic_check
 CHECK (topic IN ('placed', 'ended', 'changed', 'late', 'shipped', 'ready', 'delivered')) NOT VALID;

-- migrate:down
-- squawk-ignore ban-drop-constraint
ALTER TABLE notices.notice DROP CONSTRAINT notice_topic_check;
ALTER TABLE notices.notice ADD CONSTRAINT notice_topic_check
 CHECK (topic IN ('placed', 'ended', 'changed', 'shipped', 'ready', 'delivered')) NOT VALID;
