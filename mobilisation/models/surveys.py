"""The household survey (phiếu điều tra phổ cập): rounds, households, persons.

A person and a household are kept from year to year; what a family told in one year is a
`SurveyEntry` of that year's round. So a match with a pupil holds on next year, and an old round
still counts what it counted.
"""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.scope import Places
from core.vietnamese import fold, normalise, sort_key, title_key
from schools import ethnic_groups
from schools.enums import AreaLevel, Grade, Sex
from schools.models.pupils import twelve_digits

from ..enums import GONE, Presence, Removal, Residence

FIRST_YEAR, LAST_YEAR = 2010, 2099
OF_YEARS = [MinValueValidator(1900), MaxValueValidator(LAST_YEAR)]


class SurveyRoundQuerySet(models.QuerySet["SurveyRound"]):
    def within(self, places: Places) -> Self:
        """Rounds of communes inside `places`."""
        return self.filter(commune_id__in=places.areas)


class SurveyRound(models.Model):
    """The survey of one commune in one year. The year is that in which ages count."""

    commune = models.ForeignKey(
        "schools.Area",
        verbose_name=_("commune"),
        on_delete=models.PROTECT,
        related_name="survey_rounds",
    )
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)]
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("opened by"),
    )
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)

    objects = SurveyRoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey round")
        verbose_name_plural = _("survey rounds")
        ordering = ["-year", "commune_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["commune", "year"], name="commune_has_one_survey_round_a_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commune} · {self.year}"

    def clean(self) -> None:
        super().clean()
        if self.commune_id and self.commune.level != AreaLevel.COMMUNE:
            raise ValidationError(
                {"commune": _("A survey is of a commune, ward or township.")},
                code="not_a_commune",
            )


class Household(models.Model):
    """A household by its form number (số phiếu) within a village.

    A village (thôn, bản) is a name inside its commune, compared without case and accents:
    there is no list of villages with codes that offices agree on (decision 61).
    """

    commune = models.ForeignKey(
        "schools.Area",
        verbose_name=_("commune"),
        on_delete=models.PROTECT,
        related_name="households",
    )
    village = models.CharField(_("village"), max_length=100)
    village_key = models.CharField(_("village"), max_length=120, editable=False)
    village_sort = models.CharField(_("village"), max_length=400, editable=False)
    form_number = models.CharField(_("form number"), max_length=20)
    head_name = models.CharField(_("head of household"), max_length=100, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    residence = models.CharField(
        _("kind of residence"), max_length=4, choices=Residence, default=Residence.PERMANENT
    )
    # Who lives there says how long the names are kept; of a household with nobody in it, this does.
    # Rows of before the field have the year in which it came.
    told_in = models.PositiveSmallIntegerField(
        _("year of the survey that last wrote it"), db_default=2026, editable=False
    )

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        ordering = ["village_sort", "form_number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["commune", "village_key", "form_number"],
                name="form_number_is_unique_in_village",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.village} · {self.form_number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_keys()
        super().save(*args, **kwargs)

    def set_keys(self) -> None:
        """Derive the keys of the village; bulk writers call it too."""
        self.village = normalise(self.village)
        self.village_key = village_key(self.village)
        self.village_sort = title_key(self.village)


class SurveyPerson(models.Model):
    """Somebody of a household, kept from round to round. Personal data of children and adults.

    Nothing of religion, poverty, certificates or parents is kept: no page of ours needs it.
    """

    full_name = models.CharField(_("full name"), max_length=100)
    name_key = models.CharField(max_length=300, editable=False)
    search_key = models.CharField(max_length=120, editable=False)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex)
    birth_year = models.PositiveSmallIntegerField(_("year of birth"), validators=OF_YEARS)
    # Empty where the family did not know day and month.
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    ethnic_group = models.CharField(_("ethnic group"), max_length=2, choices=ethnic_groups.choices)
    citizen_id = models.CharField(
        _("personal number"), max_length=12, blank=True, validators=[twelve_digits]
    )
    # Set when everything that tells who it is was taken away, for good.
    anonymised_at = models.DateTimeField(_("made anonymous"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("person of the survey")
        verbose_name_plural = _("persons of the survey")
        ordering = ["name_key", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(birth_date=None)
                | models.Q(birth_date__year=models.F("birth_year")),
                name="survey_birth_date_is_of_its_year",
                violation_error_message=_("The date of birth lies in another year."),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_keys()
        super().save(*args, **kwargs)

    @property
    def is_named(self) -> bool:
        """Whether it still bears its name; who does not is a line in old lists and no more."""
        return self.anonymised_at is None

    def set_keys(self) -> None:
        """Normalise the name and derive its keys; bulk writers call it too."""
        self.full_name = normalise(self.full_name)
        self.name_key = sort_key(self.full_name)
        self.search_key = fold(self.full_name)


class StandingEntries(models.Manager["SurveyEntry"]):
    """Entries that count: all but those marked as removed."""

    def get_queryset(self) -> models.QuerySet["SurveyEntry"]:
        return super().get_queryset().filter(removed_at=None)


class SurveyEntry(models.Model):
    """What a family told of one person in one round.

    `objects` are those that count, for whatever counts or lists; `everyone` has the removed ones
    too, which stand only where they can be given back (ADR 99).
    """

    survey_round = models.ForeignKey(
        SurveyRound,
        verbose_name=_("survey round"),
        on_delete=models.PROTECT,
        related_name="entries",
    )
    person = models.ForeignKey(
        SurveyPerson, verbose_name=_("person"), on_delete=models.PROTECT, related_name="entries"
    )
    household = models.ForeignKey(
        Household, verbose_name=_("household"), on_delete=models.PROTECT, related_name="entries"
    )
    # Taken over from the round before; nobody asked the family this year yet.
    is_carried = models.BooleanField(_("not asked yet this year"), default=False)
    presence = models.CharField(
        _("residence status"), max_length=5, choices=Presence, default=Presence.LIVES
    )
    has_disability = models.BooleanField(_("disabled"), default=False)
    can_learn = models.BooleanField(_("able to learn"), default=True)
    grade = models.SmallIntegerField(_("attends grade"), choices=Grade, null=True, blank=True)
    class_name = models.CharField(_("attends class"), max_length=30, blank=True)
    school_name = models.CharField(_("attends school"), max_length=150, blank=True)
    school_code = models.CharField(_("code of the school"), max_length=20, blank=True)
    finished_level = models.CharField(
        _("finished level"), max_length=4, choices=EducationLevel, blank=True
    )
    finished_year = models.PositiveSmallIntegerField(
        _("year of finishing"), null=True, blank=True, validators=OF_YEARS
    )
    completed_grade = models.SmallIntegerField(
        _("highest grade completed"), choices=Grade, null=True, blank=True
    )
    completed_year = models.PositiveSmallIntegerField(
        _("year of completing"), null=True, blank=True, validators=OF_YEARS
    )
    dropped_grade = models.SmallIntegerField(
        _("dropped out of grade"), choices=Grade, null=True, blank=True
    )
    dropped_year = models.PositiveSmallIntegerField(
        _("year of dropping out"), null=True, blank=True, validators=OF_YEARS
    )
    # Literacy courses (XMC): the stage attended, the stage finished, and a level lost again.
    literacy_class = models.PositiveSmallIntegerField(
        _("attends literacy class"), null=True, blank=True
    )
    literacy_done = models.PositiveSmallIntegerField(
        _("literacy class completed"), null=True, blank=True
    )
    illiterate_again = models.PositiveSmallIntegerField(
        _("illiterate again at level"), null=True, blank=True
    )
    # Marked, never deleted: that somebody was struck off can be taken back.
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("removed by"),
    )
    removal = models.CharField(
        _("why removed"), max_length=5, choices=Removal, blank=True, default="", db_default=""
    )
    removal_note = models.CharField(
        _("note"), max_length=200, blank=True, default="", db_default=""
    )

    objects = StandingEntries()
    everyone: ClassVar = models.Manager["SurveyEntry"]()

    class Meta:
        verbose_name = _("entry of the survey")
        verbose_name_plural = _("entries of the survey")
        constraints = [
            models.UniqueConstraint(
                fields=["survey_round", "person"], name="person_has_one_entry_in_a_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.survey_round}"

    @property
    def is_gone(self) -> bool:
        """Whether the family said that the person moved away or died."""
        return self.presence in GONE


def village_key(village: str) -> str:
    """How names of villages are compared: "Bản Nậm Cáy" and "nam cay" are one."""
    key = fold(village)
    for word in ("thon ", "ban ", "xom ", "to dan pho ", "khu pho ", "tdp "):
        if key.startswith(word) and key != word.strip():
            return key.removeprefix(word)
    return key


def form_order(form_number: str) -> tuple[int, str]:
    """What households of a village are sorted by: form numbers as people count, 9 before 10."""
    digits = "".join(each for each in form_number if each.isdecimal())
    return int(digits or 0), form_number
