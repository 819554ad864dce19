-- The twelve rules as somebody who knows DuckDB would write them by hand: one narrow table of the lines whose
-- codes any rule names, one pass of a visit, pairs cut to codes that occur, and the same findings to the byte.
-- LINES and PAIRS are put in by benchmarks/twelve_duckdb.py.
CREATE MACRO part(t) AS length(t) || ':' || t;
CREATE MACRO has(codes, among) AS list_has_any(codes, among);
CREATE MACRO js(t) AS to_json(t)::VARCHAR;
CREATE MACRO cs(l) AS array_to_string(l, ',');
CREATE MACRO nul(t) AS coalesce(t, 'None');
CREATE MACRO sorted(l) AS list_sort(l);
CREATE VIEW every AS SELECT line_id, claim_id, patient_id, payer, service_date AS day, procedure AS code, modifiers AS mods, units, minutes, rendering_npi AS npi,
  license_type AS lic FROM read_parquet('{lines}');
CREATE TABLE l AS SELECT *, code IN ('97124','97140','97110','97112') AS timed, code IN ('98940','98941','98942') AS cmt, code IN ('99446','99447','99448','99449') AS ipc
  FROM every WHERE code IN ('97124','97140','97110','97112','98940','98941','98942','99446','99447','99448','99449','99213','99214','A5512','97810','97811');
CREATE TABLE visit AS SELECT patient_id, day, arg_min({{'claim': claim_id::VARCHAR, 'line': line_id, 'code': code}}, (claim_id::VARCHAR, line_id)) FILTER (cmt) AS cmt,
  sum(units) FILTER (timed) AS units, bool_or(code = '97810') AS first_needle FROM l GROUP BY ALL;
CREATE TABLE f (rule VARCHAR, verdict VARCHAR, claim VARCHAR, line BIGINT, related STRUCT(claim VARCHAR, line BIGINT)[], message VARCHAR, missing VARCHAR[], because VARCHAR, facts VARCHAR);
INSERT INTO f SELECT 'R1', 'violation', claim_id::VARCHAR, line_id, [{{'claim': v.cmt.claim, 'line': v.cmt.line}}], code || ' on the same day as ' || v.cmt.code, [],
  '{{"payer": ' || js(payer) || ', "procedure": ' || js(code) || ', "modifiers": ' || js(mods) || ', "service_date": "' || day || '", "other.procedure": ' || js(v.cmt.code) || '}}',
  '5:payer' || part(payer) || '9:procedure' || part(code) || '9:modifiers' || part(cs(mods)) || '12:service_date' || part(day::VARCHAR) || '15:other.procedure' || part(v.cmt.code)
  FROM l JOIN visit v USING (patient_id, day) WHERE payer = 'ACME' AND code = '97124' AND NOT has(mods, ['59','XS']) AND v.cmt IS NOT NULL;
INSERT INTO f SELECT 'R2', 'violation', claim_id::VARCHAR, line_id, [], code || ' without an adjustment', [],
  '{{"payer": ' || js(payer) || ', "procedure": ' || js(code) || ', "service_date": "' || day || '"}}', '5:payer' || part(payer) || '9:procedure' || part(code) || '12:service_date' || part(day::VARCHAR)
  FROM l JOIN visit v USING (patient_id, day) WHERE payer = 'BETA' AND code = '97124' AND v.cmt IS NULL;
INSERT INTO f SELECT 'R3', if(lic IS NULL, 'needs_info', 'violation'), claim_id::VARCHAR, line_id, [],
  if(lic IS NULL, 'cannot be decided without performer.licences (Licence types the rendering provider held in the state of service on the date of service; from the performer roster). Give it with --roster.', code || ' by ' || lic), if(lic IS NULL, ['performer.licences'], []),
  '{{"procedure": ' || js(code) || ', "performer.licences": ' || if(lic IS NULL, 'null', js([lic])) || '}}', '9:procedure' || part(code) || '18:performer.licences' || part(nul(lic))
  FROM l WHERE code = '97124' AND (lic IS NULL OR lic NOT IN ('LMT','DC','PT'));
INSERT INTO f SELECT 'R4', if(minutes IS NULL, 'needs_info', 'violation'), claim_id::VARCHAR, line_id, [],
  if(minutes IS NULL, 'cannot be decided without minutes (Documented minutes of the service; in timed therapy, of direct treatment; from the treatment record). Give it with --facts, as a table column or in JSON.', units || ' units in ' || minutes || ' minutes'), if(minutes IS NULL, ['minutes'], []),
  '{{"procedure": ' || js(code) || ', "units": ' || units || ', "minutes": ' || coalesce(minutes::VARCHAR, 'null') || '}}', '9:procedure' || part(code) || '5:units' || part(units::VARCHAR) || '7:minutes' || part(nul(minutes::VARCHAR))
  FROM l WHERE timed AND (minutes IS NULL OR units > (minutes + 7) // 15);
INSERT INTO f SELECT 'R5', 'violation', claim_id::VARCHAR, line_id, [], v.units || ' units on one day', [],
  '{{"procedure": ' || js(code) || ', "service_date": "' || day || '", "billed": ' || v.units || '}}', '9:procedure' || part(code) || '12:service_date' || part(day::VARCHAR) || '6:billed' || part(v.units::VARCHAR)
  FROM l JOIN visit v USING (patient_id, day) WHERE timed AND v.units > 4;
INSERT INTO f SELECT 'R6', 'violation', claim_id::VARCHAR, line_id, [], billed || ' units in one year', [],
  '{{"procedure": ' || js(code) || ', "billed": ' || billed || '}}', '9:procedure' || part(code) || '6:billed' || part(billed::VARCHAR)
  FROM (SELECT *, sum(units) OVER (PARTITION BY patient_id, year(day)) AS billed FROM l WHERE code = 'A5512') WHERE billed > 6;
INSERT INTO f WITH w AS (SELECT a.line_id, arg_min({{'claim': b.claim_id::VARCHAR, 'line': b.line_id, 'code': b.code}}, (b.day, b.claim_id::VARCHAR, b.line_id)) AS o
    FROM l a JOIN l b ON a.patient_id = b.patient_id AND a.npi = b.npi AND b.day BETWEEN a.day - 14 AND a.day WHERE a.ipc AND b.code IN ('99213','99214') GROUP BY 1)
  SELECT 'R7', 'violation', claim_id::VARCHAR, line_id, [{{'claim': o.claim, 'line': o.line}}], code || ' after ' || o.code, [],
  '{{"procedure": ' || js(code) || ', "rendering_npi": ' || js(npi) || ', "other.procedure": ' || js(o.code) || '}}', '9:procedure' || part(code) || '13:rendering_npi' || part(npi) || '15:other.procedure' || part(o.code)
  FROM l JOIN w USING (line_id);
INSERT INTO f WITH w AS (SELECT a.line_id, arg_min({{'claim': b.claim_id::VARCHAR, 'line': b.line_id, 'code': b.code}}, (b.day, b.claim_id::VARCHAR, b.line_id)) AS o
    FROM l a JOIN l b ON a.patient_id = b.patient_id AND b.day BETWEEN a.day - 6 AND a.day WHERE a.ipc AND b.ipc AND (b.day, b.line_id) < (a.day, a.line_id) GROUP BY 1)
  SELECT 'R8', 'violation', claim_id::VARCHAR, line_id, [{{'claim': o.claim, 'line': o.line}}], code || ' after ' || o.code, [],
  '{{"procedure": ' || js(code) || ', "service_date": "' || day || '", "line": ' || line_id || ', "other.procedure": ' || js(o.code) || '}}',
  '9:procedure' || part(code) || '12:service_date' || part(day::VARCHAR) || '4:line' || part(line_id::VARCHAR) || '15:other.procedure' || part(o.code)
  FROM l JOIN w USING (line_id);
INSERT INTO f SELECT 'R9', 'violation', claim_id::VARCHAR, line_id, [], code || ' without AT', [],
  '{{"payer": ' || js(payer) || ', "procedure": ' || js(code) || ', "modifiers": ' || js(mods) || '}}', '5:payer' || part(payer) || '9:procedure' || part(code) || '9:modifiers' || part(cs(mods))
  FROM l WHERE payer = 'MEDICARE' AND cmt AND NOT list_contains(mods, 'AT');
CREATE TABLE twin AS SELECT hash(patient_id, day, code, npi) AS h FROM every GROUP BY 1 HAVING count(*) > 1;
CREATE TABLE alike AS SELECT line_id, claim_id, patient_id, day, code, npi, mods, sorted(mods) AS m FROM every SEMI JOIN twin ON hash(patient_id, day, code, npi) = h;
INSERT INTO f WITH w AS (SELECT a.line_id, arg_min({{'claim': b.claim_id::VARCHAR, 'line': b.line_id, 'code': b.code}}, (b.day, b.claim_id::VARCHAR, b.line_id)) AS o
    FROM alike a JOIN alike b ON a.patient_id = b.patient_id AND a.day = b.day AND a.code = b.code AND a.npi = b.npi AND a.m = b.m AND b.line_id < a.line_id GROUP BY 1)
  SELECT 'R10', 'violation', claim_id::VARCHAR, line_id, [{{'claim': o.claim, 'line': o.line}}], code || ' twice', [],
  '{{"service_date": "' || day || '", "procedure": ' || js(code) || ', "rendering_npi": ' || js(npi) || ', "modifiers": ' || js(mods) || ', "line": ' || line_id || ', "other.procedure": ' || js(o.code) || '}}',
  '12:service_date' || part(day::VARCHAR) || '9:procedure' || part(code) || '13:rendering_npi' || part(npi) || '9:modifiers' || part(cs(mods)) || '4:line' || part(line_id::VARCHAR) || '15:other.procedure' || part(o.code)
  FROM alike JOIN w USING (line_id);
INSERT INTO f SELECT 'R11', 'violation', claim_id::VARCHAR, line_id, [], code || ' without 97810', [],
  '{{"procedure": ' || js(code) || ', "service_date": "' || day || '"}}', '9:procedure' || part(code) || '12:service_date' || part(day::VARCHAR)
  FROM l JOIN visit v USING (patient_id, day) WHERE code = '97811' AND NOT v.first_needle;
CREATE TABLE met AS SELECT DISTINCT code FROM every;
CREATE TABLE edits AS SELECT column1, column2, effective, coalesce(deletion, DATE '9999-12-31') AS deletion, modifier_indicator AS indicator FROM read_parquet('{pairs}')
  SEMI JOIN met a ON column1 = a.code SEMI JOIN met b ON column2 = b.code WHERE modifier_indicator IN (0, 1);
-- Related are the first partner by edits without an exception and the first by those with one, whoever's modifiers.
CREATE TABLE others AS SELECT a.line_id, indicator, b.line_id AS other FROM (SELECT a.line_id, column1, a.patient_id, a.day, a.npi, indicator FROM every a
    JOIN edits ON a.code = column2 AND a.day BETWEEN effective AND deletion) a
  JOIN every b ON b.code = a.column1 AND b.patient_id = a.patient_id AND b.day = a.day AND b.npi = a.npi AND b.line_id <> a.line_id;
INSERT INTO f WITH o AS (SELECT o.line_id, indicator, arg_min({{'claim': b.claim_id::VARCHAR, 'line': b.line_id, 'code': b.code}}, (b.claim_id::VARCHAR, b.line_id)) AS w
    FROM others o JOIN every b ON o.other = b.line_id GROUP BY ALL),
  w AS (SELECT line_id, any_value(w) FILTER (indicator = 0) AS w0, any_value(w) FILTER (indicator = 1) AS w1 FROM o GROUP BY ALL)
  SELECT 'R12', 'violation', claim_id::VARCHAR, line_id, list_sort(list_distinct([{{'claim': x.claim, 'line': x.line}} FOR x IN [w0, w1] IF x IS NOT NULL])), code || ' beside ' || coalesce(w0, w1).code, [],
  '{{"service_date": "' || day || '", "rendering_npi": ' || js(npi) || ', "procedure": ' || js(code) || ', "modifiers": ' || js(mods) || ', "other.procedure": ' || js(coalesce(w0, w1).code) || '}}',
  '12:service_date' || part(day::VARCHAR) || '13:rendering_npi' || part(npi) || '9:procedure' || part(code) || '9:modifiers' || part(cs(mods)) || '15:other.procedure' || part(coalesce(w0, w1).code)
  FROM every JOIN w USING (line_id) WHERE w0 IS NOT NULL OR NOT has(mods, ['59','XE','XS','XP','XU','25']);
CREATE VIEW found AS SELECT 'benchmark/twelve' AS policy, '2019-01-01' AS version, rule, verdict, 'error' AS severity, claim, [line] AS lines, related, message, 'none' AS fix, rule AS cite, missing, because,
  left(sha256('16:benchmark/twelve' || part(rule) || part(verdict) || part(claim) || part(line::VARCHAR) || facts), 32) AS fingerprint FROM f;
