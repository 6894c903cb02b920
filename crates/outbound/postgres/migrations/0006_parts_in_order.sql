-- Whatever creatives are found by is walked in the order in which they were made: labels, formats and concepts as words are
-- since version 4. A binary that does not know of it goes on writing labels and formats without the moment, which is then
-- looked up.
ALTER FUNCTION date_term() RENAME TO date_as_creative;
ALTER TABLE creative_labels ADD COLUMN created_at BIGINT;
CREATE TRIGGER labels_are_dated BEFORE INSERT ON creative_labels FOR EACH ROW
WHEN (NEW.created_at IS NULL) EXECUTE FUNCTION date_as_creative();
UPDATE creative_labels l SET created_at = c.created_at FROM creatives c WHERE c.id = l.creative_id;
CREATE INDEX creative_labels_in_order ON creative_labels (account_id, label, created_at, creative_id);
CREATE UNIQUE INDEX creative_labels_of ON creative_labels (creative_id, label);
DROP INDEX creative_labels_by_creative;
ALTER TABLE creative_labels DROP CONSTRAINT creative_labels_pkey;
ALTER TABLE creative_formats ADD COLUMN created_at BIGINT;
CREATE TRIGGER formats_are_dated BEFORE INSERT ON creative_formats FOR EACH ROW
WHEN (NEW.created_at IS NULL) EXECUTE FUNCTION date_as_creative();
UPDATE creative_formats f SET created_at = c.created_at FROM creatives c WHERE c.id = f.creative_id;
CREATE INDEX creative_formats_in_order ON creative_formats (account_id, format_id, created_at, creative_id);
CREATE UNIQUE INDEX creative_formats_of ON creative_formats (creative_id, format_id);
DROP INDEX creative_formats_by_creative;
ALTER TABLE creative_formats DROP CONSTRAINT creative_formats_pkey;
CREATE INDEX creatives_by_concept_in_order ON creatives (account_id, concept_id, created_at, id) INCLUDE (sequence)
WHERE concept_id IS NOT NULL;
DROP INDEX creatives_by_concept;
