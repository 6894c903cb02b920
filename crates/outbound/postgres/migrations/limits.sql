-- How long the service's role may take in this database, set anew after every migration; connections that are made after
-- that have it.
--
-- A statement: 10 s, less than anybody waits for an answer and a hundred times the slowest page. A lock: 3 s, so that
-- whoever waits for a record that somebody keeps is told so before the pool runs dry; acquiring a connection takes 5 s at
-- most. A transaction in which nothing happens: 15 s, after which its process is stuck or gone, and its locks are free.
-- No compiling of statements: it takes a hundred times as long as the statements, which are short whatever a planner thinks
-- that they may cost.
--
-- An administrator who may not alter the role (it takes CREATEROLE, or being that role) is told so, and goes on.
DO $limits$
DECLARE
  role TEXT := {role};
  lim RECORD;
BEGIN
  FOR lim IN SELECT * FROM (VALUES
    ('statement_timeout', '10s'), ('lock_timeout', '3s'), ('idle_in_transaction_session_timeout', '15s'),
    ('jit', 'off')
  ) AS limits (name, value) LOOP
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET %I TO %L', role, current_database(), lim.name, lim.value);
  END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'the limits of role % are not set: this role may not alter it', role;
END $limits$;
