INSERT INTO assignments (id, account_id, creative_id, package, media_buy, weight, flight_from, flight_until, created_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
