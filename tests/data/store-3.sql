-- A data directory of store version 3 (migrations 001 to 003), as SQL: two deliveries that wait for
-- crm, a dead letter of erp, a named secret, the first user. The services' addresses are to be replaced.
-- key: d0d085475d0fae9461f3fc5ba056bfeb566c900e55673a4a45562667d8095d37
PRAGMA page_size = 8192;
PRAGMA application_id = 1296648241;
PRAGMA user_version = 3;
BEGIN TRANSACTION;
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
CREATE TABLE local_integrationhub_audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time_ms INTEGER NOT NULL,
  who TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  what TEXT NOT NULL
);
INSERT INTO "local_integrationhub_audit" VALUES(1,1708258940509,'command line','uid 0','POST /services','{"name":"crm","type":"rest","base_url":"http://127.0.0.1:1/crm","auth_type":"bearer","auth_token":"********","max_age":0,"cb_cooldown":1,"retry_backoff":0.2}');
INSERT INTO "local_integrationhub_audit" VALUES(2,1708258940522,'command line','uid 0','POST /services','{"name":"erp","type":"rest","base_url":"http://127.0.0.1:1/erp","max_age":0,"cb_cooldown":1,"retry_backoff":0.2}');
INSERT INTO "local_integrationhub_audit" VALUES(3,1708258940524,'command line','uid 0','POST /rules','{"name":"to crm","eventname":"\\core\\event\\user_created","service":"crm","endpoint":"/contacts","payload_template":"{\"id\": {{objectid}}}"}');
INSERT INTO "local_integrationhub_audit" VALUES(4,1708258940525,'command line','uid 0','POST /rules','{"name":"to erp","eventname":"\\core\\event\\course_created","service":"erp","endpoint":"/courses","payload_template":"{\"course\": {{courseid}}}"}');
INSERT INTO "local_integrationhub_audit" VALUES(5,1708258940529,'command line','uid 0','PUT /secrets/shared','{"value":"********"}');
CREATE TABLE local_integrationhub_catalogue (
  site_id INTEGER PRIMARY KEY,
  events TEXT NOT NULL
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
INSERT INTO "local_integrationhub_cb" VALUES(1,1,'closed',4,1708258940,1708258940,1708258940772,0,1708258940772);
CREATE TABLE local_integrationhub_dedupe (
  rule_id INTEGER NOT NULL,
  site TEXT NOT NULL,
  key BLOB NOT NULL,
  until_ms INTEGER NOT NULL,
  event_seq INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (rule_id, site, key)
) WITHOUT ROWID;
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
INSERT INTO "local_integrationhub_delivery" VALUES(2,0,5,2,2,1,0,400,36,1708258940571,'HTTP 400',NULL);
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
INSERT INTO "local_integrationhub_dlq" VALUES(1,'\core\event\course_created',2,'{"course": 7}','HTTP 400',1708258940,1708258940607,2,0,'d_jy7cf5sqlioqsbzvafnaqx7jox','rejected','default','old-2',1708258940566,2,'to erp','erp','POST','http://127.0.0.1:1/erp/courses',400,'',0,'[{"n":1,"time_ms":1708258940571,"latency_ms":36,"http_status":400,"error":"HTTP 400","probe":false}]','{"Content-Type":"application/json","Accept":"application/json"}','no such field','{"id": "old-2", "eventname": "\\core\\event\\course_created", "component": "core", "action": "created", "target": "user", "objecttable": "user", "objectid": 7, "crud": "c", "edulevel": 0, "contextid": 1, "contextlevel": 10, "contextinstanceid": 0, "userid": 2, "courseid": 7, "relateduserid": null, "anonymous": 0, "other": null, "timecreated": 1708258939,"site":"default"}',407);
CREATE TABLE local_integrationhub_dlq_figures (
  serviceid INTEGER PRIMARY KEY,
  letters INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  newest_ms INTEGER,
  newest_overflow_ms INTEGER
);
INSERT INTO "local_integrationhub_dlq_figures" VALUES(2,1,407,1708258940607,NULL);
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
INSERT INTO "local_integrationhub_event" VALUES(1,'default','old-1','\core\event\user_created',1708258940566,NULL,NULL,0,X'01010100','{"id": "old-1", "eventname": "\\core\\event\\user_created", "component": "core", "action": "created", "target": "user", "objecttable": "user", "objectid": 11, "crud": "c", "edulevel": 0, "contextid": 1, "contextlevel": 10, "contextinstanceid": 0, "userid": 2, "courseid": 0, "relateduserid": null, "anonymous": 0, "other": null, "timecreated": 1708258939,"site":"default"}');
INSERT INTO "local_integrationhub_event" VALUES(2,'default','old-2','\core\event\course_created',1708258940566,NULL,NULL,0,X'01020200','{"id": "old-2", "eventname": "\\core\\event\\course_created", "component": "core", "action": "created", "target": "user", "objecttable": "user", "objectid": 7, "crud": "c", "edulevel": 0, "contextid": 1, "contextlevel": 10, "contextinstanceid": 0, "userid": 2, "courseid": 7, "relateduserid": null, "anonymous": 0, "other": null, "timecreated": 1708258939,"site":"default"}');
INSERT INTO "local_integrationhub_event" VALUES(3,'default','old-3','\core\event\user_created',1708258940566,NULL,NULL,0,X'01010100','{"id": "old-3", "eventname": "\\core\\event\\user_created", "component": "core", "action": "created", "target": "user", "objecttable": "user", "objectid": 13, "crud": "c", "edulevel": 0, "contextid": 1, "contextlevel": 10, "contextinstanceid": 0, "userid": 2, "courseid": 0, "relateduserid": null, "anonymous": 0, "other": null, "timecreated": 1708258939,"site":"default"}');
CREATE TABLE local_integrationhub_eventid (
  seq INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  accepted_ms INTEGER NOT NULL
);
INSERT INTO "local_integrationhub_eventid" VALUES(1,'default','old-1',1708258940566);
INSERT INTO "local_integrationhub_eventid" VALUES(2,'default','old-2',1708258940566);
INSERT INTO "local_integrationhub_eventid" VALUES(3,'default','old-3',1708258940566);
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
INSERT INTO "local_integrationhub_head" VALUES(1,3,0,0,0,3,0,1,1,3,4,1);
CREATE TABLE local_integrationhub_inbound (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  service_id INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  id TEXT NOT NULL,
  service_name TEXT NOT NULL,
  source INTEGER NOT NULL,
  letter_id INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE TABLE local_integrationhub_inbound_id (
  service_id INTEGER NOT NULL,
  key BLOB NOT NULL,
  id TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  PRIMARY KEY (service_id, key)
) WITHOUT ROWID;
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
CREATE TABLE local_integrationhub_job_letter (
  job_id INTEGER NOT NULL,
  letter_id INTEGER NOT NULL,
  PRIMARY KEY (job_id, letter_id)
) WITHOUT ROWID;
CREATE TABLE local_integrationhub_key (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key_id TEXT NOT NULL
);
INSERT INTO "local_integrationhub_key" VALUES(1,'1cf2f883c5808d12');
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
INSERT INTO "local_integrationhub_log" VALUES(1,2,'http://127.0.0.1:1/erp/courses','POST',400,36,1,0,'HTTP 400',1708258940,'outbound','delivery','\core\event\course_created','d_jy7cf5sqlioqsbzvafnaqx7jox',1708258940607);
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
INSERT INTO "local_integrationhub_pending" VALUES(1,1,0,1,2,0,2,2,1708258941172,'[{"n":1,"time_ms":1708258940571,"latency_ms":0,"http_status":null,"error":"127.0.0.1:1: Connection refused","probe":false},{"n":2,"time_ms":1708258940772,"latency_ms":0,"http_status":null,"error":"127.0.0.1:1: Connection refused","probe":false}]');
INSERT INTO "local_integrationhub_pending" VALUES(1,3,0,1,2,0,2,2,1708258941172,'[{"n":1,"time_ms":1708258940571,"latency_ms":0,"http_status":null,"error":"127.0.0.1:1: Connection refused","probe":false},{"n":2,"time_ms":1708258940772,"latency_ms":0,"http_status":null,"error":"127.0.0.1:1: Connection refused","probe":false}]');
CREATE TABLE local_integrationhub_rule_flag (
  rule_id INTEGER PRIMARY KEY,
  flagged_ms INTEGER NOT NULL
);
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
INSERT INTO "local_integrationhub_rules" VALUES(1,'\core\event\user_created',1,'/contacts','POST','{"id": {{objectid}}}',1,1708258940,1708258940,'to crm','','crm','{}','json','',0,'',0,1708258940524,1708258940524);
INSERT INTO "local_integrationhub_rules" VALUES(2,'\core\event\course_created',2,'/courses','POST','{"course": {{courseid}}}',1,1708258940,1708258940,'to erp','','erp','{}','json','',0,'',0,1708258940525,1708258940525);
CREATE TABLE local_integrationhub_secret (
  name TEXT NOT NULL UNIQUE,
  value TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL
);
INSERT INTO "local_integrationhub_secret" VALUES('shared','s1.1cf2f883c5808d12.9FtOWxJT8nCmQpfMc7RioG6ibkt6rseuk3Ux2sbLjnNGcKDB2m0QL8prBClipw0oyWLRbA',1708258940527,1708258940527);
CREATE TABLE local_integrationhub_setting (
  name TEXT PRIMARY KEY,
  value NUMERIC NOT NULL
) WITHOUT ROWID;
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
INSERT INTO "local_integrationhub_stat" VALUES(0,28470982,3,0,1,1,1,4,36,X'1001',2);
INSERT INTO "local_integrationhub_stat" VALUES(1,28470982,2,0,0,0,0,4,0,X'',2);
INSERT INTO "local_integrationhub_stat" VALUES(2,28470982,1,0,1,1,1,0,36,X'1001',NULL);
CREATE TABLE local_integrationhub_subscription (
  pattern TEXT PRIMARY KEY,
  since INTEGER NOT NULL,
  active_since_ms INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "local_integrationhub_subscription" VALUES('\core\event\course_created',1708258940525,1708258940525);
INSERT INTO "local_integrationhub_subscription" VALUES('\core\event\user_created',1708258940524,1708258940524);
CREATE TABLE local_integrationhub_subscription_list (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL
);
INSERT INTO "local_integrationhub_subscription_list" VALUES(1,1708258940525);
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
INSERT INTO "local_integrationhub_svc" VALUES(1,'crm','rest','http://127.0.0.1:1/crm','bearer','s1.1cf2f883c5808d12.ymQ7ur42hCu477qzL8v-uhwrAdySpBy1IV6UNToTNJUrOqrcHvU6xKTbtmvSvTpG93TjIQ',5,3,0.2,5,1,'',1,1708258940,1708258940,0,0,8,0,5000000,'consecutive',0.5,60,20,0,'[]','[]',0,'{}','X-API-Key','','','','','','','','','',0,'','','','off','','','text',0,1708258940507,1708258940507);
INSERT INTO "local_integrationhub_svc" VALUES(2,'erp','rest','http://127.0.0.1:1/erp','none','',5,3,0.2,5,1,'',1,1708258940,1708258940,0,0,8,0,5000000,'consecutive',0.5,60,20,0,'[]','[]',0,'{}','X-API-Key','','','','','','','','','',0,'','','','off','','','text',0,1708258940512,1708258940512);
CREATE TABLE local_integrationhub_svc_removed (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);
CREATE TABLE local_integrationhub_svc_state (
  serviceid INTEGER PRIMARY KEY,
  backlog INTEGER NOT NULL,
  last_used_ms INTEGER NOT NULL
);
INSERT INTO "local_integrationhub_svc_state" VALUES(1,2,0);
INSERT INTO "local_integrationhub_svc_state" VALUES(2,0,1708258940607);
CREATE TABLE local_integrationhub_token (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  site TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  timecreated INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
);
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
INSERT INTO "local_integrationhub_user" VALUES(1,'admin','manage','$argon2id$v=19$m=8,t=1,p=1$rBxvSl/0IwdjtbpL1K/LaQ$RmRCWDcILz7tokpeNi9SqO1XDCvFdko4LdMVSwfUs9w',1,0,1708258940446,1708258940446);
CREATE INDEX local_integrationhub_event_origin
  ON local_integrationhub_event (origin_seq) WHERE origin_seq IS NOT NULL;
CREATE UNIQUE INDEX local_integrationhub_eventid_key ON local_integrationhub_eventid (id, site);
CREATE INDEX local_integrationhub_dedupe_until ON local_integrationhub_dedupe (rule_id, until_ms);
CREATE INDEX local_integrationhub_dedupe_delivery
  ON local_integrationhub_dedupe (event_seq, ordinal);
CREATE INDEX local_integrationhub_pending_tried
  ON local_integrationhub_pending (service_id, event_seq, ordinal) WHERE attempt_count > 0;
CREATE INDEX local_integrationhub_dlq_service ON local_integrationhub_dlq (serviceid, id);
CREATE INDEX local_integrationhub_audit_time ON local_integrationhub_audit (time_ms);
CREATE INDEX local_integrationhub_inbound_waiting
  ON local_integrationhub_inbound (service_id, seq, received_ms);
CREATE INDEX local_integrationhub_inbound_id_received
  ON local_integrationhub_inbound_id (received_ms);
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('local_integrationhub_user',1);
INSERT INTO "sqlite_sequence" VALUES('local_integrationhub_svc',2);
INSERT INTO "sqlite_sequence" VALUES('local_integrationhub_audit',5);
INSERT INTO "sqlite_sequence" VALUES('local_integrationhub_rules',2);
INSERT INTO "sqlite_sequence" VALUES('local_integrationhub_dlq',1);
INSERT INTO "sqlite_sequence" VALUES('local_integrationhub_log',1);
COMMIT;
