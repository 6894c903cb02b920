UPDATE jobs SET lease = NULL, lease_until = NULL WHERE lease IS NOT NULL
