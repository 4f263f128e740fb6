"""What the survey keeps of a pupil's record; see `schools.pupils.pupil_records`."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.types import JSON
from schools.models import Pupil
from schools.pupils.pupil_records import IsOfGone, Table

from ..models import Match, Proposal, RejectedPair, SurveyEntry


def hanging(pupil: Pupil) -> list[str]:
    """A match goes with the record: nothing keeps that from being removed."""
    return []


def obstacles(kept: Pupil, gone: Pupil) -> list[str]:
    """Each of the two was found to be another child of a survey."""
    if Match.objects.filter(pupil__in=[kept, gone]).count() < 2:
        return []
    return [
        _("Each of the two is another child in the survey of the commune. Ask the commune officer.")
    ]


def move(kept: Pupil, gone: Pupil) -> JSON:
    """Give the match of `gone` to `kept`; its id, or None."""
    match = Match.objects.filter(pupil=gone).first()
    Proposal.objects.filter(pupil__in=[kept, gone]).delete()
    if match is None:
        return None
    match.pupil = kept
    match.save(update_fields=["pupil"])
    return match.pk


def give_back(kept: Pupil, gone: Pupil, before: JSON, is_of_gone: IsOfGone) -> None:
    """The opposite of `move`, when the match still stands."""
    if isinstance(before, int):
        Match.objects.filter(pk=before, pupil=kept).update(pupil=gone)


def forget(pupil: Pupil) -> None:
    """Take away what ties a record that is removed to a child of a survey."""
    Match.objects.filter(pupil=pupil).delete()
    Proposal.objects.filter(pupil=pupil).delete()
    RejectedPair.objects.filter(pupil=pupil).delete()


def anonymise(pupil: Pupil, names: Sequence[str], nobody: str) -> dict[str, Sequence[int]]:
    """The tie to a child of a survey tells who the pupil is; the survey has its own time."""
    found = list(Match.objects.filter(pupil=pupil).values_list("pk", flat=True))
    forget(pupil)
    return {"mobilisation.match": found}


def tables(pupil: Pupil) -> list[Table]:
    """What the family told in each round, of the child matched with the pupil."""
    entries = (
        SurveyEntry.objects.filter(person__match__pupil=pupil)
        .select_related("survey_round__commune", "household", "person")
        .order_by("survey_round__year")
    )
    headings = [
        _("Year"),
        _("Commune"),
        _("Village"),
        _("Full name"),
        _("Residence status"),
        _("Attends grade"),
        _("Attends school"),
        _("Able to learn"),
    ]
    rows = [
        [
            entry.survey_round.year,
            entry.survey_round.commune.title,
            entry.household.village,
            entry.person.full_name,
            entry.get_presence_display(),
            entry.get_grade_display() or "",
            entry.school_name,
            _("yes") if entry.can_learn else _("no"),
        ]
        for entry in entries
    ]
    return [Table(_("Survey of the commune"), headings, rows)]
