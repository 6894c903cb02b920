-- Lists by status are in the order in which creatives were made unless somebody asks for another one.
CREATE INDEX creatives_by_status_in_order ON creatives (account_id, status, created_at, id);
DROP INDEX creatives_by_status;
