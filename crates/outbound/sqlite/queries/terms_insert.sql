INSERT INTO creative_terms (account_id, term, creative_id)
SELECT $1, value, $2 FROM json_each($3)
