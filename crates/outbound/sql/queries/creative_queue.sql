SELECT id, account_id, external_id, kind, name, concept_id, labels, rights_from, rights_until, change_policy, standing,
  newest_no, newest_hash, newest_state, active_no, active_hash, version, sequence, created_at, updated_at, waiting_since
FROM creatives
WHERE account_id = $1 AND waiting_since IS NOT NULL AND (waiting_since, id) > ($2, $3)
ORDER BY waiting_since, id LIMIT $4
