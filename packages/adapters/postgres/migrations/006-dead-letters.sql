-- Refused messages. The record is JSON text, not jsonb: a payload may hold a zero byte, which jsonb refuses.
CREATE TABLE dead_letters (
  id text PRIMARY KEY,
  received_at timestamptz NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'replayed', 'discarded')),
  record text NOT NULL
);
CREATE INDEX dead_letters_newest ON dead_letters (received_at DESC, seq DESC);
CREATE INDEX dead_letters_state ON dead_letters (state);
