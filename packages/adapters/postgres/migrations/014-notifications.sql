-- Notices for users. Numbers rise in the order of the commits, so that a cursor or "all up to" misses none.
CREATE TABLE notifications (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type text NOT NULL,
  title text,
  message text NOT NULL,
  sender text,
  to_role text,
  to_user uuid REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL
);
CREATE INDEX notifications_to_user ON notifications (to_user) WHERE to_user IS NOT NULL;

-- Up to where a user has read all, and what has been read singly after it.
CREATE TABLE notification_readers (
  user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  read_up_to bigint NOT NULL
);
CREATE TABLE notification_marks (
  user_id uuid REFERENCES users ON DELETE CASCADE,
  notification_id bigint REFERENCES notifications ON DELETE CASCADE,
  PRIMARY KEY (user_id, notification_id)
);
CREATE INDEX notification_marks_notification ON notification_marks (notification_id);
