-- Alert rules and maintenance windows. A rule is kept as it was said, as JSON text: jsonb refuses a zero byte. The
-- columns beside it are copies to look for.
CREATE TABLE alert_rules (
  id text COLLATE "C" PRIMARY KEY,
  revision int NOT NULL,
  source text NOT NULL CHECK (source IN ('api', 'file')),
  device_id text,
  site text,
  -- all that a search looks into, in small letters
  words text NOT NULL,
  definition text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  updated_by text
);

CREATE TABLE maintenance_windows (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  device_id text,
  site text,
  begins_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  reason text,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL
);
CREATE INDEX maintenance_windows_end ON maintenance_windows (ends_at);

-- How often rules or windows have changed: whoever keeps them in memory compares it every second. Every change locks
-- it first, so that changes take turns.
CREATE TABLE alert_rule_changes (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  count bigint NOT NULL
);
INSERT INTO alert_rule_changes (count) VALUES (1);

-- What an installation begins with; people change or remove it like any other rule.
INSERT INTO alert_rules (id, revision, source, words, definition, created_at, updated_at)
VALUES ('device-offline', 1, 'api', E'device offline\x01device-offline',
  '{"name":"Device offline","noData":"5m","severity":"warning","enabled":true}', now(), now());

-- Alerts as they stand after their newest transition: the body is JSON text, the columns are copies to look for.
CREATE TABLE alerts (
  -- in the order of the openings
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id text COLLATE "C" NOT NULL UNIQUE,
  -- null: the system's own
  rule_id text,
  -- a device id, a site, or the system
  key text NOT NULL,
  sensor_type text,
  type text NOT NULL,
  severity text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'acknowledged', 'shelved', 'closed')),
  device_id text COLLATE "C",
  site text,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  -- of the newest transition
  updated_at timestamptz NOT NULL,
  -- all that a search looks into, in small letters
  words text NOT NULL,
  body text NOT NULL
) WITH (fillfactor = 80);
-- One active alert per rule, device and sensor, whoever writes.
CREATE UNIQUE INDEX alerts_active_slot ON alerts (coalesce(rule_id, 'system'), key, coalesce(sensor_type, ''))
  WHERE state <> 'closed';
CREATE INDEX alerts_slot ON alerts (coalesce(rule_id, 'system'), key, coalesce(sensor_type, ''), id DESC);
CREATE INDEX alerts_newest ON alerts (opened_at DESC, alert_id DESC);
CREATE INDEX alerts_newest_active ON alerts (opened_at DESC, alert_id DESC) WHERE state <> 'closed';
CREATE INDEX alerts_device ON alerts (device_id, opened_at DESC, alert_id DESC);
CREATE INDEX alerts_over ON alerts (updated_at) WHERE state = 'closed';

CREATE TABLE alert_transitions (
  alert_id text COLLATE "C" REFERENCES alerts (alert_id) ON DELETE CASCADE,
  seq int NOT NULL,
  entry text NOT NULL,
  PRIMARY KEY (alert_id, seq)
);

-- What became of people's requests. Without a refusal: granted.
CREATE TABLE alert_action_outcomes (
  action_id text PRIMARY KEY,
  at timestamptz NOT NULL,
  refusal text
);
CREATE INDEX alert_action_outcomes_at ON alert_action_outcomes (at);

-- Up to where each partition of the log has been worked in, in the same transaction.
CREATE TABLE alert_log_places (
  epoch text NOT NULL,
  partition int NOT NULL,
  next_offset bigint NOT NULL,
  PRIMARY KEY (epoch, partition)
) WITH (fillfactor = 50);

-- Who did what to what.
CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  -- null: the system
  actor text,
  action text NOT NULL,
  -- what comes before the dot of the action
  area text NOT NULL,
  target_type text NOT NULL,
  target_id text NOT NULL,
  -- JSON
  detail text
);
CREATE INDEX audit_log_at ON audit_log (at);
CREATE INDEX audit_log_actor ON audit_log (actor, id) WHERE actor IS NOT NULL;
CREATE INDEX audit_log_area ON audit_log (area, id);
CREATE INDEX audit_log_target ON audit_log (target_id, id);
