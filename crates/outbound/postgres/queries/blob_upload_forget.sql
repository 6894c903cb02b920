DELETE FROM blob_uploads WHERE account_id = $1 AND upload = $2 AND given_up
