"""What a visit finds: answers to the checklist, pupils counted, photos, and what is added later."""

import uuid
from collections.abc import Collection
from typing import ClassVar

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


def photo_path(photo: "VisitPhoto", filename: str) -> str:
    """Where a photo is kept: a random name, which tells nothing of where it was taken."""
    return f"visit_photos/{uuid.uuid4().hex}.{filename.rpartition('.')[2]}"


class VisitPhoto(models.Model):
    """A photo of a visit, of one question or of the whole.

    `op_id` is given by the device that took it: however often it is sent, it is there once. The row
    of a photo taken out stays without its file, so that a device that sends it once more does not
    bring it back. `digest` tells what was sent under the id, before it was made anew.
    """

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="photos")
    item = models.ForeignKey(
        ChecklistItem,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("question"),
    )
    op_id = models.UUIDField(_("operation"), unique=True)
    digest = models.CharField(_("digest"), max_length=64)
    file = models.FileField(_("photo"), upload_to=photo_path, blank=True)
    size = models.PositiveIntegerField(_("size in bytes"))
    # As the device says; empty when it says nothing or its clock is ahead.
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("taken by"),
    )
    made_at = models.DateTimeField(_("received at"))
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("taken out by"),
    )
    removed_at = models.DateTimeField(_("taken out at"), null=True, blank=True)

    class Meta:
        verbose_name = _("photo of a visit")
        verbose_name_plural = _("photos of visits")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(removed_at=None, removed_by=None) & ~models.Q(file="")
                | models.Q(removed_at__isnull=False, removed_by__isnull=False, file=""),
                name="visit_photo_has_its_file_or_was_taken_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.made_at:%d/%m/%Y}"


def scan_path(scan: "MinutesScan", filename: str) -> str:
    """Where signed minutes are kept: a random name, which tells nothing of the visit."""
    return f"signed_minutes/{uuid.uuid4().hex}.{filename.rpartition('.')[2]}"


class MinutesScan(models.Model):
    """A photo or PDF of the minutes as both sides signed them; it stays when another is added."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="scans")
    file = models.FileField(_("file"), upload_to=scan_path)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("sent by"),
    )
    made_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("signed minutes")
        verbose_name_plural = _("signed minutes")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.made_at:%d/%m/%Y}"


class HouseholdCheck(models.Model):
    """A household of the commune's survey, met during a visit: as its form says, or not.

    What the form said is kept as it was at that moment, in numbers and without a name, so that a
    form mended afterwards changes nothing here. `version` counts the times it was written.
    """

    class Result(models.TextChoices):
        SAME = "same", _("As in the survey")
        DIFFERS = "differs", _("Differs")

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="household_checks")
    # Empty once the household is no longer in any survey; village and number stay.
    household = models.ForeignKey(
        "mobilisation.Household",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("household"),
    )
    village = models.CharField(_("village"), max_length=100)
    form_number = models.CharField(_("form number"), max_length=20)
    survey_year = models.PositiveSmallIntegerField(_("year of the survey"))
    people = models.PositiveSmallIntegerField(_("people by the survey"))
    children = models.PositiveSmallIntegerField(_("children by the survey"))
    at_school = models.PositiveSmallIntegerField(_("children at school by the survey"))
    result = models.CharField(_("result of the check"), max_length=7, choices=Result)
    note = models.CharField(_("what differs"), max_length=300, blank=True)
    version = models.PositiveIntegerField(_("revision"), default=1)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("written by"),
    )
    checked_at = models.DateTimeField(_("written down at"))

    class Meta:
        verbose_name = _("household checked")
        verbose_name_plural = _("households checked")
        ordering = ["village", "form_number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "household"], name="household_is_checked_once_a_visit"
            ),
            models.CheckConstraint(
                condition=~models.Q(result="differs") | ~models.Q(note=""),
                name="household_that_differs_says_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.village} · {self.form_number}: {self.get_result_display()}"


# A line of a visit: each has a value, a note, a version, and who wrote it last.
FoundLine = ChecklistAnswer | HeadCount | HouseholdCheck


class Part(models.TextChoices):
    """What a line written down on the spot belongs to."""

    CHECKLIST = "checklist", _("Checklist")
    COUNTS = "counts", _("Pupils counted")
    HOUSEHOLDS = "households", _("Households")


class SupplementQuerySet(models.QuerySet["Supplement"]):
    """Which supplements concern whom."""

    def to_all(self) -> "SupplementQuerySet":
        """Those that everybody reads who reads the record: written for it, no late line."""
        return self.filter(part="")

    def to_schools(self, schools: Collection[int]) -> "SupplementQuerySet":
        """Those that heads of schools (ids) read: of the lines those on pupils counted there."""
        return self.filter(models.Q(part="") | models.Q(school__in=schools))


class Supplement(models.Model):
    """What is added to a recorded visit; the record itself never changes.

    A line of a device that came after the record has its `part`, and one on pupils counted the
    `school`: it is read as the lines of the record are, by the commune and, of the counts, by the
    school alone. Without a part it was written for everybody who reads the record.
    """

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="supplements")
    part = models.CharField(
        _("part of the visit"), max_length=10, choices=Part, blank=True, default="", db_default=""
    )
    school = models.ForeignKey(
        "schools.School",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("school"),
    )
    text = models.TextField(_("supplement"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("added at"))

    objects: ClassVar = SupplementQuerySet.as_manager()

    class Meta:
        verbose_name = _("supplement to a record")
        verbose_name_plural = _("supplements to records")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(part="counts", school__isnull=False)
                | (~models.Q(part="counts") & models.Q(school__isnull=True)),
                name="supplement_on_a_count_names_its_school",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]
