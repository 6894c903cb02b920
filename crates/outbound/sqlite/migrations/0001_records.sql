-- Why: the first schema. Everything is keyed by account; moments are microseconds since 1970; ids and hashes are text
-- so that they can be read by whoever looks in here.
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  brand_domain TEXT,
  operator TEXT,
  change_policy TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE concepts (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX concepts_by_account ON concepts (account_id, id);

CREATE TABLE creatives (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  external_id TEXT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  concept_id TEXT REFERENCES concepts (id),
  labels TEXT NOT NULL,
  rights_from INTEGER,
  rights_until INTEGER,
  change_policy TEXT NOT NULL,
  standing TEXT NOT NULL,
  newest_no INTEGER NOT NULL,
  newest_hash TEXT NOT NULL,
  newest_state TEXT NOT NULL,
  active_no INTEGER,
  active_hash TEXT,
  status TEXT NOT NULL,
  waiting_since INTEGER,
  version INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX creatives_by_external_id ON creatives (account_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX creatives_by_created ON creatives (account_id, created_at, id);
CREATE INDEX creatives_by_updated ON creatives (account_id, updated_at, id);
CREATE INDEX creatives_by_name ON creatives (account_id, name_key, id);
CREATE INDEX creatives_by_status ON creatives (account_id, status, updated_at, id);
CREATE INDEX creatives_by_concept ON creatives (account_id, concept_id, updated_at, id) WHERE concept_id IS NOT NULL;
CREATE INDEX creatives_waiting ON creatives (account_id, waiting_since, id) WHERE waiting_since IS NOT NULL;
CREATE INDEX creatives_oldest_waiting ON creatives (waiting_since) WHERE waiting_since IS NOT NULL;

CREATE TABLE creative_labels (
  account_id TEXT NOT NULL,
  label TEXT NOT NULL,
  creative_id TEXT NOT NULL REFERENCES creatives (id),
  PRIMARY KEY (account_id, label, creative_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX creative_labels_by_creative ON creative_labels (creative_id);

CREATE TABLE creative_formats (
  account_id TEXT NOT NULL,
  format_id TEXT NOT NULL,
  creative_id TEXT NOT NULL REFERENCES creatives (id),
  PRIMARY KEY (account_id, format_id, creative_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX creative_formats_by_creative ON creative_formats (creative_id);

CREATE TABLE creative_terms (
  account_id TEXT NOT NULL,
  term TEXT NOT NULL,
  creative_id TEXT NOT NULL REFERENCES creatives (id),
  PRIMARY KEY (account_id, term, creative_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX creative_terms_by_creative ON creative_terms (creative_id);

CREATE TABLE revisions (
  creative_id TEXT NOT NULL REFERENCES creatives (id),
  no INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  manifest TEXT NOT NULL,
  hash TEXT NOT NULL,
  author TEXT NOT NULL,
  parent INTEGER,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (creative_id, no)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER revisions_never_change BEFORE UPDATE OF creative_id, no, account_id, manifest, hash, author, parent, created_at ON revisions
BEGIN SELECT RAISE(ABORT, 'a revision never changes'); END;
CREATE TRIGGER revisions_stay BEFORE DELETE ON revisions
BEGIN SELECT RAISE(ABORT, 'a revision never goes'); END;

CREATE TABLE check_runs (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  creative_id TEXT NOT NULL,
  no INTEGER NOT NULL,
  at INTEGER NOT NULL,
  run TEXT NOT NULL,
  FOREIGN KEY (creative_id, no) REFERENCES revisions (creative_id, no)
) STRICT;
CREATE INDEX check_runs_by_revision ON check_runs (creative_id, no, at, id);

CREATE TABLE reviews (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  creative_id TEXT NOT NULL,
  no INTEGER NOT NULL,
  hash TEXT NOT NULL,
  scope TEXT NOT NULL,
  decision TEXT NOT NULL,
  reason TEXT NOT NULL,
  note TEXT,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  FOREIGN KEY (creative_id, no) REFERENCES revisions (creative_id, no)
) STRICT;
CREATE INDEX reviews_by_revision ON reviews (creative_id, no, id);
CREATE TRIGGER reviews_never_change BEFORE UPDATE ON reviews
BEGIN SELECT RAISE(ABORT, 'a review never changes'); END;

CREATE TABLE assignments (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  creative_id TEXT NOT NULL REFERENCES creatives (id),
  package TEXT NOT NULL,
  media_buy TEXT,
  weight INTEGER NOT NULL,
  flight_from INTEGER,
  flight_until INTEGER,
  created_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX assignments_in_use ON assignments (account_id, creative_id, package) WHERE ended_at IS NULL;
CREATE INDEX assignments_by_account ON assignments (account_id, id);
CREATE INDEX assignments_by_creative ON assignments (account_id, creative_id, id);
CREATE INDEX assignments_by_package ON assignments (account_id, package, id);

CREATE TABLE blobs (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER blobs_never_change BEFORE UPDATE ON blobs
BEGIN SELECT RAISE(ABORT, 'a blob never changes'); END;

CREATE TABLE facts (
  account_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  expected TEXT NOT NULL,
  inspector INTEGER NOT NULL,
  facts TEXT NOT NULL,
  PRIMARY KEY (account_id, sha256, expected)
) STRICT, WITHOUT ROWID;

CREATE TABLE renditions (
  account_id TEXT NOT NULL,
  source TEXT NOT NULL,
  recipe TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  width INTEGER,
  height INTEGER,
  PRIMARY KEY (account_id, source, recipe)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  account_id TEXT,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  address TEXT,
  request_id TEXT,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_account ON audit (account_id, id);
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TABLE events (
  written INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL,
  creative_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  what TEXT NOT NULL,
  position INTEGER UNIQUE,
  UNIQUE (creative_id, sequence)
) STRICT;
CREATE INDEX events_unpublished ON events (written) WHERE position IS NULL;
CREATE INDEX events_by_account ON events (account_id, position) WHERE position IS NOT NULL;
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
WHEN OLD.position IS NOT NULL OR NEW.written <> OLD.written OR NEW.id <> OLD.id OR NEW.account_id <> OLD.account_id
  OR NEW.creative_id <> OLD.creative_id OR NEW.sequence <> OLD.sequence OR NEW.at <> OLD.at OR NEW.by <> OLD.by
  OR NEW.what <> OLD.what
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;
CREATE TRIGGER events_stay BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'an event never goes'); END;

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  creative_id TEXT NOT NULL,
  no INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  due INTEGER NOT NULL,
  lease TEXT,
  lease_until INTEGER
) STRICT;
CREATE INDEX jobs_by_due ON jobs (due, id);

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password TEXT,
  one_time_token TEXT UNIQUE,
  installation INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT;

CREATE TABLE user_grants (
  user_id TEXT NOT NULL REFERENCES users (id),
  account_id TEXT NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL,
  PRIMARY KEY (user_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_grants_by_account ON user_grants (account_id, user_id);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  secret TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_account ON api_keys (account_id, id);

CREATE TABLE refresh_tokens (
  token TEXT PRIMARY KEY,
  family TEXT NOT NULL,
  holder TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE idempotency (
  by TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  outcome TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (by, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (at);
