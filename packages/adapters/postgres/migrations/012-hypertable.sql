-- Where the server has TimescaleDB loaded, and lets us use it, readings is a hypertable: chunks of a week, which
-- the extension makes by itself, instead of partitions that the program makes. Otherwise, and where readings are
-- stored already, it stays what it is: the program looks which of both it is.
DO $$
BEGIN
  -- A setting that the extension's library defines when the server loads it; anybody may read it.
  IF current_setting('timescaledb.disable_load', true) IS NULL THEN RETURN; END IF;
  BEGIN
    CREATE EXTENSION IF NOT EXISTS timescaledb;
  EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    RAISE NOTICE 'TimescaleDB is left unused: %', SQLERRM;
    RETURN;
  END;
  LOCK TABLE readings;
  IF EXISTS (SELECT FROM readings) THEN RETURN; END IF;
  DROP TABLE readings;
  CREATE TABLE readings (
    ts timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    value float8 NOT NULL,
    sensor int NOT NULL,
    -- the device's clock was not to be trusted: ts is the time of arrival
    adjusted boolean NOT NULL,
    PRIMARY KEY (sensor, ts)
  );
  -- The key serves every question: no further index.
  PERFORM create_hypertable('readings', by_range('ts', interval '7 days'), create_default_indexes => false);
END
$$;
