-- What the hub learns while it works.

-- Deliveries that were made for rules.
CREATE TABLE local_integrationhub_rule_hit (
  rule_id INTEGER PRIMARY KEY,
  hits INTEGER NOT NULL,
  last_ms INTEGER NOT NULL
);

-- What the last failure was that counted for the circuit.
ALTER TABLE local_integrationhub_cb ADD COLUMN last_error TEXT NOT NULL DEFAULT '';

-- The last 50 changes of each circuit. Kept by triggers, so that whatever changes a circuit cannot
-- forget it.
CREATE TABLE local_integrationhub_cb_change (
  serviceid INTEGER NOT NULL,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  time_ms INTEGER NOT NULL,
  PRIMARY KEY (serviceid, number)
) WITHOUT ROWID;
CREATE TRIGGER local_integrationhub_cb_made AFTER INSERT ON local_integrationhub_cb
WHEN NEW.state <> 'closed'
BEGIN
  INSERT INTO local_integrationhub_cb_change VALUES (NEW.serviceid, 1, NEW.state, NEW.modified_ms);
END;
CREATE TRIGGER local_integrationhub_cb_changed AFTER UPDATE OF state ON local_integrationhub_cb
WHEN NEW.state <> OLD.state
BEGIN
  INSERT INTO local_integrationhub_cb_change
  SELECT NEW.serviceid, coalesce(max(number), 0) + 1, NEW.state, NEW.modified_ms
  FROM local_integrationhub_cb_change WHERE serviceid = NEW.serviceid;
  DELETE FROM local_integrationhub_cb_change WHERE serviceid = NEW.serviceid AND number <=
    (SELECT max(number) - 50 FROM local_integrationhub_cb_change WHERE serviceid = NEW.serviceid);
END;
CREATE TRIGGER local_integrationhub_cb_gone AFTER DELETE ON local_integrationhub_cb
BEGIN
  DELETE FROM local_integrationhub_cb_change WHERE serviceid = OLD.serviceid;
END;

-- Event names that were seen, and the fields that their events have. The engine bounds both, see
-- event_library.hpp. site, people: whose event a field is known from; people: user ids with spaces
-- between them, * for many. known_ms: when that event came; 0 when it is not kept any more, and
-- path and type are all that is left.
CREATE TABLE local_integrationhub_event_name (
  eventname TEXT PRIMARY KEY,
  seen INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE local_integrationhub_event_field (
  eventname TEXT NOT NULL,
  path TEXT NOT NULL,
  type TEXT NOT NULL,
  example TEXT NOT NULL,
  site TEXT NOT NULL,
  people TEXT NOT NULL,
  known_ms INTEGER NOT NULL,
  PRIMARY KEY (eventname, path)
) WITHOUT ROWID;
CREATE INDEX local_integrationhub_event_field_known ON local_integrationhub_event_field (known_ms)
WHERE known_ms > 0;

-- Events that sites have sent to be looked at, a few of each name. people: as above.
CREATE TABLE local_integrationhub_sample (
  number INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  eventname TEXT NOT NULL,
  accepted_ms INTEGER NOT NULL,
  people TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX local_integrationhub_sample_age ON local_integrationhub_sample (accepted_ms);
