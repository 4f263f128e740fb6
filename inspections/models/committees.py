"""Steering committees, their members, and the communes each member answers for.

Official letter 785/UBND-VX (5 June 2015), item 2b: every member has duties by name. An
assignment is also the member's scope: it ends with its dates, with the member's term and
with that version of the commune.
"""

import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.sorting import Sorted, SortKeyField
from core.validity import NoOverlap, ValidInTime, ends_after_it_begins, valid_on
from schools.enums import AreaLevel
from schools.models.areas import SortedInTime


class Committee(Sorted, ValidInTime):
    """A steering committee of an area, founded by a decision."""

    class Kind(models.TextChoices):
        REFORM = "reform", _("Steering committee for education reform")
        UNIVERSAL = "universal", _("Steering committee for universal education")

    area = models.ForeignKey("schools.Area", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.UNIVERSAL)
    name = models.CharField(_("name"), max_length=200)
    name_key = SortKeyField(_("sort key"))
    decision = models.CharField(_("founding decision"), max_length=150, blank=True)

    # The stubs hold a manager of a narrower queryset for another attribute.
    objects = SortedInTime.as_manager()  # type: ignore[assignment,misc]

    class Meta:
        verbose_name = _("steering committee")
        verbose_name_plural = _("steering committees")
        constraints = [ends_after_it_begins("committee_ends_after_it_begins")]

    def __str__(self) -> str:
        return self.name


def sits(date: datetime.date, prefix: str = "") -> models.Q:
    """Q for members (or rows of members, with `prefix`) whose term and committee hold on a day."""
    return valid_on(date, prefix) & valid_on(date, f"{prefix}committee__")


class Member(Sorted, ValidInTime):
    """A person in a committee for a term."""

    class Role(models.TextChoices):
        HEAD = "head", _("Head")
        STANDING_DEPUTY = "standing", _("Standing deputy head")
        DEPUTY = "deputy", _("Deputy head")
        MEMBER = "member", _("Member")
        SECRETARY = "secretary", _("Secretary")

    committee = models.ForeignKey(Committee, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="committee_memberships",
    )
    full_name = models.CharField(_("full name"), max_length=100)
    name_key = SortKeyField(_("sort key"), source="full_name", kind="sort_key")
    position = models.CharField(_("position"), max_length=150, blank=True)
    organisation = models.CharField(_("organisation"), max_length=150, blank=True)
    # What of the committee's work falls to this member's branch, in the words of the decision.
    sector = models.CharField(_("sector"), max_length=150, blank=True, default="", db_default="")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)

    # The stubs hold a manager of a narrower queryset for another attribute.
    objects = SortedInTime.as_manager()  # type: ignore[assignment,misc]

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [ends_after_it_begins("member_ends_after_it_begins")]

    def __str__(self) -> str:
        return self.full_name

    @property
    def described(self) -> str:
        """Name, position and organisation, as a paper names a person."""
        return ", ".join(filter(None, (self.full_name, self.position, self.organisation)))

    def sits_on(self, date: datetime.date) -> bool:
        """Whether the term, and the committee itself, hold on a day."""
        return self.is_valid_on(date) and self.committee.is_valid_on(date)


class Assignment(ValidInTime):
    """A member answers for a commune between two days; one member per commune and committee."""

    committee = models.ForeignKey(Committee, on_delete=models.CASCADE, related_name="assignments")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="assignments")
    commune = models.ForeignKey("schools.Area", on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(_("duty"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            NoOverlap(
                name="commune_has_one_member_per_committee",
                same=["committee", "commune"],
                violation_error_message=_(
                    "Another member already answers for this commune in that time. "
                    "End that assignment first."
                ),
            ),
            ends_after_it_begins("assignment_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.member} · {self.commune}"

    def clean(self) -> None:
        super().clean()
        if self.commune_id and self.commune.level != AreaLevel.COMMUNE:
            raise ValidationError({"commune": _("A member is assigned to communes.")})
        if self.member_id and self.committee_id and self.member.committee_id != self.committee_id:
            raise ValidationError({"member": _("This member sits in another committee.")})
