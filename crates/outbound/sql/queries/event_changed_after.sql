SELECT creative_id, sequence, position FROM (
  SELECT creative_id, sequence, position FROM events WHERE position IS NULL
  UNION ALL
  SELECT creative_id, sequence, position FROM events WHERE position > $1
) AS changed LIMIT $2
