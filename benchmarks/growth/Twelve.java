import static org.drools.model.DSL.accFunction;
import static org.drools.model.DSL.accumulate;
import static org.drools.model.DSL.declarationOf;
import static org.drools.model.DSL.exists;
import static org.drools.model.DSL.from;
import static org.drools.model.DSL.globalOf;
import static org.drools.model.DSL.not;
import static org.drools.model.DSL.on;
import static org.drools.model.Index.ConstraintType.EQUAL;
import static org.drools.model.PatternDSL.alphaIndexedBy;
import static org.drools.model.PatternDSL.betaIndexedBy;
import static org.drools.model.PatternDSL.pattern;
import static org.drools.model.PatternDSL.rule;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.drools.model.Global;
import org.drools.model.PatternDSL.PatternDef;
import org.drools.model.Rule;
import org.drools.model.Variable;
import org.drools.model.functions.Function1;
import org.drools.model.functions.Predicate1;
import org.drools.model.impl.ModelImpl;
import org.drools.modelcompiler.KieBaseBuilder;
import org.kie.api.KieBase;
import org.kie.api.runtime.KieSession;
import org.kie.api.runtime.KieSessionsPool;
import org.kie.api.runtime.rule.AccumulateFunction;

/**
 * The twelve rules in Drools' executable model, which is what Drools compiles DRL to, a session a patient.
 * Usage: java Twelve LINES.tsv PAIRS.tsv, the lines by patient and number; prints counts and seconds as JSON.
 */
public final class Twelve {
  record Line(int number, int patient, String payer, int day, int year, String procedure, String modifiers,
      int units, int minutes, String npi, String licence) {
    boolean has(String modifier) {
      return modifiers.contains(modifier);
    }

    boolean bypasses() {
      return BYPASS.stream().anyMatch(this::has);
    }
  }

  record Edit(String column1, int first, int last, int indicator) {}

  /** The pair table: reference data beside the session, which rules look into with {@code from}. */
  record Table(Map<String, List<Edit>> bySecond) {
    List<Edit> of(String procedure) {
      return bySecond.getOrDefault(procedure, List.of());
    }
  }

  /** Units added up: the accumulate function of this name is in a jar that this bundle leaves out. */
  public static final class Sum implements AccumulateFunction<Sum.Total> {
    private static final long serialVersionUID = 1;
    public static final class Total implements java.io.Serializable {
      private static final long serialVersionUID = 1;
      int units;
    }

    public Total createContext() {
      return new Total();
    }

    public void init(Total total) {
      total.units = 0;
    }

    public void accumulate(Total total, Object units) {
      total.units += (Integer) units;
    }

    public void reverse(Total total, Object units) {
      total.units -= (Integer) units;
    }

    public Object getResult(Total total) {
      return total.units;
    }

    public boolean supportsReverse() {
      return true;
    }

    public Class<?> getResultType() {
      return Integer.class;
    }

    public void writeExternal(ObjectOutput out) {}

    public void readExternal(ObjectInput in) {}
  }

  record Found(String rule, int line) {}

  static final String MASSAGE = "97124";
  static final int UNKNOWN = -1;
  static final Set<String> CMT = Set.of("98940", "98941", "98942");
  static final Set<String> TIMED = Set.of("97124", "97140", "97110", "97112");
  static final Set<String> CONSULT = Set.of("99446", "99447", "99448", "99449");
  static final Set<String> VISIT = Set.of("99213", "99214");
  static final Set<String> LICENSED = Set.of("LMT", "DC", "PT");
  static final List<String> BYPASS = List.of("59", "XE", "XS", "XP", "XU", "25");

  @SuppressWarnings({"unchecked", "rawtypes"})
  static final Global<Set<Found>> FINDINGS = (Global) globalOf(Set.class, "claims", "findings");

  static PatternDef<Line> line(Variable<Line> line, String name, Predicate1<Line> test) {
    return pattern(line).expr(name, test);
  }

  static PatternDef<Line> procedure(Variable<Line> line, String code) {
    return pattern(line).expr("procedure " + code, l -> l.procedure().equals(code),
        alphaIndexedBy(String.class, EQUAL, 0, Line::procedure, code));
  }

  /** A join on a field, hashed as a join in DRL is. */
  static <V> PatternDef<Line> same(PatternDef<Line> pattern, String name, int at, Class<V> type, Variable<Line> other,
      Function1<Line, V> field) {
    return pattern.expr("same " + name, other, (m, l) -> field.apply(m).equals(field.apply(l)),
        betaIndexedBy(type, EQUAL, at, field, field));
  }

  static PatternDef<Line> sameDay(PatternDef<Line> pattern, Variable<Line> other) {
    return same(pattern, "day", 1, Integer.class, other, Line::day);
  }

  static PatternDef<Line> sameNpi(PatternDef<Line> pattern, Variable<Line> other) {
    return same(pattern, "npi", 2, String.class, other, Line::npi);
  }

  static ModelImpl model(Table table) {
    Variable<Line> l = declarationOf(Line.class, "l");
    Variable<Line> m = declarationOf(Line.class, "m");
    ModelImpl model = new ModelImpl();
    model.addGlobal(FINDINGS);
    List<Rule> rules = new ArrayList<>();
    rules.add(rule("R1").build(
        procedure(l, MASSAGE).expr("ACME", x -> x.payer().equals("ACME")).expr("apart", x -> !x.has("59") && !x.has("XS")),
        exists(sameDay(line(m, "cmt", x -> CMT.contains(x.procedure())), l)), found("R1", l)));
    rules.add(rule("R2").build(
        procedure(l, MASSAGE).expr("BETA", x -> x.payer().equals("BETA")),
        not(sameDay(line(m, "cmt", x -> CMT.contains(x.procedure())), l)), found("R2", l)));
    rules.add(rule("R3").build(
        procedure(l, MASSAGE).expr("unlicensed", x -> !x.licence().isEmpty() && !LICENSED.contains(x.licence())),
        found("R3", l)));
    rules.add(rule("R3?").build(procedure(l, MASSAGE).expr("no licence", x -> x.licence().isEmpty()), found("R3?", l)));
    rules.add(rule("R4").build(
        line(l, "timed", x -> TIMED.contains(x.procedure()))
            .expr("more units", x -> x.minutes() != UNKNOWN && x.units() > (x.minutes() + 7) / 15),
        found("R4", l)));
    rules.add(rule("R4?").build(
        line(l, "timed", x -> TIMED.contains(x.procedure())).expr("no minutes", x -> x.minutes() == UNKNOWN),
        found("R4?", l)));
    rules.add(summed("R5", 4, line(l, "timed", x -> TIMED.contains(x.procedure())), l,
        sameDay(line(m, "timed", x -> TIMED.contains(x.procedure())), l), m));
    rules.add(summed("R6", 6, procedure(l, "A5512"), l,
        same(procedure(m, "A5512"), "year", 1, Integer.class, l, Line::year), m));
    rules.add(rule("R7").build(
        line(l, "consult", x -> CONSULT.contains(x.procedure())),
        exists(sameNpi(line(m, "visit", x -> VISIT.contains(x.procedure())), l)
            .expr("within 14 days", l, (b, a) -> 0 <= a.day() - b.day() && a.day() - b.day() <= 14)),
        found("R7", l)));
    rules.add(rule("R8").build(
        line(l, "consult", x -> CONSULT.contains(x.procedure())),
        exists(line(m, "consult", x -> CONSULT.contains(x.procedure()))
            .expr("before", l, (b, a) -> a.day() - b.day() < 7
                && (b.day() < a.day() || b.day() == a.day() && b.number() < a.number()))),
        found("R8", l)));
    rules.add(rule("R9").build(
        line(l, "cmt", x -> CMT.contains(x.procedure()))
            .expr("MEDICARE", x -> x.payer().equals("MEDICARE")).expr("no AT", x -> !x.has("AT")),
        found("R9", l)));
    rules.add(rule("R10").build(
        pattern(l),
        exists(same(sameNpi(sameDay(same(pattern(m), "procedure", 0, String.class, l, Line::procedure), l), l),
            "modifiers", 3, String.class, l, Line::modifiers).expr("before", l, (b, a) -> b.number() < a.number())),
        found("R10", l)));
    rules.add(rule("R11").build(
        procedure(l, "97811"), not(sameDay(procedure(m, "97810"), l)), found("R11", l)));
    Variable<Edit> e = declarationOf(Edit.class, "e", from(l, x -> table.of(x.procedure())));
    rules.add(rule("R12").build(
        pattern(l),
        pattern(e).expr("applies", l, (edit, x) -> edit.first() <= x.day() && x.day() <= edit.last()
            && (edit.indicator() == 0 || !x.bypasses())),
        exists(sameNpi(sameDay(pattern(m).expr("column 1", e, (x, edit) -> x.procedure().equals(edit.column1()),
            betaIndexedBy(String.class, EQUAL, 0, Line::procedure, Edit::column1)), l), l)),
        found("R12", l)));
    return model.withRules(rules);
  }

  static Rule summed(String name, int most, PatternDef<Line> judged, Variable<Line> l, PatternDef<Line> summed,
      Variable<Line> m) {
    Variable<Integer> units = declarationOf(Integer.class, "units");
    Variable<Integer> total = declarationOf(Integer.class, "total");
    return rule(name).build(
        judged,
        accumulate(summed.bind(units, Line::units), accFunction(Sum::new, units).as(total)),
        pattern(total).expr("above", x -> x > most),
        found(name, l));
  }

  static org.drools.model.RuleItemBuilder<?> found(String rule, Variable<Line> l) {
    return on(l, FINDINGS).execute((line, findings) -> findings.add(new Found(rule, line.number())));
  }

  static Line parsed(String row) {
    String[] f = row.split("\t", -1);
    return new Line(Integer.parseInt(f[0]), Integer.parseInt(f[1]), f[2].intern(), Integer.parseInt(f[3]),
        Integer.parseInt(f[4]), f[5].intern(), f[6].intern(), Integer.parseInt(f[7]), Integer.parseInt(f[8]), f[9],
        f[10].intern());
  }

  static Table table(Path pairs) throws IOException {
    Map<String, List<Edit>> bySecond = new HashMap<>();
    for (String row : Files.readAllLines(pairs)) {
      String[] f = row.split("\t");
      bySecond.computeIfAbsent(f[1], at -> new ArrayList<>())
          .add(new Edit(f[0], Integer.parseInt(f[2]), Integer.parseInt(f[3]), Integer.parseInt(f[4])));
    }
    return new Table(bySecond);
  }

  private final Map<String, Integer> counts = new TreeMap<>();
  private final KieSessionsPool sessions;

  private Twelve(KieBase rules) {
    sessions = rules.newKieSessionsPool(1);
  }

  void judge(List<Line> patient) {
    Set<Found> findings = new HashSet<>();
    KieSession session = sessions.newKieSession();
    session.setGlobal("findings", findings);
    patient.forEach(session::insert);
    session.fireAllRules();
    session.dispose();
    findings.forEach(found -> counts.merge(found.rule(), 1, Integer::sum));
  }

  public static void main(String[] arguments) throws IOException {
    long started = System.nanoTime();
    Twelve twelve = new Twelve(KieBaseBuilder.createKieBaseFromModel(model(table(Path.of(arguments[1])))));
    long since = System.nanoTime();
    double setup = (since - started) / 1e9;
    long load = 0;
    long evaluate = 0;
    try (BufferedReader rows = Files.newBufferedReader(Path.of(arguments[0]))) {
      List<Line> patient = new ArrayList<>();
      for (String row = rows.readLine(); row != null; row = rows.readLine()) {
        Line line = parsed(row);
        if (!patient.isEmpty() && patient.get(0).patient() != line.patient()) {
          long read = System.nanoTime();
          twelve.judge(patient);
          long judged = System.nanoTime();
          load += read - since;
          evaluate += judged - read;
          since = judged;
          patient.clear();
        }
        patient.add(line);
      }
      twelve.judge(patient);
      evaluate += System.nanoTime() - since;
    }
    StringBuilder told = new StringBuilder();
    twelve.counts.forEach((rule, n) -> told.append(told.isEmpty() ? "" : ",").append("\"" + rule + "\":" + n));
    System.out.printf("{\"counts\":{%s},\"seconds\":{\"setup\":%.3f,\"load\":%.3f,\"evaluate\":%.3f}}%n",
        told, setup, load / 1e9, evaluate / 1e9);
  }
}
