UPDATE creatives SET name = $3, name_key = $4, concept_id = $5, labels = $6, rights_from = $7, rights_until = $8,
  change_policy = $9, standing = $10, newest_no = $11, newest_hash = $12, newest_state = $13, active_no = $14,
  active_hash = $15, status = $16, version = $17, sequence = $18, updated_at = $19,
  waiting_since = CASE WHEN $10 = 'live' AND $13 = 'pending_review'
    THEN COALESCE(CASE WHEN newest_no = $11 THEN waiting_since END, $19) END
WHERE account_id = $1 AND id = $2 AND sequence = $18 - 1
