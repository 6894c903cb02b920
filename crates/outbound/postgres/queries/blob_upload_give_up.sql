UPDATE blob_uploads SET given_up = TRUE WHERE account_id = $1 AND upload = $2
