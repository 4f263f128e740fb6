"""Schools, their sites, and where they lie from when to when."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.levels import EducationLevel
from core.sorting import Sorted, SortKeyField
from core.validity import NoOverlap, ValidInTime, ends_after_it_begins

from ..enums import AreaLevel, SchoolKind
from .areas import SortedInTime


def validate_levels(text):
    """Levels are written as codes joined by commas, each once, in ascending order."""
    known = list(EducationLevel.values)
    levels = text.split(",")
    if not levels or any(level not in known for level in levels):
        raise ValidationError(_("Choose at least one education level."), code="unknown_level")
    if levels != sorted(set(levels), key=known.index):
        raise ValidationError(_("Name each education level once."), code="level_order")


class SchoolQuerySet(SortedInTime):
    def within(self, places):
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
    objects = SchoolQuerySet.as_manager()

    class Meta:
        verbose_name = _("school")
        verbose_name_plural = _("schools")
        ordering = ["name_key", "pk"]
        constraints = [ends_after_it_begins("school_ends_after_it_begins")]

    def __str__(self):
        return self.name

    @property
    def education_levels(self):
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

    def __str__(self):
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

    def __str__(self):
        return f"{self.school} · {self.commune}"

    def clean(self):
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

    objects = SortedInTime.as_manager()

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

    def __str__(self):
        return self.name


def placed_in(places):
    """Q for rows whose `school` lies in one of the areas of `places`."""
    return models.Q(school__in=_placed(places).values("school_id"))


def _placed(places):
    """Placements by which a school lies in the areas: of the day or, for reading, the last."""
    placements = Placement.objects.filter(commune_id__in=places.areas).order_by()
    if not places.reading:
        return placements.on(places.date)
    later = Placement.objects.filter(
        school=models.OuterRef("school"),
        valid_from__gt=models.OuterRef("valid_from"),
        valid_from__lte=places.date,
    )
    return placements.filter(~models.Exists(later), valid_from__lte=places.date)
