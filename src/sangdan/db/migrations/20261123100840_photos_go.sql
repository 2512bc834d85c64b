-- migrate:up
-- A photo whose time is over: nobody sees it any more, and the worker deletes its picture, then its row.
ALTER TABLE floor.photo ADD COLUMN dropped boolean NOT NULL DEFAULT false;

-- migrate:down
-- squawk-ignore ban-drop-column
ALTER TABLE floor.photo DROP COLUMN dropped;
