"""One first page per role: what this person has to do now.

A teacher starts at the classes of the day, a member at the inspections, an office at the
month. Heads and communes get a page of their own: who has sent today, and the month.
"""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.registers.selectors.days import day_board
from attendance.registers.selectors.missing import label_of, late_entries
from attendance.reopenings.selectors import to_decide
from attendance.rolls.selectors import count_differences
from core import rules
from core.formatting import number
from core.months import Month
from core.permissions import Permission as P
from inspections.actions import answer_recommendations_of_school, visits_to_our_school
from reports import dashboard_presenter, wording
from reports.month_review.actions import step_of_school
from reports.selectors.dashboards import (
    area_dashboards,
    levels_in_area,
    levels_taught,
    map_for,
    school_dashboard,
)
from reports.selectors.plausibility import signs_of_schools
from reports.selectors.risks import pupils_at_risk
from reports.suggested_actions import Action, actions_for
from schools.directory.selectors.schools import school_in
from schools.enums import AreaLevel
from schools.school_years.periods import Period
from schools.transfers.selectors import count_to_answer, count_waiting
from schools.year_turn.selectors.overview import coming, year_to_turn_to

from .readiness.steps import is_under_way


def is_guided(scope):
    """Whether the reader starts at the steps of a province that is not ready yet."""
    return scope.may(P.MANAGE_YEARS) and is_under_way(scope)


def start_page(request):
    """Lead each role to its own start."""
    scope = request.scope
    if is_guided(scope):
        return redirect("readiness")
    elsewhere = start_url(scope)
    if elsewhere:
        return redirect(elsewhere)
    if scope.may(P.MANAGE_PUPILS):
        return _school_home(request, min(scope.places(P.VIEW_PUPILS).schools, default=None))
    areas = scope.areas_granted(P.VIEW_FIGURES)
    if areas:
        return _commune_home(request, scope.tree.get(areas[0]))
    return render(request, "home/empty.html")


def start_url(scope):
    """Where a role starts when that is a page of its own; "" for who starts at the home page."""
    if scope.places(P.TAKE_REGISTER).only_classes:
        return reverse("attendance:today")
    classes = scope.places(P.VIEW_PUPILS)
    if classes.only_classes:
        # An office that looks at a class as its teacher does: it takes no register itself.
        return reverse("schools:school_class", args=[min(classes.classes)])
    if scope.may(P.MANAGE_PUPILS) and not scope.may(P.TAKE_REGISTER):
        # Emergency access: the days are not theirs to take, the school is what they came for.
        return reverse("schools:school", args=[min(scope.places(P.VIEW_PUPILS).schools)])
    if scope.may(P.MANAGE_PUPILS):
        return ""
    if scope.may(P.RECORD_VISIT) and not scope.may(P.VIEW_PLANS):
        return reverse("inspections:mine")
    areas = scope.areas_granted(P.VIEW_FIGURES)
    if areas and scope.tree.get(areas[0]).level != AreaLevel.COMMUNE:
        return reverse("reports:area", args=[areas[0]])
    if not areas and scope.may(P.VIEW_OPERATIONS):
        return reverse("operations")
    return ""


def _school_home(request, school_id):
    school = school_in(request.scope.places(P.MANAGE_PUPILS), school_id)
    if school is None:
        return redirect("schools:schools")
    today, month = timezone.localdate(), Month.current()
    days = day_board(request.scope.places(P.TAKE_REGISTER), today, school_id=school.pk)
    level = levels_taught([school])[0]
    board = school_dashboard(
        school=school, month=month, level=level, rules=rules.table(on=month.first)
    )
    return _day_home(
        request,
        days,
        [board],
        name=school.name,
        link=reverse("reports:school", args=[school.pk]),
        todo=[
            *_to_decide(request.scope),
            *_new_year(school, today),
            *_on_the_way(*count_to_answer(school)),
            *_to_send(days, reverse("reports:missing_school", args=[school.pk])),
            *_missing(board, reverse("reports:missing_school", args=[school.pk])),
            *step_of_school(request.scope, school),
            *answer_recommendations_of_school(request.scope, school),
            *visits_to_our_school(request.scope, school),
            *_at_risk(request.scope),
            *_to_settle(request.scope, month),
            *_to_check(school, month),
        ],
    )


def _commune_home(request, area):
    month = Month.current()
    days = day_board(request.scope.places(P.VIEW_REGISTER), timezone.localdate())
    tree = map_for(area, month)
    whole, *by_level = area_dashboards(
        area=area,
        month=month,
        levels=["", *levels_in_area(area, month, tree)],
        rules=rules.table(on=month.first),
        tree=tree,
    )
    return _day_home(
        request,
        days,
        by_level or [whole],
        name=area.title,
        link=reverse("reports:area", args=[area.pk]),
        todo=[
            *_to_decide(request.scope),
            *_late_schools(days, reverse("reports:missing_area", args=[area.pk])),
            *_missing(whole, reverse("reports:missing_area", args=[area.pk])),
            *_at_risk(request.scope),
            *_looked_for(request.scope),
            *actions_for(request.scope, area_id=area.pk),
        ],
    )


def _day_home(request, days, boards, *, name, link, todo):
    return render(
        request,
        "home/day.html",
        {
            "name": name,
            "date": timezone.localdate(),
            "days": days,
            "board": dashboard_presenter.page_of(
                boards[0],
                period=Period(boards[0].month, ()),
                month_url=lambda month: f"{link}?month={month}",
            ),
            "done": sum(day.done for day in days),
            "total": sum(day.total for day in days),
            "may_take": request.scope.may(P.TAKE_REGISTER),
            "month_findings": [wording.finding(board) for board in boards],
            "figures_url": link,
            "todo": todo,
        },
    )


def _to_decide(scope):
    waiting = to_decide(scope).count()
    if waiting:
        yield Action(
            title=_("Registers to open again"),
            text=_("%(count)s requests wait for your answer.") % {"count": waiting},
            url=reverse("attendance:reopenings"),
            action=_("Answer"),
        )


def _new_year(school, today):
    """The turn of the school's year while it waits, and who of other schools waits for a class."""
    year = year_to_turn_to(school, on=today)
    if year is not None:
        yield Action(
            title=_("New school year"),
            text=_("School year %(year)s is open; the school has no class of it yet.")
            % {"year": year.code},
            url=reverse("schools:year_turn", args=[school.pk]),
            action=_("Go over to the new year"),
        )
    waiting = coming(school)
    if waiting:
        yield Action(
            title=_("Pupils who come"),
            text=ngettext(
                "%(shown)s pupil of another school comes here and has no class yet.",
                "%(shown)s pupils of other schools come here and have no class yet.",
                waiting,
            )
            % {"shown": number(waiting)},
            url=reverse("schools:arrivals", args=[school.pk]),
            action=_("See who comes"),
        )


def _to_send(days, url):
    late = late_entries(days, timezone.localdate(), timezone.now())
    if late:
        names = wording.named([label_of(entry.school_class, entry.session) for entry in late])
        yield Action(
            title=_("Today"),
            text=_("Late: %(names)s.") % {"names": names},
            url=url,
            action=_("See and remind"),
        )
        return
    missing = sum(day.total - day.done for day in days)
    if missing:
        yield Action(
            title=_("Today"),
            text=_("%(count)s registers are still to be sent.") % {"count": missing},
            url=reverse("attendance:today"),
            action=_("Take the registers"),
        )


def _to_settle(scope, month):
    """Registers that differ from the roll, of this month and the one before."""
    found = count_differences(scope.places(P.MANAGE_PUPILS), month.plus(-1), month)
    for shown, count in found.items():
        yield Action(
            title=_("Registers and roll"),
            text=ngettext(
                "%(count)s register of %(month)s does not agree with the roll.",
                "%(count)s registers of %(month)s do not agree with the roll.",
                count,
            )
            % {"count": count, "month": f"{shown.number:02d}/{shown.year}"},
            url=f"{reverse('attendance:roll_differences')}?month={shown}",
            action=_("Settle"),
        )


def _to_check(school, month):
    found = signs_of_schools([school.pk], month)
    if found:
        yield Action(
            title=_("To be checked"),
            text=ngettext(
                "The registers of %(count)s class are to be checked.",
                "The registers of %(count)s classes are to be checked.",
                len(found),
            )
            % {"count": len(found)},
            url=reverse("reports:school", args=[school.pk]) + "?level=all#signs",
            action=_("See which"),
        )


def _late_schools(days, url):
    late = late_entries(days, timezone.localdate(), timezone.now())
    if late:
        schools = dict.fromkeys(entry.school_class.school.name for entry in late)
        yield Action(
            title=_("Today"),
            text=_("Late: %(names)s.") % {"names": wording.named(list(schools))},
            url=url,
            action=_("See and remind"),
        )


def _at_risk(scope):
    """Pupils of whom somebody should ask, of every level."""
    found = pupils_at_risk(scope.places(P.VIEW_PUPILS), timezone.localdate())
    count = sum(len(each.pupils) for each in found)
    if count:
        yield Action(
            title=_("Pupils at risk"),
            text=ngettext(
                "%(count)s pupil should be asked after.",
                "%(count)s pupils should be asked after.",
                count,
            )
            % {"count": count},
            url=reverse("reports:risks"),
            action=_("See who"),
        )


def _on_the_way(expected, returned):
    """Pupils whom other schools sent here, and those of ours whom another one sent back."""
    url = reverse("schools:transfers")
    if expected:
        yield Action(
            title=_("Pupils on the way"),
            text=ngettext(
                "%(count)s pupil of another school is expected here.",
                "%(count)s pupils of other schools are expected here.",
                expected,
            )
            % {"count": expected},
            url=url,
            action=_("Receive or send back"),
        )
    if returned:
        yield Action(
            title=_("Sent back"),
            text=ngettext(
                "%(count)s pupil did not come to the school you sent the pupil to.",
                "%(count)s pupils did not come to the schools you sent them to.",
                returned,
            )
            % {"count": returned},
            url=f"{url}?kind=returned",
            action=_("Say where they are"),
        )


def _looked_for(scope):
    """Pupils who left one school and arrived at no other one."""
    overdue = count_waiting(scope.places_to_read(P.VIEW_PUPILS), on=scope.date).overdue
    if overdue:
        yield Action(
            title=_("Nobody knows where"),
            text=ngettext(
                "%(count)s pupil left a school and arrived at no other one.",
                "%(count)s pupils left a school and arrived at no other one.",
                overdue,
            )
            % {"count": overdue},
            url=reverse("schools:transfers") + "?kind=overdue",
            action=_("See who"),
        )


def _missing(board, url):
    missing = board.total.due - board.total.taken
    if missing > 0:
        yield Action(
            title=_("This month"),
            text=_("%(count)s registers of earlier days are missing.") % {"count": missing},
            url=url,
            action=_("See which"),
        )
