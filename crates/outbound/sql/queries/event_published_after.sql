SELECT id, account_id, creative_id, sequence, at, by, what, position, trace FROM events
WHERE account_id = $1 AND position > $2 ORDER BY position LIMIT $3
