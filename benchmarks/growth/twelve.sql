-- The twelve rules in DuckDB as its users would write them, a statement a rule; a finding is the rule and the line.
-- The peer that says as much as cleanclaim does (messages, facts met, fingerprints) is ../twelve_by_hand.sql.
CREATE TABLE found (rule VARCHAR, line BIGINT);
INSERT INTO found SELECT 'R1', line_id FROM lines l SEMI JOIN (FROM lines WHERE procedure IN ('98940', '98941', '98942')) m USING (patient_id, service_date)
  WHERE payer = 'ACME' AND procedure = '97124' AND NOT list_has_any(modifiers, ['59', 'XS']);
INSERT INTO found SELECT 'R2', line_id FROM lines l ANTI JOIN (FROM lines WHERE procedure IN ('98940', '98941', '98942')) m USING (patient_id, service_date)
  WHERE payer = 'BETA' AND procedure = '97124';
INSERT INTO found SELECT if(license_type IS NULL, 'R3?', 'R3'), line_id FROM lines
  WHERE procedure = '97124' AND (license_type IS NULL OR license_type NOT IN ('LMT', 'DC', 'PT'));
INSERT INTO found SELECT if(minutes IS NULL, 'R4?', 'R4'), line_id FROM lines
  WHERE procedure IN ('97124', '97140', '97110', '97112') AND (minutes IS NULL OR units > (minutes + 7) // 15);
INSERT INTO found SELECT 'R5', line_id FROM lines WHERE procedure IN ('97124', '97140', '97110', '97112')
  QUALIFY sum(units) OVER (PARTITION BY patient_id, service_date) > 4;
INSERT INTO found SELECT 'R6', line_id FROM lines WHERE procedure = 'A5512'
  QUALIFY sum(units) OVER (PARTITION BY patient_id, year(service_date)) > 6;
INSERT INTO found SELECT 'R7', line_id FROM lines l WHERE procedure IN ('99446', '99447', '99448', '99449') AND EXISTS (
  FROM lines m WHERE m.patient_id = l.patient_id AND m.rendering_npi = l.rendering_npi AND m.procedure IN ('99213', '99214')
    AND m.service_date BETWEEN l.service_date - 14 AND l.service_date);
INSERT INTO found SELECT 'R8', line_id FROM lines l WHERE procedure IN ('99446', '99447', '99448', '99449') AND EXISTS (
  FROM lines m WHERE m.patient_id = l.patient_id AND m.procedure IN ('99446', '99447', '99448', '99449')
    AND (m.service_date, m.line_id) < (l.service_date, l.line_id) AND m.service_date > l.service_date - 7);
INSERT INTO found SELECT 'R9', line_id FROM lines
  WHERE payer = 'MEDICARE' AND procedure IN ('98940', '98941', '98942') AND NOT list_contains(modifiers, 'AT');
INSERT INTO found SELECT 'R10', l.line_id FROM lines l JOIN
    (SELECT patient_id, service_date, procedure, rendering_npi, modifiers, min(line_id) AS first FROM lines GROUP BY ALL HAVING count(*) > 1) m
  USING (patient_id, service_date, procedure, rendering_npi, modifiers) WHERE l.line_id > m.first;
INSERT INTO found SELECT 'R11', line_id FROM lines l ANTI JOIN (FROM lines WHERE procedure = '97810') m USING (patient_id, service_date)
  WHERE procedure = '97811';
INSERT INTO found SELECT DISTINCT 'R12', l.line_id FROM lines l JOIN pairs p ON p.column2 = l.procedure
    AND l.service_date BETWEEN p.effective AND coalesce(p.deletion, DATE '9999-12-31')
  JOIN lines m ON m.procedure = p.column1 AND m.patient_id = l.patient_id AND m.service_date = l.service_date AND m.rendering_npi = l.rendering_npi
  WHERE p.modifier_indicator = 0 OR p.modifier_indicator = 1 AND NOT list_has_any(l.modifiers, ['59', 'XE', 'XS', 'XP', 'XU', '25']);
