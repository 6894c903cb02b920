-- Why: where replicas share no disk, bytes are kept in the database, in chunks, so that a slow client holds neither a
-- connection nor a whole file in memory. Chunks belong to an upload. One that is on its way in has a row in
-- `blob_uploads`; publishing takes that row away and puts one into `blob_contents`, so that no byte is moved or copied.
-- Giving an upload up marks its row: nothing more is added to it, it cannot be published, and its chunks are taken away
-- a few at a time.
--
-- What an upload waits for is told by the database's own clock, which all replicas share.
CREATE TABLE blob_uploads (
  account_id TEXT COLLATE "C" NOT NULL,
  upload TEXT COLLATE "C" NOT NULL DEFAULT gen_random_uuid()::text,
  touched_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  given_up BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (account_id, upload)
);

CREATE TABLE blob_chunks (
  account_id TEXT COLLATE "C" NOT NULL,
  upload TEXT COLLATE "C" NOT NULL,
  no BIGINT NOT NULL CHECK (no >= 0),
  bytes BYTEA NOT NULL,
  PRIMARY KEY (account_id, upload, no)
);
-- Creatives are compressed already: trying again costs time and saves nothing.
ALTER TABLE blob_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE blob_contents (
  account_id TEXT COLLATE "C" NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,
  upload TEXT COLLATE "C" NOT NULL,
  size BIGINT NOT NULL CHECK (size >= 0),
  chunk BIGINT NOT NULL CHECK (chunk > 0),
  PRIMARY KEY (account_id, sha256),
  UNIQUE (account_id, upload)
);

CREATE TRIGGER blob_chunks_never_change BEFORE UPDATE ON blob_chunks FOR EACH ROW
EXECUTE FUNCTION refuse('kept bytes never change');
CREATE TRIGGER blob_contents_never_change BEFORE UPDATE ON blob_contents FOR EACH ROW
EXECUTE FUNCTION refuse('kept bytes never change');
