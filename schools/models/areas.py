"""Administrative units, valid in time.

A row of `Area` is one *version* of a unit. Name, kind or parent changes: the version ends
and the next one begins, and a `Succession` row joins the two. Codes and names are taken
over by other territory, so the identity is (level, code, valid_from), never code or name.
"""

from typing import ClassVar, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.sorting import Sorted, SortedQuerySet, SortKeyField
from core.validity import NoOverlap, ValidInTime, ValidInTimeQuerySet, ends_after_it_begins

from ..enums import AreaKind, AreaLevel

Row = TypeVar("Row", bound=models.Model)


class SortedInTime(SortedQuerySet[Row], ValidInTimeQuerySet[Row]):  # type: ignore[override]  # as_manager, by the plugin
    """Rows valid in time whose sort keys follow what they are made from."""


class Area(Sorted, ValidInTime):
    """One version of a province, district, commune or village."""

    level = models.PositiveSmallIntegerField(_("level"), choices=AreaLevel)
    kind = models.CharField(_("kind"), max_length=10, choices=AreaKind)
    code = models.CharField(_("code"), max_length=10)
    name = models.CharField(_("name"), max_length=100)
    name_key = SortKeyField(_("sort key"))
    parent = models.ForeignKey(
        "self",
        verbose_name=_("lies in"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    decree = models.CharField(_("by decree"), max_length=100, blank=True)

    objects: ClassVar = SortedInTime.as_manager()  # type: ignore[assignment]  # narrower

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        constraints = [
            models.UniqueConstraint(
                fields=["level", "code", "valid_from"], name="area_version_is_unique"
            ),
            NoOverlap(name="area_versions_do_not_overlap", same=["level", "code"]),
            ends_after_it_begins("area_ends_after_it_begins"),
            models.CheckConstraint(
                condition=models.Q(level=AreaLevel.PROVINCE, parent=None)
                | (~models.Q(level=AreaLevel.PROVINCE) & ~models.Q(parent=None)),
                name="area_has_parent_unless_province",
            ),
        ]
        indexes = [models.Index(fields=["parent", "valid_from"], name="area_parent_from")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """Full name as an office writes it, for example "Xã Mường Kim"."""
        kind = str(self.get_kind_display())
        return f"{kind[:1].upper()}{kind[1:]} {self.name}"


class Succession(models.Model):
    """The territory of `old` went into `new` on `effective_on`, by `decree`."""

    old = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="successions_out")
    new = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="successions_in")
    effective_on = models.DateField(_("effective on"))
    decree = models.CharField(_("by decree"), max_length=100)

    class Meta:
        verbose_name = _("succession")
        verbose_name_plural = _("successions")
        constraints = [
            models.UniqueConstraint(fields=["old", "new"], name="succession_is_unique"),
            models.CheckConstraint(
                condition=~models.Q(old=models.F("new")), name="succession_joins_two_versions"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old} → {self.new} ({self.effective_on:%d/%m/%Y})"


class ClusterMembership(ValidInTime):
    """A commune supervised within a cluster. The official tree is not touched by it."""

    cluster = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="cluster_members")
    commune = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="cluster_memberships")

    class Meta:
        verbose_name = _("cluster membership")
        verbose_name_plural = _("cluster memberships")
        constraints = [
            NoOverlap(name="commune_lies_in_one_cluster", same=["commune"]),
            ends_after_it_begins("cluster_membership_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.commune} ∈ {self.cluster}"


class AreaDesignation(ValidInTime):
    """A status given by decree for a time, such as "especially difficult commune"."""

    class Kind(models.TextChoices):
        ESPECIALLY_DIFFICULT = "dbkk", _("Especially difficult (region III)")
        BORDER = "border", _("Border commune")

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="designations")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    decree = models.CharField(_("by decree"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("designation")
        verbose_name_plural = _("designations")
        constraints = [
            NoOverlap(name="designation_does_not_overlap", same=["area", "kind"]),
            ends_after_it_begins("designation_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.area}: {self.get_kind_display()}"
