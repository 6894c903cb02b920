UPDATE blob_uploads SET given_up = TRUE
WHERE NOT given_up AND touched_at < now() - make_interval(secs => $1::bigint)
