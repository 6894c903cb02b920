UPDATE events SET position = $1 + next.place FROM (
  SELECT id, ROW_NUMBER() OVER (ORDER BY written) AS place FROM events
  WHERE position IS NULL ORDER BY written LIMIT $2
) AS next WHERE events.id = next.id
RETURNING events.id, account_id, creative_id, sequence, at, by, what, position, trace
