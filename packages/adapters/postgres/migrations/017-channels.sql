-- Ways to tell people of alerts, with their secrets as they were given: they have to be sent on.
CREATE TABLE notification_channels (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL,
  enabled boolean NOT NULL,
  settings json NOT NULL,
  route json NOT NULL,
  gather text NOT NULL,
  quiet_hours json,
  quiet_critical boolean NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  updated_by text NOT NULL,
  -- One message of a channel is under way at a time: until then it is somebody's.
  leased_until timestamptz,
  failing_since timestamptz,
  failing_error text,
  -- What administrators were told last, and until when somebody is about to tell them something else.
  told_failing boolean NOT NULL DEFAULT false,
  telling_until timestamptz
);

-- Messages. One takes items in until it is sealed, by being sent for the first time.
CREATE TABLE channel_deliveries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel_id bigint NOT NULL REFERENCES notification_channels ON DELETE CASCADE,
  idempotency_key uuid NOT NULL DEFAULT gen_random_uuid(),
  lane text NOT NULL,
  state text NOT NULL,
  sealed boolean NOT NULL DEFAULT false,
  items int NOT NULL DEFAULT 0,
  attempts int NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  http_status int,
  last_error text,
  created_at timestamptz NOT NULL,
  sent_at timestamptz
);
CREATE INDEX channel_deliveries_channel ON channel_deliveries (channel_id, id);
CREATE INDEX channel_deliveries_open ON channel_deliveries (channel_id, lane, id)
  WHERE state IN ('waiting', 'retrying');

-- What a message tells. The event itself is kept until the message has an end.
CREATE TABLE channel_delivery_items (
  channel_id bigint NOT NULL,
  alert_id text NOT NULL,
  seq int NOT NULL,
  delivery_id bigint NOT NULL REFERENCES channel_deliveries ON DELETE CASCADE,
  place int NOT NULL,
  event text,
  PRIMARY KEY (channel_id, alert_id, seq)
);
CREATE INDEX channel_delivery_items_delivery ON channel_delivery_items (delivery_id, place);

-- How far alerts have been read by who tells of them; numbers rise in the order of the openings.
CREATE TABLE told_alerts (
  alert_id text PRIMARY KEY,
  number bigint GENERATED ALWAYS AS IDENTITY,
  slot text NOT NULL,
  seq int NOT NULL,
  episode int NOT NULL,
  state text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX told_alerts_slot ON told_alerts (slot, number);
CREATE INDEX told_alerts_closed ON told_alerts (at) WHERE state = 'closed';
