-- Events are told to a bus that may be away (Redis), so it is kept up to which place they were told, and which of several
-- replicas tells them now; and the trace of the request that an event came from travels with it.
CREATE TABLE relay (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  told INTEGER NOT NULL,
  holder TEXT,
  held_until INTEGER
) STRICT;
INSERT INTO relay (one, told) SELECT 1, COALESCE(MAX(position), 0) FROM events;
ALTER TABLE events ADD COLUMN trace TEXT;
DROP TRIGGER events_never_change;
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
WHEN OLD.position IS NOT NULL OR NEW.written <> OLD.written OR NEW.id <> OLD.id OR NEW.account_id <> OLD.account_id
  OR NEW.creative_id <> OLD.creative_id OR NEW.sequence <> OLD.sequence OR NEW.at <> OLD.at OR NEW.by <> OLD.by
  OR NEW.what <> OLD.what OR NEW.trace IS NOT OLD.trace
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;
