"""Who has not sent: by class, by school or by commune; and the button that reminds them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from attendance.registers.selectors.missing import find_missing, in_order, open_days, this_day
from attendance.reminders.selectors import (
    SentReminders,
    heads_of,
    overdue,
    teachers_of,
    to_ask,
    to_call,
    told_today,
)
from attendance.reminders.services import remind
from core.access import reach
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from core.scope import Places
from schools.directory.selectors.schools import commune_of, school_in
from schools.enums import AreaLevel

from .. import wording
from ..selectors import missing as boards
from ..selectors.dashboards import classes_of_school
from ..selectors.timeliness import delays

SHOWN_AT_ONCE = 12


@requires(P.VIEW_FIGURES)
@never_cache
def start(request):
    """Lead to the widest place of the reader; a teacher stays, with the classes granted."""
    scope = request.scope
    areas, places = scope.areas_granted(P.VIEW_FIGURES), scope.places(P.VIEW_REGISTER)
    if areas:
        return redirect("reports:missing_area", areas[0])
    if len(places.schools) == 1 and not places.classes:
        return redirect("reports:missing_school", *places.schools)
    return _by_class(request, places)


@requires(P.VIEW_REGISTER)
@never_cache
def school(request, school_id):
    """A school's missing registers by class, with the people of each class."""
    found = reach(request.scope, P.VIEW_REGISTER, lambda places: school_in(places, school_id))
    return _by_class(request, _of_school(found), school=found)


@requires(P.VIEW_FIGURES)
@never_cache
def area(request, area_id):
    """Counts by school of a commune, or by commune of a district or province."""
    found = _area_in(request.scope, request.scope.places(P.VIEW_FIGURES), area_id)
    if found is None:
        raise Http404
    now = timezone.now()
    today = timezone.localdate(now)
    board = boards.by_area(found, request.scope.tree, now=now, today=today)
    registers = in_order(board.total.registers)
    remind_count, told_at, calls = 0, None, []
    if registers and found.pk in request.scope.places(P.REMIND_SCHOOLS).areas:
        heads = heads_of(registers, on=today)
        told = told_today(registers, today=today)
        owed = overdue(
            registers,
            lambda school_class: heads.get(school_class.school_id, ()),
            by=request.user,
            now=now,
        )
        asked = to_ask(owed, told, now=now)
        remind_count = len({each.missing.school_class.school_id for each in asked})
        # Also those who were asked just now: whoever asked may call them next.
        calls = _calls(owed)
        told_at = told.last(registers, [each for found in heads.values() for each in found])
    may_look = found.pk in request.scope.places(P.VIEW_REGISTER).areas
    for row in board.rows:
        row.url = _link(row, board, may_look)
        row.half = wording.lag(row.lag)
        row.said = wording.missing_here(row.registers, now) if may_look else ""
    overdue_rows = sum(bool(row.open) for row in board.rows)
    at_once = min(overdue_rows, SHOWN_AT_ONCE) or SHOWN_AT_ONCE
    return render(
        request,
        "reports/missing_area.html",
        {
            "board": board,
            # The worst first; where nothing is overdue a phone folds away.
            "first": board.rows[:at_once],
            "rest": board.rows[at_once:],
            "rest_is_whole": overdue_rows <= at_once,
            "finding": wording.missing_finding(board.total),
            "name": found.title,
            "today": today,
            "month": Month.of(today),
            "half": wording.lag(board.total.lag),
            "remind_count": remind_count,
            "remind_url": reverse("reports:remind_area", args=[found.pk]),
            "told_at": told_at,
            "calls": calls,
            "places": _other_areas(request.scope, found),
            "crumbs": _crumbs(request.scope, found),
        },
    )


@requires(P.REMIND_REGISTERS)
@require_POST
def remind_school(request, school_id):
    """Remind the teachers of the classes that owe something."""
    found = reach(request.scope, P.REMIND_REGISTERS, lambda places: school_in(places, school_id))
    missing = find_missing(_of_school(found), open_days(timezone.localdate())).missing
    teachers = teachers_of(missing, on=timezone.localdate())
    _remind(request, missing, lambda each: teachers.get(each.pk, ()))
    return redirect("reports:missing_school", found.pk)


@requires(P.REMIND_SCHOOLS)
@require_POST
def remind_area(request, area_id):
    """Remind the heads of the schools of an area that owe something.

    Above a commune only of what is late today, as its page counts it one by one.
    """
    found = reach(
        request.scope,
        P.REMIND_SCHOOLS,
        lambda places: _area_in(request.scope, places, area_id),
    )
    today = timezone.localdate()
    places = Places(today, areas=frozenset(request.scope.tree.below(found.pk)))
    days = open_days(today) if found.level == AreaLevel.COMMUNE else this_day(today)
    missing = find_missing(places, days).missing
    heads = heads_of(missing, on=today)
    _remind(request, missing, lambda each: heads.get(each.school_id, ()))
    return redirect("reports:missing_area", found.pk)


def _remind(request, missing, holders_of):
    owed = overdue(missing, holders_of, by=request.user, now=timezone.now())
    try:
        done = remind(to_tell=owed, by=request.user)
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return
    messages.success(request, wording.reminded(done))


def _calls(to_tell):
    """Whom no e-mail reaches, with the school and the number to call; by school."""
    schools = {each.holder.user_id: each.missing.school_class.school for each in to_tell}
    return [
        {"school": schools[each.user_id], "name": each.name, "phone": each.phone}
        for each in to_call(to_tell)
    ]


def _by_class(request, places, school=None):
    now = timezone.now()
    today = timezone.localdate(now)
    month = Month.of(today)
    rows = boards.by_class(places, today=today)
    registers = [each for row in rows for each in [*row.today, *row.earlier]]
    teachers = teachers_of(registers, on=today)
    told = told_today(registers, today=today) if registers else SentReminders()
    for row in rows:
        people = teachers.get(row.school_class.pk, ())
        row.people = ", ".join(dict.fromkeys(holder.name for holder in people))
        row.entries = [
            {
                "register": each,
                "is_late": each.is_late(now),
                "told_at": told.last([each], people),
            }
            for each in row.today
        ]
        row.told_at = told.last(row.earlier, people)
    context = {
        "rows": rows,
        "of_today": [row for row in rows if row.today],
        "of_earlier": [row for row in rows if row.earlier],
        "finding": wording.missing_finding(boards.counted(rows, now)),
        "school": school,
        "today": today,
        "month": month,
        "told_at": max(filter(None, _told_moments(rows)), default=None),
        "crumbs": [],
    }
    if school is not None:
        context |= _of_the_school(request, school, month)
        if school_in(request.scope.places(P.REMIND_REGISTERS), school.pk) is not None:
            owed = overdue(
                registers,
                lambda school_class: teachers.get(school_class.pk, ()),
                by=request.user,
                now=now,
            )
            asked = to_ask(owed, told, now=now)
            context["remind_count"] = len({each.missing.school_class.pk for each in asked})
            context["remind_url"] = reverse("reports:remind_school", args=[school.pk])
    return render(request, "reports/missing_classes.html", context)


def _of_the_school(request, school, month):
    found = delays(month=month, school_ids=[school.pk], by="class")
    return {
        "lag": found[None],
        "half": wording.lag(found[None]),
        "delays": [
            (each, found[each.pk], wording.lag(found[each.pk]))
            for each in classes_of_school(school, month)
            if each.pk in found
        ],
        "crumbs": _school_crumbs(request.scope, school),
    }


def _of_school(school):
    return Places(timezone.localdate(), schools=frozenset([school.pk]))


def _area_in(scope, places, area_id):
    """An area valid today inside the places, or None."""
    return scope.tree.get(area_id) if area_id in places.areas else None


def _told_moments(rows):
    for row in rows:
        yield row.told_at
        yield from (entry["told_at"] for entry in row.entries)


def _link(row, board, may_look):
    if board.by_commune:
        return reverse("reports:missing_area", args=[row.key])
    return reverse("reports:missing_school", args=[row.key]) if may_look else ""


def _other_areas(scope, here):
    """The areas granted, when there are several: a member answers for some communes."""
    granted = scope.areas_granted(P.VIEW_FIGURES)
    return [
        {
            "label": scope.tree.get(pk).title,
            "url": reverse("reports:missing_area", args=[pk]),
            "current": pk == here.pk,
        }
        for pk in granted
        if len(granted) > 1
    ]


def _crumbs(scope, here):
    *above, _here = _areas_open(scope, here.pk)
    return [*above, {"label": here.title}] if above else []


def _school_crumbs(scope, school):
    if not scope.places(P.VIEW_FIGURES).areas:
        return []
    commune = commune_of(school, on=scope.date)
    return [*_areas_open(scope, commune.pk), {"label": school.name}]


def _areas_open(scope, area_id):
    """The area and those above it that the reader may open, from the province down."""
    places = scope.places(P.VIEW_FIGURES)
    return [
        {"label": area.title, "url": reverse("reports:missing_area", args=[area.pk])}
        for area in scope.tree.ancestors(area_id)
        if area.pk in places.areas
    ]
