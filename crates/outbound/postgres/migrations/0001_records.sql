-- Why: the first schema. Everything is keyed by account; moments are microseconds since 1970; ids and hashes are text
-- so that they can be read by whoever looks in here. Text sorts by code point, as it does in SQLite.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%', TG_ARGV[0];
END $$;

CREATE TABLE accounts (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  brand_domain TEXT COLLATE "C",
  operator TEXT COLLATE "C",
  change_policy TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE concepts (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX concepts_by_account ON concepts (account_id, id);

CREATE TABLE creatives (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  external_id TEXT COLLATE "C",
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  name_key TEXT COLLATE "C" NOT NULL,
  concept_id TEXT COLLATE "C" REFERENCES concepts (id),
  labels TEXT COLLATE "C" NOT NULL,
  rights_from BIGINT,
  rights_until BIGINT,
  change_policy TEXT COLLATE "C" NOT NULL,
  standing TEXT COLLATE "C" NOT NULL,
  newest_no BIGINT NOT NULL,
  newest_hash TEXT COLLATE "C" NOT NULL,
  newest_state TEXT COLLATE "C" NOT NULL,
  active_no BIGINT,
  active_hash TEXT COLLATE "C",
  status TEXT COLLATE "C" NOT NULL,
  waiting_since BIGINT,
  version BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX creatives_by_external_id ON creatives (account_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX creatives_by_created ON creatives (account_id, created_at, id);
CREATE INDEX creatives_by_updated ON creatives (account_id, updated_at, id);
CREATE INDEX creatives_by_name ON creatives (account_id, name_key, id);
CREATE INDEX creatives_by_status ON creatives (account_id, status, updated_at, id);
CREATE INDEX creatives_by_concept ON creatives (account_id, concept_id, updated_at, id) WHERE concept_id IS NOT NULL;
CREATE INDEX creatives_waiting ON creatives (account_id, waiting_since, id) WHERE waiting_since IS NOT NULL;
CREATE INDEX creatives_oldest_waiting ON creatives (waiting_since) WHERE waiting_since IS NOT NULL;

CREATE TABLE creative_labels (
  account_id TEXT COLLATE "C" NOT NULL,
  label TEXT COLLATE "C" NOT NULL,
  creative_id TEXT COLLATE "C" NOT NULL REFERENCES creatives (id),
  PRIMARY KEY (account_id, label, creative_id)
);
CREATE INDEX creative_labels_by_creative ON creative_labels (creative_id);

CREATE TABLE creative_formats (
  account_id TEXT COLLATE "C" NOT NULL,
  format_id TEXT COLLATE "C" NOT NULL,
  creative_id TEXT COLLATE "C" NOT NULL REFERENCES creatives (id),
  PRIMARY KEY (account_id, format_id, creative_id)
);
CREATE INDEX creative_formats_by_creative ON creative_formats (creative_id);

CREATE TABLE creative_terms (
  account_id TEXT COLLATE "C" NOT NULL,
  term TEXT COLLATE "C" NOT NULL,
  creative_id TEXT COLLATE "C" NOT NULL REFERENCES creatives (id),
  PRIMARY KEY (account_id, term, creative_id)
);
CREATE INDEX creative_terms_by_creative ON creative_terms (creative_id);

CREATE TABLE revisions (
  creative_id TEXT COLLATE "C" NOT NULL REFERENCES creatives (id),
  no BIGINT NOT NULL,
  account_id TEXT COLLATE "C" NOT NULL,
  manifest TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  author TEXT COLLATE "C" NOT NULL,
  parent BIGINT,
  state TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (creative_id, no)
);
CREATE TRIGGER revisions_never_change BEFORE UPDATE OF creative_id, no, account_id, manifest, hash, author, parent, created_at ON revisions FOR EACH ROW
EXECUTE FUNCTION refuse('a revision never changes');
CREATE TRIGGER revisions_stay BEFORE DELETE ON revisions FOR EACH ROW
EXECUTE FUNCTION refuse('a revision never goes');

CREATE TABLE check_runs (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL,
  creative_id TEXT COLLATE "C" NOT NULL,
  no BIGINT NOT NULL,
  at BIGINT NOT NULL,
  run TEXT COLLATE "C" NOT NULL,
  FOREIGN KEY (creative_id, no) REFERENCES revisions (creative_id, no)
);
CREATE INDEX check_runs_by_revision ON check_runs (creative_id, no, at, id);

CREATE TABLE reviews (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL,
  creative_id TEXT COLLATE "C" NOT NULL,
  no BIGINT NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  scope TEXT COLLATE "C" NOT NULL,
  decision TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  note TEXT COLLATE "C",
  by TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  FOREIGN KEY (creative_id, no) REFERENCES revisions (creative_id, no)
);
CREATE INDEX reviews_by_revision ON reviews (creative_id, no, id);
CREATE TRIGGER reviews_never_change BEFORE UPDATE ON reviews FOR EACH ROW
EXECUTE FUNCTION refuse('a review never changes');

CREATE TABLE assignments (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL,
  creative_id TEXT COLLATE "C" NOT NULL REFERENCES creatives (id),
  package TEXT COLLATE "C" NOT NULL,
  media_buy TEXT COLLATE "C",
  weight BIGINT NOT NULL,
  flight_from BIGINT,
  flight_until BIGINT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE UNIQUE INDEX assignments_in_use ON assignments (account_id, creative_id, package) WHERE ended_at IS NULL;
CREATE INDEX assignments_by_account ON assignments (account_id, id);
CREATE INDEX assignments_by_creative ON assignments (account_id, creative_id, id);
CREATE INDEX assignments_by_package ON assignments (account_id, package, id);

CREATE TABLE blobs (
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  sha256 TEXT COLLATE "C" NOT NULL,
  bytes BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, sha256)
);
CREATE TRIGGER blobs_never_change BEFORE UPDATE ON blobs FOR EACH ROW
EXECUTE FUNCTION refuse('a blob never changes');

CREATE TABLE facts (
  account_id TEXT COLLATE "C" NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,
  expected TEXT COLLATE "C" NOT NULL,
  inspector BIGINT NOT NULL,
  facts TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (account_id, sha256, expected)
);

CREATE TABLE renditions (
  account_id TEXT COLLATE "C" NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  recipe TEXT COLLATE "C" NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,
  bytes BIGINT NOT NULL,
  media_type TEXT COLLATE "C" NOT NULL,
  width BIGINT,
  height BIGINT,
  PRIMARY KEY (account_id, source, recipe)
);

CREATE TABLE audit (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C",
  by TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  address TEXT COLLATE "C",
  request_id TEXT COLLATE "C",
  action TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  detail TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_by_account ON audit (account_id, id);
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit FOR EACH ROW
EXECUTE FUNCTION refuse('the audit log is append-only');
CREATE TRIGGER audit_stays BEFORE DELETE ON audit FOR EACH ROW
EXECUTE FUNCTION refuse('the audit log is append-only');

CREATE TABLE events (
  written BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id TEXT COLLATE "C" NOT NULL UNIQUE,
  account_id TEXT COLLATE "C" NOT NULL,
  creative_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  at BIGINT NOT NULL,
  by TEXT COLLATE "C" NOT NULL,
  what TEXT COLLATE "C" NOT NULL,
  position BIGINT UNIQUE,
  UNIQUE (creative_id, sequence)
);
CREATE INDEX events_unpublished ON events (written) WHERE position IS NULL;
CREATE INDEX events_by_account ON events (account_id, position) WHERE position IS NOT NULL;
CREATE TRIGGER events_never_change BEFORE UPDATE ON events FOR EACH ROW
WHEN (OLD.position IS NOT NULL OR NEW.written <> OLD.written OR NEW.id <> OLD.id OR NEW.account_id <> OLD.account_id
  OR NEW.creative_id <> OLD.creative_id OR NEW.sequence <> OLD.sequence OR NEW.at <> OLD.at OR NEW.by <> OLD.by
  OR NEW.what <> OLD.what)
EXECUTE FUNCTION refuse('an event never changes');
CREATE TRIGGER events_stay BEFORE DELETE ON events FOR EACH ROW
EXECUTE FUNCTION refuse('an event never goes');

CREATE TABLE jobs (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL,
  creative_id TEXT COLLATE "C" NOT NULL,
  no BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  due BIGINT NOT NULL,
  lease TEXT COLLATE "C",
  lease_until BIGINT
);
CREATE INDEX jobs_by_due ON jobs (due, id);

CREATE TABLE users (
  id TEXT COLLATE "C" PRIMARY KEY,
  login TEXT COLLATE "C" NOT NULL UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  password TEXT COLLATE "C",
  one_time_token TEXT COLLATE "C" UNIQUE,
  installation BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT
);

CREATE TABLE user_grants (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  role TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (user_id, account_id)
);
CREATE INDEX user_grants_by_account ON user_grants (account_id, user_id);

CREATE TABLE api_keys (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  name TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL,
  secret TEXT COLLATE "C" NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX api_keys_by_account ON api_keys (account_id, id);

CREATE TABLE refresh_tokens (
  token TEXT COLLATE "C" PRIMARY KEY,
  family TEXT COLLATE "C" NOT NULL,
  holder TEXT COLLATE "C" NOT NULL,
  issued_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE idempotency (
  by TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C" NOT NULL,
  fingerprint TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (by, key)
);
CREATE INDEX idempotency_by_age ON idempotency (at);
