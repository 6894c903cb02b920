SELECT COUNT(*) AS number FROM (SELECT 1 FROM jobs
  WHERE due <= $1 AND (lease_until IS NULL OR lease_until <= $1) LIMIT 1) AS one
