-- States of log consumers, so that they need not read the log from its beginning.
CREATE TABLE snapshots (
  owner text NOT NULL,
  epoch text NOT NULL,
  partition int NOT NULL,
  -- per topic name: the next offset that is not in the state
  offsets jsonb NOT NULL,
  state text NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner, epoch, partition)
);
