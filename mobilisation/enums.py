"""Closed lists of the survey."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Residence(models.TextChoices):
    """Diện cư trú of a household."""

    PERMANENT = "perm", _("Permanent residence")
    TEMPORARY = "temp", _("Temporary residence")


class Presence(models.TextChoices):
    """Tình trạng cư trú of a person in the year of a round."""

    LIVES = "lives", _("Lives here")
    ARRIVED = "came", _("Moved here")
    LEFT = "left", _("Moved away")
    DIED = "died", _("Deceased")


class Removal(models.TextChoices):
    """Why somebody does not belong into a round after all."""

    TWICE = "twice", _("Entered twice")
    ELSEWHERE = "other", _("Lives in another village or commune")
    NOBODY = "none", _("No such person: a slip")


# Who is not counted among those to be educated, and is not carried on into the next round.
GONE = (Presence.LEFT, Presence.DIED)
