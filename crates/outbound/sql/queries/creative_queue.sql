SELECT id, sequence, waiting_since AS number, CAST(NULL AS TEXT) AS text FROM creatives
WHERE account_id = $1 AND waiting_since IS NOT NULL AND (waiting_since, id) > ($2, $3)
ORDER BY waiting_since, id LIMIT $4
