-- The only sites whose devices exist for a user (null: all), and the version before which their tokens are out.
ALTER TABLE users ADD COLUMN sites text[];
ALTER TABLE users ADD COLUMN out_before integer NOT NULL DEFAULT 0;

-- Changes of rights of the last hour, the newest of each user, written with the change itself: who tells the other
-- processes may end before they have. Without a foreign key, since a removed user's is the one that counts most.
CREATE TABLE rights_changes (
  user_id uuid PRIMARY KEY,
  rights jsonb NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);
