-- Batches come, and go at the end of their retention: sweeping up where rows had only been added found nothing, and took
-- a tenth of the server's time while readings came fast. What is deleted is swept up as ever.
ALTER TABLE log_batch SET (
  autovacuum_vacuum_insert_threshold = -1, toast.autovacuum_vacuum_insert_threshold = -1
);
