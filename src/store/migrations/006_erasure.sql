-- Requests to erase what there is of a person. phase: 0 events, 1 dead letters, 2 waiting for open
-- deliveries, 3 cleaning the files, 4 done; userid is 0 then. position: the last row that was looked
-- at in this phase. upto: the last event that was accepted before the request. again: dead letters
-- are looked through once more.
CREATE TABLE local_integrationhub_erasure (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  site TEXT NOT NULL,
  userid INTEGER NOT NULL,
  phase INTEGER NOT NULL,
  position INTEGER NOT NULL,
  upto INTEGER NOT NULL,
  again INTEGER NOT NULL,
  events INTEGER NOT NULL,
  dead_letters INTEGER NOT NULL,
  log_rows INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
);
-- Events that are to be erased when their deliveries have ended.
CREATE TABLE local_integrationhub_erasure_open (
  erasure_id INTEGER NOT NULL,
  event_seq INTEGER NOT NULL,
  PRIMARY KEY (erasure_id, event_seq)
) WITHOUT ROWID;
