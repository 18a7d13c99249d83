-- The history: unique by (sensor, time), in partitions of a week that are made as readings need them.
-- No foreign key to sensors: its check would cost a look-up per reading. The trigger below keeps the promise.
CREATE TABLE readings (
  ts timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  value float8 NOT NULL,
  sensor int NOT NULL,
  -- the device's clock was not to be trusted: ts is the time of arrival
  adjusted boolean NOT NULL,
  PRIMARY KEY (sensor, ts)
) PARTITION BY RANGE (ts);

-- Values refused because another stood under their key, each once: what sensors.refused has counted.
-- The newest are kept, so that the table stays small; the id is the order.
CREATE TABLE refused_values (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sensor int NOT NULL,
  ts timestamptz NOT NULL,
  value float8 NOT NULL,
  UNIQUE (sensor, ts, value)
);

-- How often sensors were removed: whoever keeps their ids in memory compares it with every write.
CREATE TABLE sensor_removals (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  count bigint NOT NULL
);
INSERT INTO sensor_removals (count) VALUES (0);

-- Sensors that are gone and whose readings are still to be deleted, which can take longer than a request.
-- Nobody sees those readings: every query goes through sensors.
CREATE TABLE removed_sensors (sensor int PRIMARY KEY);

-- A sensor goes with its readings, however it is removed.
CREATE FUNCTION forget_removed_sensors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM gone) THEN
    INSERT INTO removed_sensors SELECT id FROM gone;
    DELETE FROM refused_values USING gone WHERE refused_values.sensor = gone.id;
    UPDATE sensor_removals SET count = count + 1;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER forget_removed_sensors AFTER DELETE ON sensors
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_removed_sensors();
