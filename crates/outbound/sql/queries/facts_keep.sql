INSERT INTO facts (account_id, sha256, expected, inspector, facts) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account_id, sha256, expected) DO UPDATE SET inspector = excluded.inspector, facts = excluded.facts
