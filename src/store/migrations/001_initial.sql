-- The store of the hub. Documented columns of the original plugin come first in its five tables;
-- times there are Unix seconds, columns that end in _ms are Unix milliseconds. Fields of services
-- and rules are columns of the same name (core/fields.hpp): durations in seconds, lists and headers
-- as JSON.

CREATE TABLE local_integrationhub_svc (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  base_url TEXT NOT NULL,
  auth_type TEXT NOT NULL,
  auth_token TEXT NOT NULL,
  timeout NUMERIC NOT NULL,
  max_retries INTEGER NOT NULL,
  retry_backoff NUMERIC NOT NULL,
  cb_failure_threshold INTEGER NOT NULL,
  cb_cooldown NUMERIC NOT NULL,
  response_queue TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  timecreated INTEGER NOT NULL,
  timemodified INTEGER NOT NULL,
  retry_jitter NUMERIC NOT NULL,
  max_age NUMERIC NOT NULL,
  max_concurrency INTEGER NOT NULL,
  rate_limit NUMERIC NOT NULL,
  max_backlog INTEGER NOT NULL,
  cb_mode TEXT NOT NULL,
  cb_rate NUMERIC NOT NULL,
  cb_window NUMERIC NOT NULL,
  cb_min_calls INTEGER NOT NULL,
  cb_slow_ms INTEGER NOT NULL,
  retry_on TEXT NOT NULL,
  reject_on TEXT NOT NULL,
  follow_redirects INTEGER NOT NULL,
  headers TEXT NOT NULL,
  apikey_header TEXT NOT NULL,
  basic_user TEXT NOT NULL,
  oauth2_token_url TEXT NOT NULL,
  oauth2_client_id TEXT NOT NULL,
  oauth2_scope TEXT NOT NULL,
  client_cert TEXT NOT NULL,
  client_key TEXT NOT NULL,
  ca_file TEXT NOT NULL,
  signing_secret TEXT NOT NULL,
  signing_secret_old TEXT NOT NULL,
  inbound_enabled INTEGER NOT NULL,
  inbound_secret TEXT NOT NULL,
  inbound_site TEXT NOT NULL,
  proxy TEXT NOT NULL,
  cloudevents TEXT NOT NULL,
  soap_headers TEXT NOT NULL,
  wsse_user TEXT NOT NULL,
  wsse_mode TEXT NOT NULL,
  paused INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL
);

-- Names of removed services: dead letters, deliveries and log rows still refer to their ids.
CREATE TABLE local_integrationhub_svc_removed (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);

-- One row per service that ever had a delivery or a call.
CREATE TABLE local_integrationhub_svc_state (
  serviceid INTEGER PRIMARY KEY,
  backlog INTEGER NOT NULL,
  last_used_ms INTEGER NOT NULL
);

CREATE TABLE local_integrationhub_cb (
  id INTEGER PRIMARY KEY,
  serviceid INTEGER NOT NULL UNIQUE,
  state TEXT NOT NULL,
  failure_count INTEGER NOT NULL,
  last_failure INTEGER,
  timemodified INTEGER NOT NULL,
  last_failure_ms INTEGER NOT NULL,
  cooldown_end_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL
);

-- serviceid is 0 when the service was removed; `service` keeps its name.
CREATE TABLE local_integrationhub_rules (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  eventname TEXT NOT NULL,
  serviceid INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  http_method TEXT NOT NULL,
  payload_template TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  timecreated INTEGER NOT NULL,
  timemodified INTEGER NOT NULL,
  name TEXT NOT NULL,
  filter TEXT NOT NULL,
  service TEXT NOT NULL,
  headers TEXT NOT NULL,
  content_type TEXT NOT NULL,
  ordering_key TEXT NOT NULL,
  dedupe_window NUMERIC NOT NULL,
  dedupe_key TEXT NOT NULL,
  include_anonymous INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL
);

-- Rules whose service answered 410, until they are saved again.
CREATE TABLE local_integrationhub_rule_flag (
  rule_id INTEGER PRIMARY KEY,
  flagged_ms INTEGER NOT NULL
);

-- Troubles that are watched. raised 0: not long enough yet to tell anybody.
CREATE TABLE local_integrationhub_alert (
  kind TEXT NOT NULL,
  service_id INTEGER NOT NULL,
  service_name TEXT NOT NULL,
  site_id INTEGER NOT NULL,
  site_name TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  raised INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (kind, service_id, site_id)
) WITHOUT ROWID;

CREATE TABLE local_integrationhub_token (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  site TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  timecreated INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
);

-- The Moodles that are connected, or about to be. token_id 0: not yet.
CREATE TABLE local_integrationhub_site (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  wwwroot TEXT NOT NULL,
  callback_url TEXT NOT NULL,
  plugin_version TEXT NOT NULL,
  moodle_version TEXT NOT NULL,
  outbox_rows INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  token_id INTEGER NOT NULL,
  callback_key TEXT NOT NULL,
  signon_key TEXT NOT NULL,
  code_hash BLOB,
  code_expires_ms INTEGER NOT NULL,
  list_version INTEGER NOT NULL,
  timecreated INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL
);

-- The event classes that a site knows, as JSON.
CREATE TABLE local_integrationhub_catalogue (
  site_id INTEGER PRIMARY KEY,
  events TEXT NOT NULL
);

-- The patterns that sites have to capture. since: version of the list that had it first.
CREATE TABLE local_integrationhub_subscription (
  pattern TEXT PRIMARY KEY,
  since INTEGER NOT NULL,
  active_since_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE local_integrationhub_subscription_list (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL
);
INSERT INTO local_integrationhub_subscription_list VALUES (1, 0);

CREATE TABLE local_integrationhub_setting (
  name TEXT PRIMARY KEY,
  value NUMERIC NOT NULL
) WITHOUT ROWID;

-- The log of accepted events. fan_out: what was decided at acceptance, see fan_out.hpp. A replay is
-- a row of its own: replay_of is its dead letter, origin_seq the event it repeats, as_sent says that
-- the request is the dead letter's. An enqueued gateway call is a row without an eventname, its id
-- is made of the service's name and the call's id.
CREATE TABLE local_integrationhub_event (
  seq INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  eventname TEXT NOT NULL,
  accepted_ms INTEGER NOT NULL,
  replay_of INTEGER,
  origin_seq INTEGER,
  as_sent INTEGER NOT NULL,
  fan_out BLOB NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX local_integrationhub_event_origin
  ON local_integrationhub_event (origin_seq) WHERE origin_seq IS NOT NULL;

-- The ids of the last 72 h, whatever became of their events. Ordered by seq, so that expired ones
-- are a range; time-ordered ids append to the unique index. The id comes first in it because it
-- decides nearly every comparison.
CREATE TABLE local_integrationhub_eventid (
  seq INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  accepted_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX local_integrationhub_eventid_key ON local_integrationhub_eventid (id, site);

-- What rules with a dedupe_window have seen. key: hash of the rendered dedupe_key.
CREATE TABLE local_integrationhub_dedupe (
  rule_id INTEGER NOT NULL,
  site TEXT NOT NULL,
  key BLOB NOT NULL,
  until_ms INTEGER NOT NULL,
  event_seq INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (rule_id, site, key)
) WITHOUT ROWID;
CREATE INDEX local_integrationhub_dedupe_until ON local_integrationhub_dedupe (rule_id, until_ms);
CREATE INDEX local_integrationhub_dedupe_delivery
  ON local_integrationhub_dedupe (event_seq, ordinal);

-- Final outcomes. state: 4 delivered, 5 dead, 6 dead and then replayed.
CREATE TABLE local_integrationhub_delivery (
  event_seq INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  state INTEGER NOT NULL,
  rule_id INTEGER NOT NULL,
  service_id INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  http_status INTEGER,
  latency_ms INTEGER,
  finished_ms INTEGER NOT NULL,
  error TEXT,
  attempts TEXT,
  PRIMARY KEY (event_seq, ordinal)
) WITHOUT ROWID;

-- Deliveries that wait outside of memory. state: 0 pending, 2 retrying, 3 parked.
CREATE TABLE local_integrationhub_pending (
  service_id INTEGER NOT NULL,
  event_seq INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  rule_id INTEGER NOT NULL,
  state INTEGER NOT NULL,
  parked_because INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  attempts TEXT,
  PRIMARY KEY (service_id, event_seq, ordinal)
) WITHOUT ROWID;
CREATE INDEX local_integrationhub_pending_tried
  ON local_integrationhub_pending (service_id, event_seq, ordinal) WHERE attempt_count > 0;

CREATE TABLE local_integrationhub_dlq (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  eventname TEXT NOT NULL,
  serviceid INTEGER NOT NULL,
  payload TEXT NOT NULL,
  error_message TEXT NOT NULL,
  timecreated INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  event_seq INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  delivery_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  site TEXT NOT NULL,
  event_id TEXT NOT NULL,
  accepted_ms INTEGER NOT NULL,
  rule_id INTEGER NOT NULL,
  rule_name TEXT NOT NULL,
  service_name TEXT NOT NULL,
  method TEXT NOT NULL,
  url TEXT NOT NULL,
  http_status INTEGER,
  ordering_key TEXT NOT NULL,
  replaying INTEGER NOT NULL,
  attempts TEXT NOT NULL,
  headers TEXT NOT NULL,
  response TEXT NOT NULL,
  event TEXT NOT NULL,
  bytes INTEGER NOT NULL
);
CREATE INDEX local_integrationhub_dlq_service ON local_integrationhub_dlq (serviceid, id);

-- Number and size of the dead letters of each service, and when the newest was made. Kept by triggers,
-- so that whatever changes the table above cannot forget it.
CREATE TABLE local_integrationhub_dlq_figures (
  serviceid INTEGER PRIMARY KEY,
  letters INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  newest_ms INTEGER,
  newest_overflow_ms INTEGER
);
CREATE TRIGGER local_integrationhub_dlq_made AFTER INSERT ON local_integrationhub_dlq
BEGIN
  INSERT OR IGNORE INTO local_integrationhub_dlq_figures (serviceid) VALUES (NEW.serviceid);
  UPDATE local_integrationhub_dlq_figures SET letters = letters + 1, bytes = bytes + NEW.bytes,
    newest_ms = max(coalesce(newest_ms, 0), NEW.created_ms),
    newest_overflow_ms = iif(NEW.reason = 'overflow',
      max(coalesce(newest_overflow_ms, 0), NEW.created_ms), newest_overflow_ms)
  WHERE serviceid = NEW.serviceid;
END;
CREATE TRIGGER local_integrationhub_dlq_gone AFTER DELETE ON local_integrationhub_dlq
BEGIN
  UPDATE local_integrationhub_dlq_figures SET letters = letters - 1, bytes = bytes - OLD.bytes
  WHERE serviceid = OLD.serviceid;
END;
CREATE TRIGGER local_integrationhub_dlq_changed AFTER UPDATE OF serviceid, bytes
  ON local_integrationhub_dlq
BEGIN
  UPDATE local_integrationhub_dlq_figures SET letters = letters - 1, bytes = bytes - OLD.bytes
  WHERE serviceid = OLD.serviceid;
  INSERT OR IGNORE INTO local_integrationhub_dlq_figures (serviceid) VALUES (NEW.serviceid);
  UPDATE local_integrationhub_dlq_figures SET letters = letters + 1, bytes = bytes + NEW.bytes
  WHERE serviceid = NEW.serviceid;
END;

-- Bulk actions on dead letters. kind: 0 replay, 1 delete; mode: 0 current, 1 as sent; state:
-- 0 being prepared, 1 running, 2 done, 3 failed.
CREATE TABLE local_integrationhub_job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  state INTEGER NOT NULL,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  errors TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
-- What is left to do of a job.
CREATE TABLE local_integrationhub_job_letter (
  job_id INTEGER NOT NULL,
  letter_id INTEGER NOT NULL,
  PRIMARY KEY (job_id, letter_id)
) WITHOUT ROWID;

CREATE TABLE local_integrationhub_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  serviceid INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  http_method TEXT NOT NULL,
  http_status INTEGER,
  latency_ms INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  success INTEGER NOT NULL,
  error_message TEXT NOT NULL,
  timecreated INTEGER NOT NULL,
  direction TEXT NOT NULL,
  kind TEXT NOT NULL,
  eventname TEXT NOT NULL,
  delivery_id TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);

-- Per service and minute (Unix time / 60). Service 0 is all of them together; it has a row for every
-- minute in which the hub ran. latency: histogram, see codec.hpp. backlog: the highest that was
-- sampled; of a service only if it is not 0.
CREATE TABLE local_integrationhub_stat (
  service_id INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  dead INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  retried INTEGER NOT NULL,
  latency_sum_ms INTEGER NOT NULL,
  latency BLOB NOT NULL,
  backlog INTEGER,
  PRIMARY KEY (service_id, minute)
) WITHOUT ROWID;

-- The one row of running totals and positions. Every event below low_water has, for each of its
-- deliveries, a row in delivery or in pending; events below pruned are there only while open.
CREATE TABLE local_integrationhub_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  events_accepted INTEGER NOT NULL DEFAULT 0,
  duplicates INTEGER NOT NULL DEFAULT 0,
  deduplicated INTEGER NOT NULL DEFAULT 0,
  unmatched INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  dead INTEGER NOT NULL DEFAULT 0,
  dead_letters INTEGER NOT NULL DEFAULT 0,
  last_seq INTEGER NOT NULL DEFAULT 0,
  low_water INTEGER NOT NULL DEFAULT 1,
  pruned INTEGER NOT NULL DEFAULT 1
);
INSERT INTO local_integrationhub_head (id) VALUES (1);
