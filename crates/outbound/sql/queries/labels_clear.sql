DELETE FROM creative_labels WHERE creative_id = $1
