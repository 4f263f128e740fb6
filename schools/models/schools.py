"""Schools, their sites, and where they lie from when to when."""

from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.levels import EducationLevel
from core.scope import Places
from core.sorting import Sorted, SortKeyField
from core.validity import NoOverlap, ValidInTime, ends_after_it_begins

from ..enums import AreaLevel, SchoolKind
from .areas import SortedInTime


def validate_levels(text: str) -> None:
    """Levels are written as codes joined by commas, each once, in ascending order."""
    known = list(EducationLevel.values)
    levels = text.split(",")
    if not levels or any(level not in known for level in levels):
        raise ValidationError(_("Choose at least one education level."), code="unknown_level")
    if levels != sorted(set(levels), key=known.index):
        raise ValidationError(_("Name each education level once."), code="level_order")


class SchoolQuerySet(SortedInTime["School"]):  # type: ignore[override]  # as_manager, by the plugin
    def within(self, places: Places) -> Self:
        """Schools that lie wholly inside `places` (a class grant reaches no school)."""
        if not places:
            return self.none()
        condition = models.Q(pk__in=places.schools)
        if places.areas:
            condition |= models.Q(pk__in=_placed(places).values("school_id"))
        return self.filter(condition)


class School(Sorted, ValidInTime):
    """A school, from opening to closing. Its commune and type are dated rows."""

    code = models.CharField(_("ministry code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150)
    name_key = SortKeyField(_("sort key"))
    levels = models.CharField(_("levels taught"), max_length=20, validators=[validate_levels])

    history = HistoricalRecords(excluded_fields=["name_key"])
    objects: ClassVar = SchoolQuerySet.as_manager()  # type: ignore[assignment]  # narrower

    class Meta:
        verbose_name = _("school")
        verbose_name_plural = _("schools")
        ordering = ["name_key", "pk"]
        constraints = [ends_after_it_begins("school_ends_after_it_begins")]

    def __str__(self) -> str:
        return self.name

    @property
    def education_levels(self) -> list[EducationLevel]:
        """The levels taught, as `EducationLevel` members."""
        return [EducationLevel(code) for code in self.levels.split(",")]


class SchoolStatus(ValidInTime):
    """The type of a school during a time (semi-boarding is granted and withdrawn by decision)."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="statuses")
    kind = models.CharField(_("type of school"), max_length=10, choices=SchoolKind)
    decision = models.CharField(_("by decision"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("type of school")
        verbose_name_plural = _("types of school")
        constraints = [
            NoOverlap(name="school_has_one_type", same=["school"]),
            ends_after_it_begins("school_status_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.school}: {self.get_kind_display()}"


class Placement(ValidInTime):
    """The commune in which a school lies during a time; exactly one on any day."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="placements")
    commune = models.ForeignKey("schools.Area", on_delete=models.PROTECT, related_name="placements")

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        constraints = [
            NoOverlap(name="school_lies_in_one_commune", same=["school"]),
            ends_after_it_begins("placement_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["commune", "valid_from"], name="placement_commune_from")]

    def __str__(self) -> str:
        return f"{self.school} · {self.commune}"

    def clean(self) -> None:
        super().clean()
        if self.commune_id and self.commune.level != AreaLevel.COMMUNE:
            raise ValidationError(
                {"commune": _("A school lies in a commune, ward or township.")},
                code="not_a_commune",
            )


class Site(Sorted, ValidInTime):
    """A place where a school teaches: the main site or a satellite (điểm trường lẻ)."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="sites")
    name = models.CharField(_("name"), max_length=100)
    name_key = SortKeyField(_("sort key"))
    is_main = models.BooleanField(_("main site"), default=False)
    village = models.ForeignKey(
        "schools.Area",
        verbose_name=_("village"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sites",
    )

    objects: ClassVar = SortedInTime.as_manager()  # type: ignore[assignment]  # narrower

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["-is_main", "name_key", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["school", "name"], name="site_name_is_unique"),
            models.UniqueConstraint(
                fields=["school"],
                condition=models.Q(is_main=True),
                name="school_has_one_main_site",
            ),
            ends_after_it_begins("site_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return self.name


class SchoolChange(models.Model):
    """A decision about schools: opened, changed, moved, merged, split or closed, from a day on.

    Written once and never changed. `decision` and `decided_on` are the number and the date of
    the paper; both are empty for a school that was there before the software and for a
    correction. What each school had to do with it is a `SchoolChangePart`.
    """

    class Kind(models.TextChoices):
        OPENED = "opened", _("School opened")
        CHANGED = "changed", _("School changed")
        MOVED = "moved", _("School placed in another commune")
        MERGED = "merged", _("Schools merged")
        SPLIT = "split", _("School split")
        CLOSED = "closed", _("School closed")

    kind = models.CharField(_("what was decided"), max_length=8, choices=Kind)
    effective_on = models.DateField(_("in force from"))
    decision = models.CharField(_("number of the decision"), max_length=100, blank=True)
    decided_on = models.DateField(_("date of the decision"), null=True, blank=True)
    # Empty for the command line.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(_("entered"), auto_now_add=True)
    schools = models.ManyToManyField(
        School, through="SchoolChangePart", related_name="changes", verbose_name=_("schools")
    )

    class Meta:
        verbose_name = _("decision about schools")
        verbose_name_plural = _("decisions about schools")
        ordering = ["-effective_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision="", decided_on=None)
                | (~models.Q(decision="") & models.Q(decided_on__isnull=False)),
                name="school_decision_has_number_and_date",
                violation_error_message=_("Write the number of the decision and its date."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.effective_on:%d/%m/%Y}"


class SchoolChangePart(models.Model):
    """What a decision did to one school."""

    class Part(models.TextChoices):
        BEGAN = "began", _("begins")
        WENT_ON = "went_on", _("goes on")
        ENDED = "ended", _("ends")

    change = models.ForeignKey(
        SchoolChange,
        on_delete=models.CASCADE,
        related_name="parts",
        verbose_name=_("decision about schools"),
    )
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="change_parts")
    part = models.CharField(_("the school"), max_length=8, choices=Part)

    class Meta:
        verbose_name = _("school of a decision")
        verbose_name_plural = _("schools of a decision")
        constraints = [
            models.UniqueConstraint(
                fields=["change", "school"], name="school_has_one_part_in_a_decision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change}: {self.school}"


def placed_in(places: Places) -> models.Q:
    """Q for rows whose `school` lies in one of the areas of `places`."""
    return models.Q(school__in=_placed(places).values("school_id"))


def _placed(places: Places) -> models.QuerySet[Placement]:
    """Placements by which a school lies in the areas: of the day or, for reading, the last."""
    placements = Placement.objects.filter(commune_id__in=places.areas).order_by()
    assert places.date is not None, "only places without areas are of no day"
    if not places.reading:
        return placements.on(places.date)
    later = Placement.objects.filter(
        school=models.OuterRef("school"),
        valid_from__gt=models.OuterRef("valid_from"),
        valid_from__lte=places.date,
    )
    return placements.filter(~models.Exists(later), valid_from__lte=places.date)
