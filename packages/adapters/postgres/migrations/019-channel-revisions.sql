-- Two administrators who change a channel at once: the second is told, instead of undoing what the first did.
ALTER TABLE notification_channels ADD COLUMN revision integer NOT NULL DEFAULT 1;
