INSERT INTO revisions (creative_id, no, account_id, manifest, hash, author, parent, state, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
