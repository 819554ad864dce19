-- What somebody would add to twelve_by_hand.sql to keep its findings from night to night in a DuckDB file: which are
-- new, which are found again, which are resolved since their claim was judged without them, and a summary by payer and rule.
-- STORE is put in by benchmarks/twelve_duckdb.py.
ATTACH '{store}' AS store;
CREATE TABLE judged AS SELECT DISTINCT claim_id AS claim FROM every;
CREATE TABLE fresh AS SELECT fingerprint, policy, version, rule, verdict, severity, claim, lines, [charge] AS charges, to_json(related)::VARCHAR AS related, message, fix, cite, missing, because, payer
  FROM found JOIN (SELECT line_id, payer, CAST(charge_cents AS DECIMAL(18, 2)) / 100 AS charge FROM read_parquet('{lines}')) ON line_id = lines[1];
BEGIN;
CREATE TABLE IF NOT EXISTS store.runs (id BIGINT, judged_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS store.claims (run BIGINT, claim VARCHAR);
CREATE TABLE IF NOT EXISTS store.findings (fingerprint VARCHAR, policy VARCHAR, version VARCHAR, rule VARCHAR, verdict VARCHAR, severity VARCHAR, claim VARCHAR, lines BIGINT[],
  charges DECIMAL(18, 2)[], related VARCHAR, message VARCHAR, fix VARCHAR, cite VARCHAR, missing VARCHAR[], because VARCHAR, payer VARCHAR,
  first_seen BIGINT, last_seen BIGINT, state VARCHAR);
SET VARIABLE run = (SELECT coalesce(max(id), 0) + 1 FROM store.runs);
INSERT INTO store.runs VALUES (getvariable('run'), now());
INSERT INTO store.claims SELECT getvariable('run'), claim::VARCHAR FROM judged;
UPDATE store.findings SET state = 'resolved' WHERE state = 'open' AND fingerprint NOT IN (SELECT fingerprint FROM fresh)
  AND claim IN (SELECT claim::VARCHAR FROM judged);
UPDATE store.findings SET state = 'open', last_seen = getvariable('run') WHERE fingerprint IN (SELECT fingerprint FROM fresh);
INSERT INTO store.findings SELECT *, getvariable('run'), getvariable('run'), 'open' FROM fresh ANTI JOIN store.findings USING (fingerprint);
COMMIT;
CREATE TABLE summary AS SELECT payer, rule, sum(findings) AS findings, count(*) AS lines, sum(charge) AS charges FROM (
    SELECT payer, rule, claim, line, max(charge) AS charge, count(*) AS findings
    FROM (SELECT payer, rule, claim, lines[1] AS line, charges[1] AS charge FROM store.findings WHERE state = 'open')
    GROUP BY GROUPING SETS ((claim, line), (payer, claim, line), (rule, claim, line)))
  GROUP BY payer, rule;
