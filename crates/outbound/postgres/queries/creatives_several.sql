SELECT id, account_id, external_id, kind, name, concept_id, labels, rights_from, rights_until, change_policy, standing,
  newest_no, newest_hash, newest_state, active_no, active_hash, version, sequence, created_at, updated_at
FROM creatives WHERE account_id = $1 AND id = ANY (ARRAY(SELECT jsonb_array_elements_text($2::jsonb)))
