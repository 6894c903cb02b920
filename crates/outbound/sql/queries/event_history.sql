SELECT id, account_id, creative_id, sequence, at, by, what, position, trace FROM events
WHERE account_id = $1 AND creative_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4
