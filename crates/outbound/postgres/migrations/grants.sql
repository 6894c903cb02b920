-- What the service's role may do, granted anew after every migration: read and write records, add to what never changes,
-- and nothing to the schema.
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE UPDATE, DELETE ON audit FROM {role};
REVOKE DELETE ON revisions, events FROM {role};
REVOKE UPDATE ON reviews, blobs FROM {role};
REVOKE UPDATE ON blob_chunks, blob_contents FROM {role};
REVOKE INSERT, UPDATE, DELETE ON schema_versions FROM {role};
