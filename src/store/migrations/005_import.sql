-- What was taken over from the original plugin.

-- Rows of the original's tables that are here already, so that a repeat changes nothing. kind: 0
-- service, 1 rule, 2 dead letter, 3 queued event. hub_id: of the service or rule, otherwise 0.
CREATE TABLE local_integrationhub_imported (
  site TEXT NOT NULL,
  kind INTEGER NOT NULL,
  original_id INTEGER NOT NULL,
  hub_id INTEGER NOT NULL,
  PRIMARY KEY (site, kind, original_id)
) WITHOUT ROWID;

-- Names that services had there and cannot have here: calls still find them.
CREATE TABLE local_integrationhub_alias (
  name TEXT PRIMARY KEY,
  service_id INTEGER NOT NULL
) WITHOUT ROWID;
