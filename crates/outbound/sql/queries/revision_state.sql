UPDATE revisions SET state = $4 WHERE account_id = $1 AND creative_id = $2 AND no = $3
