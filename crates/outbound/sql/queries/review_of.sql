SELECT id, account_id, creative_id, no, hash, scope, decision, reason, note, by, at FROM reviews
WHERE account_id = $1 AND creative_id = $2 AND no = $3 ORDER BY id
