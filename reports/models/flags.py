"""Flags: rules that the month of a commune has met."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.months import Month
from core.workflow import Transition, Workflow

from ..findings import told, worded


class Flag(models.Model):
    """One rule met by one commune × education level × month, with the figures of that moment.

    `indicator` is the code of what was judged (`reports.indicators`).

    Flags are raised anew from the facts: one that is no longer met is withdrawn, never deleted,
    since a plan may rest on it. What plans and papers quote of a flag they keep as text.
    """

    class Rule(models.TextChoices):
        CERTAINLY_LOW = "certainly_low", _("Certainly low")
        WATCH = "watch", _("Watch")
        FALLING = "falling", _("Falling")
        PERSISTENT = "persistent", _("Persistently low")
        CANNOT_BE_JUDGED = "cannot_be_judged", _("Cannot be judged")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        PLANNED = "planned", _("In a plan")
        VISITED = "visited", _("Visited")
        WITHDRAWN = "withdrawn", _("No longer met")

    commune = models.ForeignKey("schools.Area", on_delete=models.PROTECT, related_name="+")
    level = models.CharField(_("education level"), max_length=4, choices=EducationLevel)
    month = models.DateField(_("month"))
    indicator = models.CharField(_("indicator"), max_length=30)
    rule = models.CharField(_("rule"), max_length=16, choices=Rule)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    numerator = models.IntegerField(default=0)
    denominator = models.IntegerField(default=0)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    target = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    registers_taken = models.IntegerField(default=0)
    registers_due = models.IntegerField(default=0)
    # What was found, as `reports.findings.Finding` stores it; None before there were findings.
    finding = models.JSONField(_("what was found"), null=True, editable=False)
    # The sentence of a flag that has no finding, or was written by hand.
    written_reason = models.TextField(
        _("reason as written"), blank=True, default="", editable=False
    )
    raised_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        ordering = ["-month", "commune__code", "level", "rule"]
        constraints = [
            models.UniqueConstraint(
                fields=["commune", "level", "month", "indicator", "rule"],
                name="one_flag_per_rule_and_month",
            ),
            models.CheckConstraint(
                condition=~models.Q(indicator=""), name="flag_names_its_indicator"
            ),
        ]
        indexes = [models.Index(fields=["month", "state"], name="flag_month_state")]

    def __str__(self) -> str:
        return f"{self.get_rule_display()} · {self.commune_id} {self.level} {self.month:%m/%Y}"

    @property
    def reason(self) -> str:
        """Why it was raised, in the reader's language; asks for the commune."""
        if self.finding is None:
            return self.written_reason
        month = Month.of(self.month)
        return worded(self.finding, commune=self.commune.title, level=self.level, month=month)

    @property
    def told(self) -> str:
        """What was found alone, beside the commune and the month; asks nothing."""
        return self.written_reason if self.finding is None else told(self.finding)


_S = Flag.State
# Each follows from a decision about a plan or a visit, or from judging the month, whose event
# says how many flags it moved.
PLAN = Transition[Flag]("plan", sources={_S.OPEN}, to=_S.PLANNED)
REOPEN = Transition[Flag]("reopen", sources={_S.PLANNED}, to=_S.OPEN)
VISIT = Transition[Flag]("visit", sources={_S.OPEN, _S.PLANNED}, to=_S.VISITED)
WITHDRAW = Transition[Flag]("withdraw", sources={_S.OPEN}, to=_S.WITHDRAWN)
RAISE_AGAIN = Transition[Flag]("raise_again", sources={_S.WITHDRAWN}, to=_S.OPEN)

FLAGS = Workflow(Flag, [PLAN, REOPEN, VISIT, WITHDRAW, RAISE_AGAIN])
