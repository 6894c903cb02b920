SELECT facts AS document FROM facts WHERE account_id = $1 AND sha256 = $2 AND expected = $3 AND inspector = $4
