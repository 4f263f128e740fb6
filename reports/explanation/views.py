"""The pages that explain an attendance figure: what it was counted from, down to pupil-sessions."""

from collections import Counter

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance.enums import AbsenceReason, Mark, NotHeldReason
from core.access import reach
from core.documents.downloads import download
from core.formatting import number, percent
from core.permissions import Permission as P
from core.permissions import requires
from schools.access_trail import lists_shown
from schools.areas.selectors.tree import area_in
from schools.directory.selectors.classes import class_in
from schools.directory.selectors.schools import are_all_in, school_in
from schools.enums import NamesKind, Session
from schools.models import Area, School, SchoolClass
from schools.period_picker import picker, with_query
from schools.school_years.periods import asked_period

from .. import wording
from ..indicators import INDICATORS, JUDGED
from ..selectors import dashboards
from ..views.dashboards import asked_level, level_choices
from . import days
from .places import area_place, class_place, school_place
from .selectors import What, people, pupils_of, senders_of
from .services import give_out

PAGE_SIZE = 50
# Lines that one workbook holds: the whole month of a large commune has more and is cut by choice.
MOST_EXPORTED = 50_000

ADDRESSES = {Area: "area", School: "school", SchoolClass: "class"}


@requires(P.VIEW_FIGURES)
@require_safe
@never_cache
def area(request, area_id):
    """Explain the attendance of an area."""
    return _page(request, _area(request, area_id, P.VIEW_FIGURES, reading=True))


@requires(P.VIEW_FIGURES)
@require_safe
@never_cache
def school(request, school_id):
    """Explain the attendance of a school."""
    return _page(request, _school(request, school_id, P.VIEW_FIGURES, reading=True))


@requires(P.VIEW_FIGURES)
@require_safe
@never_cache
def school_class(request, class_id):
    """Explain the attendance of a class."""
    return _page(request, _class(request, class_id, P.VIEW_FIGURES, reading=True))


@requires(P.VIEW_PUPILS)
@require_safe
def area_excel(request, area_id):
    """The pupil-sessions of a commune in Excel."""
    return _excel(request, _area(request, area_id, P.VIEW_PUPILS))


@requires(P.VIEW_PUPILS)
@require_safe
def school_excel(request, school_id):
    """The pupil-sessions of a school in Excel."""
    return _excel(request, _school(request, school_id, P.VIEW_PUPILS))


@requires(P.VIEW_PUPILS)
@require_safe
def class_excel(request, class_id):
    """The pupil-sessions of a class in Excel."""
    return _excel(request, _class(request, class_id, P.VIEW_PUPILS))


def _area(request, area_id, permission, *, reading=False):
    found = reach(
        request.scope, permission, lambda places: area_in(places, area_id), reading=reading
    )
    month = asked_period(request.GET).month
    levels = dashboards.levels_in_area(found, month)
    return area_place(found, month, asked_level(request, levels))


def _school(request, school_id, permission, *, reading=False):
    found = reach(
        request.scope, permission, lambda places: school_in(places, school_id), reading=reading
    )
    level = asked_level(request, dashboards.levels_taught([found]))
    return school_place(found, asked_period(request.GET).month, level)


def _class(request, class_id, permission, *, reading=False):
    found = reach(
        request.scope, permission, lambda places: class_in(places, class_id), reading=reading
    )
    return class_place(found, asked_period(request.GET).month)


def _page(request, place):
    month, total = place.month, place.total
    context = {
        "place": place,
        "name": _name(place),
        "month": month,
        "total": total,
        "rate": place.rate,
        "finding": _finding(place),
        "indicator": INDICATORS[JUDGED],
        "coverage": INDICATORS["coverage"].compute(total),
        "period": picker(request, asked_period(request.GET)),
        "level_choices": level_choices(request, place.levels, place.level),
        "level_label": _("Education level"),
        "parts": [
            (part, f"{_address(place.kind, part.pk)}?{_frame_query(place)}") for part in place.parts
        ],
        "crumbs": [
            {"label": _name(place), "url": _figures_url(place)},
            {"label": _("Explain this number")},
        ],
    }
    if place.is_listed:
        context |= _listed(request, place)
    else:
        context |= {"missing": total.due - total.taken, "not_held": total.not_held}
    return render(request, "reports/explain.html", context)


def _listed(request, place):
    """The registers of a commune, school or class, and its pupil-sessions by name or by register.

    A fixed number of queries whatever the number of registers.
    """
    counted = place.counted()
    lessons = counted.lessons()
    left_out = counted.left_out()
    senders = senders_of(each.register_id for each in lessons)
    users = people(senders.values())
    sent = Counter(senders.get(each.register_id) for each in lessons)
    classes = counted.school_classes()
    named = _names_reached(request, place)
    what = _what(request)
    shows_names = named and request.GET.get("list") != "registers"
    context = {
        "left_out": _left_out_counts(left_out),
        "left_out_lines": _left_out_lines(left_out) if place.class_ids is not None else [],
        "senders": [
            (users[pk], count)
            for pk, count in sorted(
                sent.items(), key=lambda each: (-each[1], str(users.get(each[0], "")))
            )
            if pk in users
        ],
        "unknown_sender": sent.get(None, 0),
        "named": named,
        "shows_names": shows_names,
        "list_choices": [
            {
                "label": label,
                "url": with_query(request, list=code),
                "current": shows_names == (code == "pupils"),
            }
            for code, label in (("pupils", _("By pupil")), ("registers", _("By register")))
        ],
        **_days(place, lessons, classes),
        "sums": {
            "expected": sum(each.expected for each in lessons),
            "present": sum(each.present for each in lessons),
        },
    }
    if not shows_names:
        page = Paginator(lessons, PAGE_SIZE).get_page(request.GET.get("page"))
        context["page"] = page
        context["lines"] = [
            (each, classes[each.class_id], users.get(senders.get(each.register_id)))
            for each in page
        ]
        return context
    counts = _counts(lessons)
    page = Paginator(range(counts[what]), PAGE_SIZE).get_page(request.GET.get("page"))
    first = (page.number - 1) * PAGE_SIZE
    rows = counted.pupil_days(what, offset=first, limit=PAGE_SIZE)
    lists_shown(
        request,
        NamesKind.FIGURES,
        [(classes[row.class_id].school_id, row.class_id) for row in rows],
    )
    return context | {
        "page": page,
        "lines": _lines(rows, classes, senders, users),
        "what": what,
        "listed": counts[what],
        "what_choices": [
            {
                "label": f"{label} ({number(counts[code])})",
                "url": with_query(request, what=str(code), list="pupils"),
                "current": code == what,
            }
            for code, label in _labels().items()
        ],
        "excel_url": f"{_address(ADDRESSES[type(place.found)], place.found.pk, excel=True)}"
        f"?{_frame_query(place)}&what={what}",
    }


def _days(place, lessons, classes):
    """The registers by weekday, week and session, and each place of the next level day by day."""
    of_schools = place.kind == "school"
    heat = days.day_heat(
        lessons,
        places=[
            (part.pk, part.name, f"{_address(place.kind, part.pk)}?{_frame_query(place)}")
            for part in place.parts
        ]
        or [(each.pk, each.name, "") for each in classes.values()],
        place_of=lambda lesson: (
            classes[lesson.class_id].school_id if of_schools else lesson.class_id
        ),
        whole=place.rate.value,
    )
    return {
        "weekdays": days.by_weekday(lessons),
        "weeks": days.by_week(lessons),
        "sessions": days.by_session(lessons),
        "heat": heat,
    }


def _excel(request, place):
    if not place.is_listed:
        raise Http404
    if not _schools_reached(request, place):
        raise PermissionDenied
    what = _what(request)
    counted = place.counted()
    lessons = counted.lessons()
    kind = ADDRESSES[type(place.found)]
    if (count := _counts(lessons)[what]) > MOST_EXPORTED:
        messages.error(
            request,
            _(
                "%(count)s pupil-sessions; at most %(limit)s fit one file. Choose the absences "
                "alone, or a school or class, then download again."
            )
            % {"count": number(count), "limit": number(MOST_EXPORTED)},
        )
        return redirect(f"{_address(kind, place.found.pk)}?{request.GET.urlencode()}")
    rows = counted.pupil_days(what)
    senders = senders_of({row.register_id for row in rows})
    users = people(senders.values())
    classes = counted.school_classes()
    lists_shown(
        request,
        NamesKind.FILE,
        [(classes[row.class_id].school_id, row.class_id) for row in rows],
    )
    content = give_out(
        place=place,
        title=_("%(name)s, month %(month)s: %(what)s")
        % {"name": _name(place), "month": place.month.label, "what": _labels()[what]},
        about=_finding(place),
        rows=[
            [
                f"{line['row'].date:%d/%m/%Y}",
                line["session"],
                line["school_class"].school.name,
                line["school_class"].name,
                line["pupil"].full_name,
                f"{line['pupil'].birth_date:%d/%m/%Y}",
                line["mark"],
                line["reason"],
                str(line["sender"] or "—"),
            ]
            for line in _lines(rows, classes, senders, users)
        ],
        total=_("Total: %(count)s pupil-sessions"),
        by=request.user,
    )
    return download(content, name=f"luot-hoc-{kind}-{place.month}-{what}.xlsx")


def _lines(rows, classes, senders, users):
    """What a line of the list says; one query."""
    pupils = pupils_of(rows)
    return [
        {
            "row": row,
            "session": str(Session(row.session).label),
            "school_class": classes[row.class_id],
            "pupil": pupils[row.pupil_id],
            "mark": str(Mark(row.mark).label) if row.mark else _("Present"),
            "reason": str(AbsenceReason(row.reason).label) if row.reason else "",
            "sender": users.get(senders.get(row.register_id)),
        }
        for row in rows
    ]


def _names_reached(request, place):
    """Whether the reader's scope reaches the names of all pupils behind the figure."""
    places = request.scope.places(P.VIEW_PUPILS)
    find = {Area: area_in, School: school_in, SchoolClass: class_in}[type(place.found)]
    return find(places, place.found.pk) is not None and _schools_reached(request, place)


def _schools_reached(request, place):
    """Whether the names of every school of a place within the scope are the reader's.

    A commune's month may count schools that lie elsewhere by now: the right over the commune of
    today is none over their pupils.
    """
    if not isinstance(place.found, Area):
        return True
    return are_all_in(request.scope.places(P.VIEW_PUPILS), place.school_ids)


def _what(request):
    asked = request.GET.get("what", "")
    return What(asked) if asked in set(What) else What.AWAY


def _labels():
    return {
        What.AWAY: _("Absent"),
        What.EXCUSED: Mark.EXCUSED.label,
        What.UNEXCUSED: Mark.UNEXCUSED.label,
        What.LATE: Mark.LATE.label,
        What.PRESENT: _("Numerator: attended"),
        What.ALL: _("Denominator: all"),
    }


def _counts(lessons):
    """{which pupil-sessions: how many}, from the registers that count."""
    return {
        What.AWAY: sum(each.absent for each in lessons),
        What.EXCUSED: sum(each.excused for each in lessons),
        What.UNEXCUSED: sum(each.unexcused for each in lessons),
        What.LATE: sum(each.late for each in lessons),
        What.PRESENT: sum(each.present for each in lessons),
        What.ALL: sum(each.expected for each in lessons),
    }


def _total(found):
    return sum(map(len, found.values()))


def _left_out_counts(left_out):
    """(why, how many registers do not count for it), of the reasons there are."""
    counts = [
        (_("Not taken: no register was sent"), _total(left_out.missing)),
        *(
            (_("Not held: %(reason)s") % {"reason": NotHeldReason(code).label}, count)
            for code, count in left_out.reasons
        ),
        (_("Sent, but the calendar has no school then"), _total(left_out.not_due)),
    ]
    return [(why, count) for why, count in counts if count]


def _left_out_lines(left_out):
    """(day, session, why) of the registers of one class that do not count, by day."""
    lines = [
        (day, session, _("Not taken: no register was sent"))
        for found in left_out.missing.values()
        for day, session in found
    ]
    lines += [
        (day, session, _("Not held: %(reason)s") % {"reason": NotHeldReason(reason).label})
        for found in left_out.not_held.values()
        for day, session, reason in found
    ]
    lines += [
        (day, session, _("Sent, but the calendar has no school then"))
        for found in left_out.not_due.values()
        for day, session in found
    ]
    return [(day, Session(session).label, why) for day, session, why in sorted(lines)]


def _finding(place):
    rate, total = place.rate, place.total
    if rate.value is None:
        return _("No register of the month has been counted.")
    return _(
        "Attendance %(rate)s: %(present)s of %(expected)s pupil-sessions attended; "
        "%(excused)s missed with leave, %(unexcused)s without"
    ) % {
        "rate": percent(rate.value),
        "present": number(rate.numerator),
        "expected": number(rate.denominator),
        "excused": number(total.excused),
        "unexcused": number(total.unexcused),
    }


def _name(place):
    found = place.found
    if isinstance(found, SchoolClass):
        return _("Class %(name)s, %(school)s") % {"name": found.name, "school": found.school.name}
    name = found.title if isinstance(found, Area) else found.name
    return f"{name} ({wording.level_name(place.level)})" if len(place.levels) > 1 else name


def _frame_query(place):
    return f"month={place.month}&level={place.level or 'all'}"


def _address(kind, pk, *, excel=False):
    return reverse(f"reports:explain_{kind}{'_excel' if excel else ''}", args=[pk])


def _figures_url(place):
    names = {Area: "area", School: "school", SchoolClass: "school_class"}
    address = reverse(f"reports:{names[type(place.found)]}", args=[place.found.pk])
    return f"{address}?{_frame_query(place)}"
