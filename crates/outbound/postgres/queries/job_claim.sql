UPDATE jobs SET lease = $2, lease_until = $3
WHERE id = (SELECT id FROM jobs WHERE due <= $1 AND (lease_until IS NULL OR lease_until <= $1)
  ORDER BY due, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, account_id, creative_id, no, tries, due
