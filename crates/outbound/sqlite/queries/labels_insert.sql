INSERT INTO creative_labels (account_id, label, creative_id)
SELECT $1, value, $2 FROM json_each($3)
