"""Hand-written SQL that fills the month's three tables and knows nothing else.

No calendar, no locks, no marks, no comparison with what is there: whatever the product does
beyond this is what its ratio to the floor shows.
"""

from django.db import connection

FACTS = ("reports_classmonth", "reports_classcoverage", "reports_schoolmonth")
ROLL = """
 SUM(CASE WHEN starts < '{first}' THEN 1 ELSE 0 END),
 SUM(CASE WHEN ends >= '{after}' THEN 1 ELSE 0 END),
 SUM(CASE WHEN starts >= '{first}' AND entry_reason = 'start' THEN 1 ELSE 0 END),
 SUM(CASE WHEN starts >= '{first}' AND entry_reason = 'in' THEN 1 ELSE 0 END),
 SUM(CASE WHEN starts >= '{first}' AND entry_reason = 'new' THEN 1 ELSE 0 END),
 SUM(CASE WHEN starts >= '{first}' AND entry_reason = 'return' THEN 1 ELSE 0 END),
 SUM(CASE WHEN starts >= '{first}' AND entry_reason = 'class' THEN 1 ELSE 0 END),
 SUM(CASE WHEN ends < '{after}' AND exit_reason = 'out' THEN 1 ELSE 0 END),
 SUM(CASE WHEN ends < '{after}' AND exit_reason = 'dropout' THEN 1 ELSE 0 END),
 SUM(CASE WHEN ends < '{after}' AND exit_reason = 'class' THEN 1 ELSE 0 END),
 SUM(CASE WHEN ends < '{after}' AND exit_reason = 'completed' THEN 1 ELSE 0 END),
 SUM(CASE WHEN ends < '{after}' AND exit_reason = 'other' THEN 1 ELSE 0 END)"""
NUMBERS = (
    "roll_start, roll_end, came_start, came_in, came_new, came_return, came_class, left_out,"
    " left_dropout, left_class, left_completed, left_other, expected, excused, unexcused, late,"
    " pupils, sum_aa, sum_an, sum_nn"
)
CLASSES = """
INSERT INTO reports_classmonth (school_class_id, month, grade, sex, ethnic_group, school_id,
                                commune_id, level, {numbers})
WITH spells AS MATERIALIZED (
  SELECT e.id, e.school_class_id, e.pupil_id, e.grade, e.sex, e.ethnic_group, e.school_id,
         c.level, e.entry_reason, e.valid_from AS starts,
         CASE WHEN e.valid_to <= y.valid_to THEN e.valid_to ELSE y.valid_to END AS ends,
         CASE WHEN e.valid_to <= y.valid_to THEN e.exit_reason ELSE 'completed' END AS exit_reason
    FROM schools_schoolyear y
   CROSS JOIN schools_schoolclass c CROSS JOIN schools_enrolment e
   WHERE c.year_id = y.id AND e.school_class_id = c.id
     AND y.valid_from < '{after}' AND y.valid_to > '{first}'
     AND e.valid_from < '{after}' AND (e.valid_to IS NULL OR e.valid_to >= '{first}')
), taken AS MATERIALIZED (
  SELECT id, school_class_id, date FROM attendance_register
   WHERE date >= '{first}' AND date < '{after}' AND state = 'taken'
), sessions AS (
  SELECT school_class_id, COUNT(*) AS n FROM taken GROUP BY school_class_id
), partly AS (
  SELECT s.id, COUNT(*) AS n FROM spells s JOIN taken t ON t.school_class_id = s.school_class_id
     AND t.date >= s.starts AND t.date < s.ends
   WHERE s.starts > '{first}' OR s.ends < '{after}' GROUP BY s.id
), marks AS MATERIALIZED (
  SELECT t.school_class_id, t.date, a.pupil_id, a.mark
    FROM taken t CROSS JOIN attendance_absence a WHERE a.register_id = t.id
), marked AS (
  SELECT s.id, SUM(CASE WHEN m.mark = 'P' THEN 1 ELSE 0 END) AS p,
         SUM(CASE WHEN m.mark = 'K' THEN 1 ELSE 0 END) AS k,
         SUM(CASE WHEN m.mark = 'M' THEN 1 ELSE 0 END) AS l
    FROM marks m CROSS JOIN spells s
   WHERE s.school_class_id = m.school_class_id AND s.pupil_id = m.pupil_id
     AND m.date >= s.starts AND m.date < s.ends GROUP BY s.id
), by_pupil AS (
  SELECT s.school_class_id, s.grade, s.sex, s.ethnic_group, s.school_id, s.level,
         {roll_named},
         SUM(CASE WHEN s.starts > '{first}' OR s.ends < '{after}' THEN COALESCE(p.n, 0)
                  ELSE COALESCE(k.n, 0) END) AS n,
         SUM(COALESCE(m.p, 0)) AS p, SUM(COALESCE(m.k, 0)) AS k, SUM(COALESCE(m.l, 0)) AS l
    FROM spells s LEFT JOIN sessions k ON k.school_class_id = s.school_class_id
    LEFT JOIN partly p ON p.id = s.id LEFT JOIN marked m ON m.id = s.id
   GROUP BY s.school_class_id, s.grade, s.sex, s.ethnic_group, s.school_id, s.level, s.pupil_id
)
SELECT b.school_class_id, {month}, b.grade, b.sex, b.ethnic_group, b.school_id,
       w.commune_id, b.level, {roll_sums}, SUM(n), SUM(p), SUM(k), SUM(l),
       SUM(CASE WHEN n > 0 THEN 1 ELSE 0 END), SUM((p + k) * (p + k)), SUM((p + k) * n), SUM(n * n)
  FROM by_pupil b JOIN schools_placement w ON w.school_id = b.school_id
   AND w.valid_from <= '{first}' AND (w.valid_to IS NULL OR w.valid_to > '{first}')
 GROUP BY b.school_class_id, b.grade, b.sex, b.ethnic_group, b.school_id, w.commune_id, b.level
 ORDER BY w.commune_id, b.school_class_id"""
COVERAGE = """
INSERT INTO reports_classcoverage (school_class_id, month, school_id, commune_id, level,
                                   scheduled, taken, not_held, sent_late, days, counted_to,
                                   rebuilt_at)
SELECT r.school_class_id, {month}, r.school_id, w.commune_id, c.level, COUNT(*),
       COUNT(CASE WHEN r.state = 'taken' THEN 1 END),
       COUNT(CASE WHEN r.state = 'not_held' THEN 1 END),
       COUNT(CASE WHEN {sent_on} > r.date THEN 1 END), COUNT(DISTINCT r.date), {month}, {now}
  FROM attendance_register r JOIN schools_schoolclass c ON c.id = r.school_class_id
  JOIN schools_placement w ON w.school_id = r.school_id
   AND w.valid_from <= '{first}' AND (w.valid_to IS NULL OR w.valid_to > '{first}')
 WHERE r.date >= '{first}' AND r.date < '{after}'
 GROUP BY r.school_class_id, r.school_id, w.commune_id, c.level"""
SCHOOLS = """
INSERT INTO reports_schoolmonth (school_id, month, level, sex, ethnic_group, commune_id, {numbers})
SELECT school_id, month, level, sex, ethnic_group, commune_id, {sums}
  FROM reports_classmonth WHERE month = {month}
 GROUP BY school_id, month, level, sex, ethnic_group, commune_id"""


def fill_by_hand(month):
    """Fill the three tables of a month, empty before, for every school."""
    postgresql = connection.vendor == "postgresql"
    names = [name.strip() for name in NUMBERS.split(",")]
    roll = [part.strip() for part in ROLL.strip().split("),\n")]
    roll = [part if part.endswith(")") else f"{part})" for part in roll]
    words = {
        "first": month.first.isoformat(),
        "after": month.end.isoformat(),
        "month": f"'{month.first}'::date" if postgresql else f"'{month.first}'",
        "now": "now()" if postgresql else "datetime('now')",
        "sent_on": "(r.first_sent_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
        if postgresql
        else "date(r.first_sent_at, '+7 hours')",
        "numbers": NUMBERS,
        "sums": ", ".join(f"SUM({name})" for name in names),
        "roll_named": ", ".join(f"{text} AS r{number}" for number, text in enumerate(roll)),
        "roll_sums": ", ".join(f"SUM(r{number})" for number in range(len(roll))),
    }
    words["roll_named"] = words["roll_named"].format(**words)
    with connection.cursor() as cursor:
        for statement in (CLASSES, COVERAGE, SCHOOLS):
            cursor.execute(statement.format(**words))


def empty_facts(month):
    """Take the month's facts away."""
    with connection.cursor() as cursor:
        for table in FACTS:
            cursor.execute(f"DELETE FROM {table} WHERE month = %s", [month.first.isoformat()])
