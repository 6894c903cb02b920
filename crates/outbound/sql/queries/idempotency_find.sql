SELECT fingerprint, outcome, at FROM idempotency WHERE by = $1 AND key = $2
