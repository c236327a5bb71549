-- Who may do what, and what they did. See docs/security.md.

-- The key that the secrets are sealed with (docs/formats/secrets.md); without a row they are in clear.
CREATE TABLE local_integrationhub_key (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key_id TEXT NOT NULL
);

-- Secrets that templates use by name, sealed.
CREATE TABLE local_integrationhub_secret (
  name TEXT NOT NULL UNIQUE,
  value TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL
);

-- People who sign in with a password. one_time: the password is good for one login.
CREATE TABLE local_integrationhub_user (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  one_time INTEGER NOT NULL,
  last_login_ms INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL
);

-- Every change that somebody made, for a year. what: JSON, secrets masked.
CREATE TABLE local_integrationhub_audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time_ms INTEGER NOT NULL,
  who TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  what TEXT NOT NULL
);
CREATE INDEX local_integrationhub_audit_time ON local_integrationhub_audit (time_ms);
