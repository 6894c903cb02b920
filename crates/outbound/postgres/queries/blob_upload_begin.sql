INSERT INTO blob_uploads (account_id) VALUES ($1) RETURNING upload
