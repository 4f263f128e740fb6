"""What following a child keeps of a pupil's record; see `schools.pupils.pupil_records`."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.types import JSON
from schools.models import Pupil
from schools.pupils.pupil_records import IsOfGone, Table

from ..models import CaseCause, ChildCase, FamilyVisit


def hanging(pupil: Pupil) -> list[str]:
    """Somebody followed the child: that is not thrown away with a record."""
    if not ChildCase.objects.filter(pupil=pupil).exists():
        return []
    return [_("Home visits and calls about this child are noted.")]


def obstacles(kept: Pupil, gone: Pupil) -> list[str]:
    """Each of the two is being followed."""
    if ChildCase.objects.open().filter(pupil__in=[kept, gone]).count() < 2:
        return []
    return [_("Each of the two is being followed. Close one of the two cases first.")]


def move(kept: Pupil, gone: Pupil) -> JSON:
    """Give the cases of `gone` to `kept`; their ids."""
    found = list(ChildCase.objects.filter(pupil=gone).order_by("pk").values_list("pk", flat=True))
    ChildCase.objects.filter(pk__in=found).update(pupil=kept)
    return list(found)


def give_back(kept: Pupil, gone: Pupil, before: JSON, is_of_gone: IsOfGone) -> None:
    """The opposite of `move`; a case opened since stays where it is."""
    found = [pk for pk in before if isinstance(pk, int)] if isinstance(before, list) else []
    ChildCase.objects.filter(pk__in=found, pupil=kept).update(pupil=gone)


def forget(pupil: Pupil) -> None:
    """Nothing: a record with a case is not removed (`hanging`)."""


def anonymise(pupil: Pupil, names: Sequence[str], nobody: str) -> dict[str, Sequence[int]]:
    """What was found at home tells who the child is; days, reasons and outcomes are counted."""
    empty(ChildCase.objects.filter(pupil=pupil))
    # No event of a case names the child.
    return {}


def empty(cases: QuerySet[ChildCase]) -> None:
    """Take the free texts out of some cases, for good."""
    FamilyVisit.objects.filter(case__in=cases).update(found="—", promise="", who="—")
    cases.update(closing_note="", village="", village_key="", village_sort="")


def tables(pupil: Pupil) -> list[Table]:
    """Cases of the child with their reasons, and every visit and call."""
    cases = ChildCase.objects.filter(pupil=pupil).select_related("owner").order_by("pk")
    reasons: dict[int, list[str]] = {each.pk: [] for each in cases}
    for cause in CaseCause.objects.filter(case__in=cases):
        reasons[cause.case_id].append(str(cause))
    opened = [
        [
            each.opened_on,
            each.get_kind_display(),
            str(each.owner),
            each.due_on,
            ", ".join(reasons[each.pk]),
            each.get_state_display(),
            each.get_outcome_display() if each.outcome else "",
            each.closed_on or "",
            each.closing_note,
        ]
        for each in cases
    ]
    visits = [
        [each.made_on, each.get_way_display(), each.who, each.found, each.promise, each.next_on]
        for each in FamilyVisit.objects.filter(case__in=cases).order_by("made_on", "pk")
    ]
    return [
        Table(
            _("Cases of following"),
            [
                _("Opened on"),
                _("Why it is followed"),
                _("Who answers for it"),
                _("Deadline"),
                _("Reasons"),
                _("State"),
                _("What came of it"),
                _("Since"),
                _("Note"),
            ],
            opened,
        ),
        Table(
            _("Home visits and calls"),
            [
                _("Day"),
                _("How"),
                _("Who went"),
                _("How you found the child"),
                _("What the family promised"),
                _("Next time on"),
            ],
            visits,
        ),
    ]
