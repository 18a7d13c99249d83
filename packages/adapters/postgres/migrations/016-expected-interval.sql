-- How often a device is to be heard of, where a person said so. Null: that is learned from its readings.
ALTER TABLE devices ADD COLUMN expected_interval_ms bigint;

-- Live reads these devices, and those with a site, every few seconds when something has changed.
CREATE INDEX devices_expected_interval ON devices (device_id) WHERE expected_interval_ms IS NOT NULL;
