-- Events are told to a bus that may be away (Redis), so it is kept up to which place they were told, and which of several
-- replicas tells them now; and the trace of the request that an event came from travels with it.
CREATE TABLE relay (
  one BIGINT PRIMARY KEY CHECK (one = 1),
  told BIGINT NOT NULL,
  holder TEXT COLLATE "C",
  held_until BIGINT
);
INSERT INTO relay (one, told) SELECT 1, COALESCE(MAX(position), 0) FROM events;
ALTER TABLE events ADD COLUMN trace TEXT COLLATE "C";
DROP TRIGGER events_never_change ON events;
CREATE TRIGGER events_never_change BEFORE UPDATE ON events FOR EACH ROW
WHEN (OLD.position IS NOT NULL OR NEW.written <> OLD.written OR NEW.id <> OLD.id OR NEW.account_id <> OLD.account_id
  OR NEW.creative_id <> OLD.creative_id OR NEW.sequence <> OLD.sequence OR NEW.at <> OLD.at OR NEW.by <> OLD.by
  OR NEW.what <> OLD.what OR NEW.trace IS DISTINCT FROM OLD.trace)
EXECUTE FUNCTION refuse('an event never changes');
