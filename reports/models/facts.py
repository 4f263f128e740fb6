"""Month facts: whole numbers that add up. No rate is stored.

`ClassMonth` counts pupils and pupil-sessions per class × grade × sex × ethnic group;
`SchoolMonth` is its sum per school × level; `ClassCoverage` counts sessions, in a table of
its own because sessions do not add over pupils. Facts are rebuilt whole, never incremented;
a `StaleMonth` row says that a class-month must be rebuilt and survives a lost broker.

Roll: start and end are the rolls of the last day before and of the last day in the month,
so start + came − left = end in every cell, and one month's end is the next one's start.

Why pupils were absent is counted along: sessions by the reason given, and how much falls on few
pupils. Who misses a tenth of the sessions is *often absent*, a fifth *very often*: the tiers of
chronic absence in use (R. Balfanz and V. Byrnes, *The Importance of Being in School*, Johns Hopkins
University 2012). They are part of what a fact is, not a rule of a year: months stay comparable.
"""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance.enums import AbsenceReason
from core.levels import EducationLevel
from schools.enums import Grade, Sex

MEASURES = (
    "roll_start",
    "roll_end",
    "came_start",
    "came_in",
    "came_new",
    "came_return",
    "came_class",
    "left_out",
    "left_dropout",
    "left_class",
    "left_completed",
    "left_other",
    "expected",
    "excused",
    "unexcused",
    "late",
    "pupils",
    "sum_aa",
    "sum_an",
    "sum_nn",
)
REASON_MEASURES = {
    f"reason_{reason}": reason for reason in AbsenceReason if reason != AbsenceReason.UNKNOWN
}
# Name of a tier -> least share of the sessions missed, as (numerator, denominator).
TIERS = {"often": (1, 10), "very_often": (1, 5)}
ABSENCE_MEASURES = (
    *REASON_MEASURES,
    *(f"{tier}_{what}" for tier in TIERS for what in ("pupils", "absent")),
)
ALL_MEASURES = (*MEASURES, *ABSENCE_MEASURES)


class Measures(models.Model):
    """The additive whole numbers of a cell.

    `came_*` and `left_*` count spells by entry and exit reason; `expected` pupil-sessions of
    registers taken; `pupils` those with at least one expected session (k); the sums are over
    these pupils, a = absences and n = expected sessions of one pupil in the month: Σa²
    (`sum_aa`), Σan (`sum_an`), Σn² (`sum_nn`). Σa is excused + unexcused, Σn is expected.

    `reason_*` are the absences, excused or not, for which the reason was given; the others have
    none. `often_pupils` are the pupils with a/n of at least a tenth and `often_absent` their
    absences, `very_often_*` the same from a fifth on: they are among the first.
    """

    roll_start = models.IntegerField(_("roll before the month"), default=0)
    roll_end = models.IntegerField(_("roll at its end"), default=0)
    came_start = models.IntegerField(default=0)
    came_in = models.IntegerField(default=0)
    came_new = models.IntegerField(default=0)
    came_return = models.IntegerField(default=0)
    came_class = models.IntegerField(default=0)
    left_out = models.IntegerField(default=0)
    left_dropout = models.IntegerField(default=0)
    left_class = models.IntegerField(default=0)
    left_completed = models.IntegerField(default=0)
    left_other = models.IntegerField(default=0)
    expected = models.IntegerField(_("expected pupil-sessions"), default=0)
    excused = models.IntegerField(default=0)
    unexcused = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    pupils = models.IntegerField(default=0)
    sum_aa = models.BigIntegerField(default=0)
    sum_an = models.BigIntegerField(default=0)
    sum_nn = models.BigIntegerField(default=0)
    reason_sick = models.IntegerField(default=0, db_default=0)
    reason_family = models.IntegerField(default=0, db_default=0)
    reason_harvest = models.IntegerField(default=0, db_default=0)
    reason_weather = models.IntegerField(default=0, db_default=0)
    reason_festival = models.IntegerField(default=0, db_default=0)
    reason_work = models.IntegerField(default=0, db_default=0)
    reason_marriage = models.IntegerField(default=0, db_default=0)
    often_pupils = models.IntegerField(default=0, db_default=0)
    often_absent = models.IntegerField(default=0, db_default=0)
    very_often_pupils = models.IntegerField(default=0, db_default=0)
    very_often_absent = models.IntegerField(default=0, db_default=0)

    class Meta:
        abstract = True


class ClassMonth(Measures):
    """Pupils of one class in one month, by grade, sex and ethnic group."""

    school = models.ForeignKey("schools.School", on_delete=models.CASCADE, related_name="+")
    commune = models.ForeignKey("schools.Area", on_delete=models.PROTECT, related_name="+")
    school_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.CASCADE, related_name="+"
    )
    month = models.DateField(_("month"))
    level = models.CharField(_("education level"), max_length=4, choices=EducationLevel)
    grade = models.SmallIntegerField(_("grade"), choices=Grade)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex)
    ethnic_group = models.CharField(_("ethnic group"), max_length=2)

    made_again = True  # counted from the registers

    class Meta:
        verbose_name = _("class month")
        verbose_name_plural = _("class months")
        constraints = [
            models.UniqueConstraint(
                fields=["school_class", "month", "grade", "sex", "ethnic_group"],
                name="class_month_cell_is_unique",
            ),
        ]
        indexes = [models.Index(fields=["school", "month"], name="classmonth_school_month")]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.month:%m/%Y}"


class SchoolMonth(Measures):
    """The class months of a school added up, by level, sex and ethnic group."""

    school = models.ForeignKey("schools.School", on_delete=models.CASCADE, related_name="+")
    commune = models.ForeignKey("schools.Area", on_delete=models.PROTECT, related_name="+")
    month = models.DateField(_("month"))
    level = models.CharField(_("education level"), max_length=4, choices=EducationLevel)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex)
    ethnic_group = models.CharField(_("ethnic group"), max_length=2)

    made_again = True  # counted from the registers

    class Meta:
        verbose_name = _("school month")
        verbose_name_plural = _("school months")
        constraints = [
            models.UniqueConstraint(
                fields=["school", "month", "level", "sex", "ethnic_group"],
                name="school_month_cell_is_unique",
            ),
        ]
        indexes = [
            models.Index(fields=["commune", "month", "level"], name="schoolmonth_commune_month"),
            models.Index(fields=["month", "level"], name="schoolmonth_month_level"),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.month:%m/%Y} {self.level}"


class ClassCoverage(models.Model):
    """Sessions of one class in one month.

    `scheduled` sessions by the calendar that are past, on days when the class has pupils, and
    every other one with a register (today's for instance); of these `taken`, `not_held`, and
    `sent_late` (taken, but first sent after their day). Due = scheduled − not held. `days`
    counts days with at least one register taken. `counted_to` is the day of counting, at
    most the first day after the month: later days are not in, and the day itself only with
    its registers. `rebuilt_at` is when the numbers last changed. A class without pupils and
    registers in the month has no row.
    """

    school = models.ForeignKey("schools.School", on_delete=models.CASCADE, related_name="+")
    commune = models.ForeignKey("schools.Area", on_delete=models.PROTECT, related_name="+")
    school_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.CASCADE, related_name="+"
    )
    month = models.DateField(_("month"))
    level = models.CharField(_("education level"), max_length=4, choices=EducationLevel)
    scheduled = models.IntegerField(default=0)
    taken = models.IntegerField(default=0)
    not_held = models.IntegerField(default=0)
    sent_late = models.IntegerField(default=0)
    days = models.IntegerField(default=0)
    counted_to = models.DateField()
    rebuilt_at = models.DateTimeField()

    made_again = True  # counted from the registers

    class Meta:
        verbose_name = _("class coverage")
        verbose_name_plural = _("class coverage")
        constraints = [
            models.UniqueConstraint(
                fields=["school_class", "month"], name="one_coverage_per_class_month"
            ),
        ]
        indexes = [
            models.Index(fields=["commune", "month", "level"], name="coverage_commune_month"),
            models.Index(fields=["school", "month"], name="coverage_school_month"),
            models.Index(fields=["month", "level"], name="coverage_month_level"),
        ]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.month:%m/%Y}"


class StaleMonth(models.Model):
    """A class-month to rebuild. A new mark changes `token`, so that a rebuild which read
    older rows does not take it away."""

    school = models.ForeignKey("schools.School", on_delete=models.CASCADE, related_name="+")
    school_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.CASCADE, related_name="+"
    )
    month = models.DateField(_("month"))
    token = models.UUIDField(default=uuid.uuid4)
    marked_at = models.DateTimeField()

    class Meta:
        verbose_name = _("stale month")
        verbose_name_plural = _("stale months")
        constraints = [
            models.UniqueConstraint(
                fields=["school_class", "month"], name="one_stale_mark_per_class_month"
            ),
        ]
        indexes = [models.Index(fields=["school", "month"], name="stale_school_month")]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.month:%m/%Y}"
