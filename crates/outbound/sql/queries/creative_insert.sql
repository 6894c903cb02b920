INSERT INTO creatives (id, account_id, external_id, kind, name, name_key, concept_id, labels, rights_from, rights_until,
  change_policy, standing, newest_no, newest_hash, newest_state, active_no, active_hash, status, version, sequence,
  created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
