-- What an MQTT broker of its own (Mosquitto) compares a password with: it can't read argon2id. Null in credentials
-- that were made before; they let in at the listener alone.
ALTER TABLE credentials ADD COLUMN broker_verifier text;
