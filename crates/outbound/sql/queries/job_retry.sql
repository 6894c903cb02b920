UPDATE jobs SET lease = NULL, lease_until = NULL, tries = tries + 1, due = $3 WHERE id = $1 AND lease = $2
