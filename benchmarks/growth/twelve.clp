; The twelve rules in CLIPS. A session holds the lines of one patient; the edits of the pair table stay asserted.
; A code's family, a day as a number and whether modifiers bypass an edit come with the line, as slots.
(deftemplate line
  (slot number) (slot payer) (slot day) (slot year) (slot procedure) (slot family) (multislot modifiers)
  (slot units) (slot due) (slot npi) (slot licence) (slot bypass))
(deftemplate edit (slot column1) (slot column2) (slot first) (slot last) (slot indicator))

(deffunction units-of-day (?day)
  (bind ?sum 0)
  (do-for-all-facts ((?m line)) (and (eq ?m:family timed) (= ?m:day ?day)) (bind ?sum (+ ?sum ?m:units)))
  ?sum)

(deffunction units-of-year (?procedure ?year)
  (bind ?sum 0)
  (do-for-all-facts ((?m line)) (and (eq ?m:procedure ?procedure) (= ?m:year ?year)) (bind ?sum (+ ?sum ?m:units)))
  ?sum)

(defrule R1
  (line (number ?n) (procedure "97124") (payer "ACME") (day ?day) (modifiers $?modifiers))
  (test (not (or (member$ "59" ?modifiers) (member$ "XS" ?modifiers))))
  (exists (line (family cmt) (day ?day)))
  => (found "R1" ?n))

(defrule R2
  (line (number ?n) (procedure "97124") (payer "BETA") (day ?day))
  (not (line (family cmt) (day ?day)))
  => (found "R2" ?n))

(defrule R3
  (line (number ?n) (procedure "97124") (licence ?licence&~nil&~"LMT"&~"DC"&~"PT"))
  => (found "R3" ?n))

(defrule R3-unknown
  (line (number ?n) (procedure "97124") (licence nil))
  => (found "R3?" ?n))

(defrule R4
  (line (number ?n) (family timed) (due ?due&~nil) (units ?units&:(> ?units ?due)))
  => (found "R4" ?n))

(defrule R4-unknown
  (line (number ?n) (family timed) (due nil))
  => (found "R4?" ?n))

(defrule R5
  (line (number ?n) (family timed) (day ?day))
  => (if (> (units-of-day ?day) 4) then (found "R5" ?n)))

(defrule R6
  (line (number ?n) (procedure "A5512") (year ?year))
  => (if (> (units-of-year "A5512" ?year) 6) then (found "R6" ?n)))

(defrule R7
  (line (number ?n) (family consult) (npi ?npi) (day ?day))
  (exists (line (family visit) (npi ?npi) (day ?before&:(<= (- ?day 14) ?before ?day))))
  => (found "R7" ?n))

(defrule R8
  (line (number ?n) (family consult) (day ?day))
  (exists (line (number ?m) (family consult)
    (day ?before&:(> ?before (- ?day 7))&:(or (< ?before ?day) (and (= ?before ?day) (< ?m ?n))))))
  => (found "R8" ?n))

(defrule R9
  (line (number ?n) (family cmt) (payer "MEDICARE") (modifiers $?modifiers))
  (test (not (member$ "AT" ?modifiers)))
  => (found "R9" ?n))

(defrule R10
  (line (number ?n) (day ?day) (procedure ?procedure) (npi ?npi) (modifiers $?modifiers))
  (exists (line (number ?m&:(< ?m ?n)) (day ?day) (procedure ?procedure) (npi ?npi) (modifiers $?modifiers)))
  => (found "R10" ?n))

(defrule R11
  (line (number ?n) (procedure "97811") (day ?day))
  (not (line (procedure "97810") (day ?day)))
  => (found "R11" ?n))

(defrule R12
  (line (number ?n) (procedure ?procedure) (day ?day) (npi ?npi) (bypass ?bypass))
  (edit (column2 ?procedure) (column1 ?other) (first ?first&:(<= ?first ?day)) (last ?last&:(<= ?day ?last))
    (indicator ?indicator&:(or (= ?indicator 0) (eq ?bypass no))))
  (exists (line (procedure ?other) (day ?day) (npi ?npi)))
  => (found "R12" ?n))
