"""Pupils: who they are. Where they are enrolled is a matter of spells (`Enrolment`)."""

import datetime
from typing import Any, Self

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.scope import Places
from core.validity import valid_on
from core.vietnamese import fold, normalise, sort_key

from .. import ethnic_groups
from ..enums import Sex

ten_digits = RegexValidator(r"^\d{10}$", _("The ministry identifier has exactly 10 digits."))
twelve_digits = RegexValidator(r"^\d{12}$", _("The personal number has exactly 12 digits."))


class PupilQuerySet(models.QuerySet["Pupil"]):
    def within(self, places: Places) -> Self:
        """Pupils who are or were enrolled in a class inside `places`."""
        from .enrolments import Enrolment

        if not places:
            return self.none()
        return self.filter(pk__in=Enrolment.objects.within(places).values("pupil_id"))

    def enrolled_on(self, date: datetime.date) -> Self:
        """Pupils with a spell on `date`."""
        from .enrolments import Enrolment

        return self.filter(pk__in=Enrolment.objects.filter(valid_on(date)).values("pupil_id"))


class Pupil(models.Model):
    """A child. Personal data: shown only to those whose scope reaches its class."""

    ministry_id = models.CharField(
        _("ministry identifier"),
        max_length=10,
        null=True,
        blank=True,
        unique=True,
        validators=[ten_digits],
    )
    citizen_id = models.CharField(
        _("personal number"),
        max_length=12,
        null=True,
        blank=True,
        unique=True,
        validators=[twelve_digits],
    )
    full_name = models.CharField(_("full name"), max_length=100)
    name_key = models.CharField(max_length=300, editable=False)
    search_key = models.CharField(max_length=120, editable=False)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex)
    birth_date = models.DateField(_("date of birth"))
    ethnic_group = models.CharField(_("ethnic group"), max_length=2, choices=ethnic_groups.choices)
    home = models.ForeignKey(
        "schools.Area",
        verbose_name=_("home commune"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="pupils_at_home",
    )
    home_address = models.CharField(_("village, address"), max_length=200, blank=True)
    guardian_name = models.CharField(_("parent or guardian"), max_length=100, blank=True)
    guardian_phone = models.CharField(_("phone"), max_length=20, blank=True)
    # Set when everything that tells who the child is was taken away, for good.
    anonymised_at = models.DateTimeField(_("made anonymous"), null=True, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["name_key", "search_key"])
    objects = PupilQuerySet.as_manager()

    class Meta:
        verbose_name = _("pupil")
        verbose_name_plural = _("pupils")
        ordering = ["name_key", "pk"]
        indexes = [models.Index(fields=["search_key"], name="pupil_search_key")]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_keys()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        self.set_keys()

    def set_keys(self) -> None:
        """Normalise the name and derive its sort and search keys; bulk writers call it too."""
        self.full_name = normalise(self.full_name)
        self.name_key = sort_key(self.full_name)
        self.search_key = fold(self.full_name)
        self.ministry_id = self.ministry_id or None
        self.citizen_id = self.citizen_id or None
