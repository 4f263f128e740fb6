"""Which person of the survey is which pupil: proposed, confirmed, or told apart."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .surveys import SurveyPerson, SurveyRound


class Proposal(models.Model):
    """A pupil who may be a person of the survey; made anew at each search of a round.

    `score` 0 to 100, see `mobilisation.matching.scoring`. A certain one differs in nothing that
    counts and has no rival; certain ones may be confirmed together.
    """

    survey_round = models.ForeignKey(
        SurveyRound, verbose_name=_("survey round"), on_delete=models.CASCADE, related_name="+"
    )
    person = models.ForeignKey(
        SurveyPerson, verbose_name=_("person"), on_delete=models.CASCADE, related_name="proposals"
    )
    pupil = models.ForeignKey(
        "schools.Pupil", verbose_name=_("pupil"), on_delete=models.CASCADE, related_name="+"
    )
    score = models.PositiveSmallIntegerField(_("score"))
    is_certain = models.BooleanField(_("certain"))

    class Meta:
        verbose_name = _("proposed match")
        verbose_name_plural = _("proposed matches")
        ordering = ["-score", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["survey_round", "person", "pupil"], name="pair_is_proposed_once_in_a_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} ~ {self.pupil_id}"


class Match(models.Model):
    """Somebody confirmed that a person of the survey is a pupil. Taken back, the row is gone."""

    person = models.OneToOneField(
        SurveyPerson, verbose_name=_("person"), on_delete=models.CASCADE, related_name="match"
    )
    pupil = models.OneToOneField(
        "schools.Pupil",
        verbose_name=_("pupil"),
        on_delete=models.PROTECT,
        related_name="survey_match",
    )
    score = models.PositiveSmallIntegerField(_("score"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed"))

    class Meta:
        verbose_name = _("match with the rolls")
        verbose_name_plural = _("matches with the rolls")

    def __str__(self) -> str:
        return f"{self.person_id} = {self.pupil_id}"


class RejectedPair(models.Model):
    """Somebody said of a proposed pair that they are two children; it is proposed no more."""

    person = models.ForeignKey(
        SurveyPerson, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    pupil = models.ForeignKey(
        "schools.Pupil", verbose_name=_("pupil"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("rejected pair of person and pupil")
        verbose_name_plural = _("rejected pairs of persons and pupils")
        constraints = [
            models.UniqueConstraint(fields=["person", "pupil"], name="pair_is_rejected_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} ≠ {self.pupil_id}"
