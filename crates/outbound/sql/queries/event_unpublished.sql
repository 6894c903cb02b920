SELECT id, account_id, creative_id, sequence, at, by, what, position, trace FROM events
WHERE position IS NULL ORDER BY written LIMIT $1
