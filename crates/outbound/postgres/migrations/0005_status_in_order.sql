-- Lists by status are in the order in which creatives were made unless somebody asks for another one, and find ids and
-- sequences: a page is read from the index, where it begins, however many creatives there are.
CREATE INDEX creatives_by_status_in_order ON creatives (account_id, status, created_at, id) INCLUDE (sequence);
DROP INDEX creatives_by_status;
