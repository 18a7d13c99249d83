-- Devices and their sensors. Readings point at sensors by a small integer.
-- Names that devices chose sort by bytes, whatever the server's locale: pages go on after a name.
CREATE TABLE devices (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device_id text COLLATE "C" NOT NULL UNIQUE,
  -- null: the device is called by its id
  name text,
  -- set by a person; shown before what the device told
  location text,
  -- told by the device; never overwrites what a person set
  told_location text,
  site text,
  tags text[] NOT NULL DEFAULT '{}',
  -- string fields that the device told of itself
  attributes jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX devices_site ON devices (site) WHERE site IS NOT NULL;
CREATE INDEX devices_tags ON devices USING gin (tags);

CREATE TABLE sensors (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device int NOT NULL REFERENCES devices ON DELETE CASCADE,
  sensor_type text COLLATE "C" NOT NULL,
  unit text,
  -- values refused because another one stood under the same timestamp
  refused int NOT NULL DEFAULT 0,
  UNIQUE (device, sensor_type)
);
