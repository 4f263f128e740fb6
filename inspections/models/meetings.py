"""How a committee works: its working regulation, and the meetings it held."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.validity import NoOverlap, ValidInTime, ends_after_it_begins

from .committees import Committee, Member

LONGEST_TEXT = 6_000
MOST_MONTHS = 12


def regulation_path(regulation: "Regulation", filename: str) -> str:
    """Where the file of a regulation is kept: a random name."""
    return f"regulations/{uuid.uuid4().hex}.{filename.rpartition('.')[2]}"


class Regulation(ValidInTime):
    """The working regulation (quy chế làm việc) of a committee, in versions.

    `meets_every` and `reports_every` are months; 0: it says nothing of that.
    """

    committee = models.ForeignKey(
        Committee,
        on_delete=models.CASCADE,
        related_name="regulations",
        verbose_name=_("steering committee"),
    )
    paper = models.CharField(_("number and day of the paper"), max_length=150)
    meets_every = models.PositiveSmallIntegerField(
        _("meets every so many months"), default=0, validators=[MaxValueValidator(MOST_MONTHS)]
    )
    reports_every = models.PositiveSmallIntegerField(
        _("reports every so many months"), default=0, validators=[MaxValueValidator(MOST_MONTHS)]
    )
    articles = models.TextField(_("what it says that matters"), max_length=2_000, blank=True)
    file = models.FileField(_("file"), upload_to=regulation_path, blank=True)

    class Meta:
        verbose_name = _("working regulation")
        verbose_name_plural = _("working regulations")
        ordering = ["valid_from"]
        constraints = [
            NoOverlap(
                name="one_regulation_of_a_committee_a_day",
                same=["committee"],
                violation_error_message=_("The committee has another regulation in that time."),
            ),
            ends_after_it_begins("regulation_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return self.paper


class Meeting(models.Model):
    """A meeting that a committee held, with what its minutes say."""

    committee = models.ForeignKey(
        Committee,
        on_delete=models.PROTECT,
        related_name="meetings",
        verbose_name=_("steering committee"),
    )
    held_on = models.DateField(_("held on"))
    place = models.CharField(_("where it was held"), max_length=150)
    chair = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("in the chair")
    )
    present = models.ManyToManyField(
        Member, related_name="meetings", blank=True, verbose_name=_("members present")
    )
    guests = models.CharField(_("others present"), max_length=300, blank=True)
    content = models.TextField(_("what was discussed"), max_length=LONGEST_TEXT)
    decided = models.TextField(_("what was decided"), max_length=LONGEST_TEXT)
    # How often it was written; who writes it sends back the one they saw.
    version = models.PositiveIntegerField(_("revision"), default=1)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("written by"),
    )
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("meeting of a committee")
        verbose_name_plural = _("meetings of committees")
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "held_on"],
                name="one_meeting_of_a_committee_a_day",
                violation_error_message=_(
                    "The meeting of that day is written down already. Open it to change it."
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.committee} · {self.held_on:%d/%m/%Y}"
