-- Messages of services that wait to be handed over to Moodle. source: 0 webhook, 1 amqp. letter_id:
-- the dead letter that this replays, 0 for none. Sequence numbers are not used again.
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
CREATE INDEX local_integrationhub_inbound_waiting
  ON local_integrationhub_inbound (service_id, seq, received_ms);

-- What senders called their messages of the last 72 h, whatever became of them. key: SHA-256 of the
-- source's number, a zero byte and the sender's id. id: the hub's.
CREATE TABLE local_integrationhub_inbound_id (
  service_id INTEGER NOT NULL,
  key BLOB NOT NULL,
  id TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  PRIMARY KEY (service_id, key)
) WITHOUT ROWID;
CREATE INDEX local_integrationhub_inbound_id_received
  ON local_integrationhub_inbound_id (received_ms);
