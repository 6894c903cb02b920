SELECT id, account_id, creative_id, sequence, at, by, what, position, trace FROM events
WHERE position > $1 ORDER BY position LIMIT $2
