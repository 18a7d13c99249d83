-- People, and their sessions: families of refresh tokens, kept as hashes alone.
-- Times are milliseconds since 1970 as the caller's clock has them, so that a test can turn it.

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  username text NOT NULL,
  password_hash text NOT NULL,
  role text NOT NULL CHECK (role IN ('user', 'operator', 'admin')),
  disabled boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_username ON users (lower(username));

-- At most one row: the hash of the one-time set-up token, until the first user is made.
CREATE TABLE setup_token (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  token_hash text NOT NULL
);

CREATE TABLE session_families (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE
);
CREATE INDEX session_families_user ON session_families (user_id);

CREATE TABLE session_tokens (
  token_hash text PRIMARY KEY,
  family bigint NOT NULL REFERENCES session_families ON DELETE CASCADE,
  expires_at_ms bigint NOT NULL,
  used_at_ms bigint,
  made bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX session_tokens_family ON session_tokens (family, made DESC);
