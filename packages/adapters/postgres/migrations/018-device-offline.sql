-- The rule that an installation begins with goes by whether a device is offline: its last will, or five of its own
-- intervals without a word. Five minutes for everybody would call a device silent that speaks every ten. Only where
-- nobody has changed the rule.
UPDATE alert_rules
SET definition = '{"name":"Device offline","noData":"1d","severity":"warning","enabled":true}',
  revision = 2, updated_at = now()
WHERE id = 'device-offline' AND revision = 1;
UPDATE alert_rule_changes SET count = count + 1;
