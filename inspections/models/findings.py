"""What a visit finds: answers to the checklist, pupils counted, and what is added later."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.validity import ValidInTime, ends_after_it_begins
from schools.enums import Session

from .visits import Visit


class ChecklistItem(ValidInTime):
    """One question of the checklist, asked of every visit of the days it is valid on."""

    code = models.SlugField(_("code"), max_length=40)
    section = models.CharField(_("section"), max_length=100)
    text = models.CharField(_("question"), max_length=300)
    place = models.PositiveSmallIntegerField(_("order"))

    class Meta:
        verbose_name = _("checklist question")
        verbose_name_plural = _("checklist questions")
        ordering = ["place", "pk"]
        constraints = [
            ends_after_it_begins("checklist_item_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["code", "valid_from"], name="checklist_code_begins_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class ChecklistAnswer(models.Model):
    """What the visit found for one question. `version` counts the times it was written."""

    class Answer(models.TextChoices):
        YES = "yes", _("Yes")
        PARTLY = "partly", _("Partly")
        NO = "no", _("No")
        NOT_ASKED = "none", _("Does not apply")

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="answers")
    item = models.ForeignKey(
        ChecklistItem, on_delete=models.PROTECT, related_name="+", verbose_name=_("question")
    )
    answer = models.CharField(_("answer"), max_length=6, choices=Answer)
    note = models.CharField(_("note"), max_length=500, blank=True)
    version = models.PositiveIntegerField(_("revision"), default=1)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("written by"),
    )
    answered_at = models.DateTimeField(_("answered at"))

    class Meta:
        verbose_name = _("checklist answer")
        verbose_name_plural = _("checklist answers")
        constraints = [
            models.UniqueConstraint(fields=["visit", "item"], name="one_answer_per_visit_question"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_answer_display()}"


class HeadCount(models.Model):
    """Pupils counted in one class in one session, beside what its register said at that moment.

    `roll` are the pupils enrolled that day; `registered` those present by the register, and
    None while none was sent. Both stay as they were when the count was written down, so that a
    correction of the register afterwards changes nothing here.
    """

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="counts")
    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    school_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.PROTECT, related_name="+"
    )
    date = models.DateField(_("date"))
    session = models.CharField(_("session"), max_length=2, choices=Session)
    counted = models.PositiveSmallIntegerField(_("counted"))
    roll = models.PositiveSmallIntegerField(_("roll"))
    registered = models.PositiveSmallIntegerField(
        _("present by the register"), null=True, blank=True
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    version = models.PositiveIntegerField(_("revision"), default=1)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("written by"),
    )
    counted_at = models.DateTimeField(_("written down at"))

    class Meta:
        verbose_name = _("head count")
        verbose_name_plural = _("head counts")
        ordering = ["school", "date", "session", "school_class"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "school_class", "date", "session"],
                name="one_count_per_visit_class_session",
            ),
        ]
        indexes = [models.Index(fields=["school", "date"], name="head_count_school_date")]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.date:%d/%m/%Y}: {self.counted}"

    @property
    def difference(self) -> int | None:
        """Counted less present by the register; None without a register."""
        return None if self.registered is None else self.counted - self.registered


class Supplement(models.Model):
    """What is added to a recorded visit; the record itself never changes."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="supplements")
    text = models.TextField(_("supplement"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("supplement to a record")
        verbose_name_plural = _("supplements to records")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:60]
