-- The event log: topics of partitions of records, one row per batch that was appended together.

-- One row: whose log this is. Every append locks it (FOR SHARE), so taking the log over, or asking what became of
-- an append whose answer was lost, waits for appends under way and refuses later ones.
CREATE TABLE event_log (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  epoch uuid NOT NULL DEFAULT gen_random_uuid(),
  partitions int NOT NULL,
  -- the process that may write
  owner uuid NOT NULL,
  -- raised by the owner after an append whose answer was lost
  turn bigint NOT NULL DEFAULT 0
);

CREATE TABLE log_topic (
  topic text PRIMARY KEY,
  retention_hours int NOT NULL
);

-- Updated with every append: room on the page keeps the updates off the index (HOT).
CREATE TABLE log_partition (
  topic text NOT NULL REFERENCES log_topic,
  partition int NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  -- of its batches: adding them up at the start would read all of log_batch
  kept_batches bigint NOT NULL DEFAULT 0,
  kept_bytes bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE log_batch (
  topic text NOT NULL,
  partition int NOT NULL,
  -- offset of the first record
  base bigint NOT NULL,
  record_count int NOT NULL,
  -- of the last record, ms since 1970
  appended_at bigint NOT NULL,
  byte_count int NOT NULL,
  -- UTF-8, a line per record: ms since 1970, key as JSON, value as JSON, with tabs between them
  records bytea NOT NULL,
  PRIMARY KEY (topic, partition, base)
);
-- Compressing costs more CPU than the disk it saves is worth: batches live for days.
ALTER TABLE log_batch ALTER COLUMN records SET STORAGE EXTERNAL;

-- A group holds the records it has not committed, until it was not seen for a long time.
CREATE TABLE log_group (
  name text PRIMARY KEY,
  seen_at bigint NOT NULL
);

CREATE TABLE log_group_offset (
  group_name text NOT NULL REFERENCES log_group ON DELETE CASCADE,
  topic text NOT NULL,
  partition int NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (group_name, topic, partition)
) WITH (fillfactor = 50);

-- Appends batches, all or none. Raises LF001 where the log is another's, LF002 where a partition does not end at the
-- base the writer counts on: what is retried can't be written twice.
CREATE FUNCTION log_append(
  p_owner uuid, p_turn bigint,
  p_topics text[], p_partitions int[], p_bases bigint[], p_counts int[], p_appended_at bigint[],
  p_starts int[], p_lengths int[], p_records bytea
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  moved int;
BEGIN
  PERFORM 1 FROM event_log WHERE owner = p_owner AND turn = p_turn FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the log was taken by another process' USING ERRCODE = 'LF001';
  END IF;
  UPDATE log_partition AS p SET next_offset = p.next_offset + i.count,
    kept_batches = p.kept_batches + 1, kept_bytes = p.kept_bytes + i.length
  FROM unnest(p_topics, p_partitions, p_bases, p_counts, p_lengths) AS i (topic, partition, base, count, length)
  WHERE p.topic = i.topic AND p.partition = i.partition AND p.next_offset = i.base;
  GET DIAGNOSTICS moved = ROW_COUNT;
  IF moved <> cardinality(p_topics) THEN
    RAISE EXCEPTION 'the log does not end where its writer thinks' USING ERRCODE = 'LF002';
  END IF;
  INSERT INTO log_batch (topic, partition, base, record_count, appended_at, byte_count, records)
  SELECT topic, partition, base, count, appended_at, length, substring(p_records FROM start FOR length)
  FROM unnest(p_topics, p_partitions, p_bases, p_counts, p_appended_at, p_starts, p_lengths)
    AS i (topic, partition, base, count, appended_at, start, length);
END
$$;

-- Deletes the batches of a partition that begin before an offset, if the log is still the owner's.
CREATE FUNCTION log_drop(p_owner uuid, p_topic text, p_partition int, p_before bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  dropped_batches bigint;
  dropped_bytes bigint;
BEGIN
  WITH dropped AS (
    DELETE FROM log_batch WHERE topic = p_topic AND partition = p_partition AND base < p_before
    AND EXISTS (SELECT 1 FROM event_log WHERE owner = p_owner)
    RETURNING byte_count
  )
  SELECT count(*), coalesce(sum(byte_count), 0) INTO dropped_batches, dropped_bytes FROM dropped;
  -- Last, because appends to the partition wait from here to the commit.
  UPDATE log_partition SET kept_batches = kept_batches - dropped_batches, kept_bytes = kept_bytes - dropped_bytes
  WHERE topic = p_topic AND partition = p_partition AND dropped_batches > 0;
END
$$;
