"""What is written down when the list behind a figure is given out."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

PUPIL_DAYS_EXPORTED = declare(
    "figures.pupil_days",
    _("Pupil-sessions behind a figure given out"),
    pupil_sessions=_("pupil-sessions"),
)
