SELECT MIN(at) AS moment FROM events WHERE position IS NULL
