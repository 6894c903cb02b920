-- A search for several words walks one of them in the order in which creatives were made, and looks at each creative for
-- the others. A binary that does not know of it goes on writing terms without the moment, which is then looked up.
ALTER TABLE creative_terms ADD COLUMN created_at BIGINT;
CREATE FUNCTION date_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT created_at INTO NEW.created_at FROM creatives WHERE id = NEW.creative_id;
  RETURN NEW;
END
$$;
CREATE TRIGGER terms_are_dated BEFORE INSERT ON creative_terms FOR EACH ROW
WHEN (NEW.created_at IS NULL) EXECUTE FUNCTION date_term();
UPDATE creative_terms t SET created_at = c.created_at FROM creatives c WHERE c.id = t.creative_id;
CREATE INDEX creative_terms_in_order ON creative_terms (account_id, term, created_at, creative_id);
CREATE UNIQUE INDEX creative_terms_of ON creative_terms (creative_id, term);
DROP INDEX creative_terms_by_creative;
ALTER TABLE creative_terms DROP CONSTRAINT creative_terms_pkey;
