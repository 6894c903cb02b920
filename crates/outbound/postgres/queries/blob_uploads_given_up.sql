SELECT account_id, upload FROM blob_uploads
WHERE given_up AND touched_at < now() - make_interval(secs => $1::bigint) ORDER BY touched_at LIMIT 100
