SELECT COALESCE(MAX(position), 0) AS number FROM events
