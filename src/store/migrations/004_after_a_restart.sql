-- What a delivery and its dead letter still know after a restart.

-- Names of removed rules, for dead letters that are made later.
CREATE TABLE local_integrationhub_rule_removed (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);

-- asked_ms: the service asked for this wait. response: to the last attempt, for the dead letter of one
-- that gets no other.
ALTER TABLE local_integrationhub_pending ADD COLUMN asked_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE local_integrationhub_pending ADD COLUMN response TEXT;
