"""Recording what a visit found and what it asked for."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from core.attachments import sound_upload
from core.services.saving import one_at_a_time, save_checked
from core.types import User
from core.workflow import IllegalTransition
from reports.services.flags import mark_visited
from schools.models import School

from ..models import (
    InspectionPlan,
    MinutesScan,
    Recommendation,
    RecommendationProof,
    Visit,
)
from ..models.visits import ADD_SCAN, ANSWER, FINISH, RECOMMENDATIONS, RECORD, REOPEN, VISITS
from ..selectors.visits import schools_of

AN_HOUR = datetime.timedelta(hours=1)
PROOFS_PER_HOUR = 20
# Who speaks for those inspected.
MOST_PEOPLE, LONGEST_PERSON = 10, 150
# What is empty again when a recommendation is open once more.
TAKEN_BACK = {"done_on": None, "evidence": "", "remedied_on": None, "remedy": ""}


@dataclass(frozen=True)
class Asked:
    """One recommendation as a visit leaves it; without a school it is the commune's."""

    text: str
    owner: str
    due_on: datetime.date
    school: School | None = None
    kind: str = ""
    severity: str = ""


def record_visit(
    *,
    visit: Visit,
    visited_on: datetime.date,
    result: str,
    by: User,
    recommendations: Iterable[Asked] = (),
    represented_by: str = "",
) -> Visit:
    """Record a visit that was made, with its recommendations; returns it.

    Only the member in charge records, while the term holds, once, in an approved plan; the day
    lies in the plan's month or after it and not in the future. The visit's flags are then
    visited. Rule: official letter 785/UBND-VX, item 2f: results are reported after the inspection.

    Args:
        recommendations: what is asked of whom, by when.
        represented_by: who spoke for those inspected, a line each with name and position.

    Raises IllegalTransition or ValidationError; nothing is written then.
    """
    with VISITS.change(RECORD, visit, by=by) as step:
        visit = step.row
        _check_day(visited_on, visit.plan)
        visit.visited_on, visit.result = visited_on, result.strip()
        visit.recorded_by, visit.recorded_at = by, timezone.now()
        visit.represented_by = _people(represented_by)
        if not visit.result:
            raise ValidationError({"result": _("Write what the visit found.")})
        made = [_recommend(visit, visited_on, asked) for asked in recommendations]
        mark_visited(flag_ids=visit.flags.values_list("pk", flat=True))
        step.changes = {
            "visited_on": (None, visit.visited_on),
            "result": (None, visit.result),
            "recommendations": (None, [_in_words(each) for each in made]),
        }
        if visit.represented_by:
            step.changes["represented_by"] = (None, visit.represented_by)
    return visit


def keep_scan(*, visit: Visit, file: UploadedFile, by: User) -> MinutesScan:
    """Keep a photo or PDF of the minutes as both sides signed them; its name is not. Returns it.

    Raises IllegalTransition: the visit is not recorded, or `by` is not on its team;
    ValidationError: a file that is neither photo nor PDF, too many within an hour.
    """
    with VISITS.change(ADD_SCAN, visit, by=by) as step:
        one_at_a_time(by)
        lately = timezone.now() - AN_HOUR
        sent = MinutesScan.objects.filter(made_by=by, made_at__gt=lately).count()
        sound = sound_upload(file, "minutes", field="file", sent=sent, most=PROOFS_PER_HOUR)
        made = save_checked(
            MinutesScan(visit=step.row, file=sound, made_by=by, made_at=timezone.now())
        )
        step.changes = {"scan": (None, made.pk)}
    return made


def answer_recommendation(
    *,
    recommendation: Recommendation,
    remedied_on: datetime.date,
    remedy: str,
    proof: UploadedFile | None = None,
    by: User,
) -> Recommendation:
    """Say, as those inspected, what was done and on which day; returns it.

    A photo or paper sent along is kept beside those sent before; its name is not.

    It can be answered again until somebody else confirms it. Raises PermissionDenied;
    IllegalTransition: it is confirmed; ValidationError: nothing said, a day before the visit or
    in the future, a file that is neither photo nor PDF, too many within an hour.
    """
    with RECOMMENDATIONS.change(ANSWER, recommendation, by=by) as step:
        found, remedy = step.row, remedy.strip()
        if not remedy:
            raise ValidationError({"remedy": _("Write what was done.")})
        _check_day_after_visit(found, remedied_on, "remedied_on")
        step.changes = {
            "remedied_on": (found.remedied_on, remedied_on),
            "remedy": (found.remedy, remedy),
        }
        found.remedied_on, found.remedy = remedied_on, remedy
        found.answered_by, found.answered_at = by, timezone.now()
        if proof is not None:
            step.changes["proof"] = (None, _keep_proof(found, proof, by))
    return found


def _people(text: str) -> str:
    """Lines of a text without empty ones; raises ValidationError for too many or too long ones."""
    lines = [line for each in text.splitlines() if (line := " ".join(each.split()))]
    if len(lines) > MOST_PEOPLE or any(len(line) > LONGEST_PERSON for line in lines):
        raise ValidationError(
            {
                "represented_by": _("At most %(lines)s people, %(letters)s characters each.")
                % {"lines": MOST_PEOPLE, "letters": LONGEST_PERSON}
            }
        )
    return "\n".join(lines)


def _in_words(asked: Recommendation) -> str:
    """A recommendation as the event tells it."""
    return f"{asked.text} ({asked.get_severity_display()})" if asked.severity else asked.text


def _keep_proof(found: Recommendation, upload: UploadedFile, by: User) -> int:
    """Keep a file sent with an answer; returns its number, by which the event names it."""
    one_at_a_time(by)
    lately = timezone.now() - AN_HOUR
    sent = RecommendationProof.objects.filter(made_by=by, made_at__gt=lately).count()
    sound = sound_upload(upload, "proof", field="proof", sent=sent, most=PROOFS_PER_HOUR)
    return save_checked(
        RecommendationProof(recommendation=found, file=sound, made_by=by, made_at=timezone.now())
    ).pk


def finish_recommendation(
    *, recommendation: Recommendation, done_on: datetime.date, evidence: str, by: User
) -> Recommendation:
    """Note that a recommendation was carried out: on which day, and what shows it; returns it.

    Noted twice, the first note stays. The member of the visit may do so, and who drafts plans
    there, but nobody who answered it for those inspected. Raises ValidationError: no evidence, a
    day before the visit or in the future; IllegalTransition: `by` answered it.
    """
    try:
        with RECOMMENDATIONS.change(FINISH, recommendation, by=by) as step:
            found, evidence = step.row, evidence.strip()
            _check_proof(found, done_on, evidence)
            found.done_on, found.evidence = done_on, evidence
            found.done_by, found.done_at = by, timezone.now()
            step.changes = {"done_on": (None, done_on), "evidence": (None, evidence)}
    except IllegalTransition:
        present = Recommendation.objects.get(pk=recommendation.pk)
        if present.state != Recommendation.State.DONE:
            raise
        return present
    return found


def reopen_recommendation(
    *, recommendation: Recommendation, reason: str, by: User
) -> Recommendation:
    """Take back that a recommendation was carried out, for a reason; returns it.

    What was noted stays in the event. Raises IllegalTransition: it is open; ValidationError: no
    reason.
    """
    with RECOMMENDATIONS.change(REOPEN, recommendation, by=by) as step:
        found, step.reason = step.row, reason.strip()
        if not step.reason:
            raise ValidationError({"reason": _("Write why it is open again.")})
        step.changes = {
            name: (getattr(found, name), empty)
            for name, empty in TAKEN_BACK.items()
            if getattr(found, name) != empty
        }
        found.done_on = found.done_by = found.done_at = None
        found.remedied_on = found.answered_by = found.answered_at = None
        found.evidence = found.remedy = ""
        found.reopened_at = timezone.now()
    return found


def _check_proof(found: Recommendation, done_on: datetime.date, evidence: str) -> None:
    if not evidence:
        raise ValidationError({"evidence": _("Write what shows that it was carried out.")})
    _check_day_after_visit(found, done_on, "done_on")


def _check_day_after_visit(found: Recommendation, day: datetime.date, field: str) -> None:
    if found.visit.visited_on is None:
        raise ValidationError(_("The visit is not recorded yet."), code="visit_open")
    if not found.visit.visited_on <= day <= timezone.localdate():
        raise ValidationError(
            {
                field: _("The day lies between that of the visit, %(day)s, and today.")
                % {"day": found.visit.visited_on.strftime("%d/%m/%Y")}
            }
        )


def _check_day(day: datetime.date, plan: InspectionPlan) -> None:
    if day > timezone.localdate():
        raise ValidationError(
            {"visited_on": _("The day of the visit lies in the future. Record it afterwards.")}
        )
    if day < plan.month:
        raise ValidationError(
            {
                "visited_on": _("This plan is for %(month)s; the visit cannot lie before it.")
                % {"month": plan.month.strftime("%m/%Y")}
            }
        )


def _recommend(visit: Visit, visited_on: datetime.date, asked: Asked) -> Recommendation:
    if asked.due_on < visited_on:
        raise ValidationError(
            _("Recommendation “%(text)s” is due before the visit. Choose a later day.")
            % {"text": asked.text[:60]},
            code="due_before_visit",
        )
    if asked.school is not None and not schools_of(visit).filter(pk=asked.school.pk).exists():
        raise ValidationError(
            _("%(school)s is no school of %(commune)s.")
            % {"school": asked.school.name, "commune": visit.commune.title},
            code="other_school",
        )
    recommendation = Recommendation(
        visit=visit,
        school=asked.school,
        kind=asked.kind,
        severity=asked.severity,
        text=asked.text.strip(),
        owner=asked.owner.strip(),
        due_on=asked.due_on,
    )
    return save_checked(recommendation)
