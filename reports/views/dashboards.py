"""Pages of figures, from the province down to the pupil."""

from collections import Counter

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.leave.selectors import leaves_of, lines_of
from core import rules
from core.access import reach
from core.formatting import format_target, number, percent
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from schools.access_trail import names_shown
from schools.areas.map_choice import asked_map, choices
from schools.areas.selectors.boundaries import boundaries_of
from schools.areas.selectors.tree import AreaTree, area_in
from schools.directory.selectors.classes import class_in, lies_in
from schools.directory.selectors.schools import school_in
from schools.enums import AreaLevel, NamesKind
from schools.period_picker import picker, with_query
from schools.pupils.following import following
from schools.pupils.selectors.pupils import pupil_in
from schools.school_years.periods import asked_period

from .. import dashboard_presenter, suggested_actions, wording
from ..absence_analysis.presenter import why
from ..absence_analysis.selectors import analysis
from ..head_counts import head_counts
from ..rates import Judgement
from ..school_actions import actions_of_school
from ..selectors import dashboards
from ..selectors.flags import flags_in
from ..selectors.plausibility import signs_of_class, signs_of_schools
from ..selectors.pupils import class_pupils, pupil_record
from ..selectors.timeliness import delays
from . import mobilisation


@requires(P.VIEW_FIGURES)
def start(request):
    """Lead the reader to the widest place whose figures they may see."""
    places = request.scope.places(P.VIEW_FIGURES)
    areas = request.scope.areas_granted(P.VIEW_FIGURES)
    if areas:
        return redirect("reports:area", areas[0])
    if places.schools:
        return redirect("reports:school", min(places.schools))
    return redirect("reports:school_class", min(places.classes))


@requires(P.VIEW_FIGURES)
def area(request, area_id):
    """Figures of a province, district, cluster or commune."""
    places = request.scope.places_to_read(P.VIEW_FIGURES)
    found = area_in(places, area_id)
    if found is None:
        raise Http404
    period = asked_period(request.GET)
    month = period.month
    asked = asked_map(request.GET.get("map", ""), found, request.scope.history)
    tree = dashboards.map_for(found, month, asked.day)
    levels = dashboards.levels_in_area(found, month, tree)
    level = asked_level(request, levels)
    table = rules.table(on=month.first)
    board = dashboards.area_dashboard(
        area=found,
        month=month,
        level=level,
        rules=table,
        map_then=asked.then,
        map_day=asked.day,
        tree=tree,
        compared=period.compared(),
    )
    page = dashboard_presenter.page_of(
        board,
        period=period,
        month_url=lambda other: with_query(request, month=other),
        link=lambda row: (
            reverse(
                "reports:school" if found.level == AreaLevel.COMMUNE else "reports:area",
                args=[row.key],
            )
            if row.key
            else ""
        ),
        maps=choices(
            request, asked, found, usual=_("by the units of the month shown"), by_month=True
        ),
        absent_on=asked.absent,
        notes=_notes_of_signs(board) if found.level == AreaLevel.COMMUNE else None,
        boundaries=None
        if found.level == AreaLevel.COMMUNE
        else boundaries_of([row.key for row in board.children]),
    )
    below = _ever_below(request, board, found)
    explained = reverse("reports:explain_area", args=[found.pk])
    context = _frame(request, page, levels, period, explained) | {
        "why": _why(
            board,
            period,
            table,
            school_ids=board.school_ids,
            by_grade=found.level == AreaLevel.COMMUNE,
        ),
        "mobilised": mobilisation.line(found, below, month),
        "ledger_url": reverse("schools:ledger_area", args=[found.pk]),
        "boarding_url": reverse("schools:boarding_area", args=[found.pk]),
        "crumbs": _area_crumbs(request, board.tree, found, page),
        "todo": [
            *_missing(board, reverse("reports:missing_area", args=[found.pk])),
            *_todo(request.scope, board, found, below),
        ],
    }
    if found.level == AreaLevel.COMMUNE:
        context |= _soon(board, school_ids=[row.key for row in board.children])
        context["similar_url"] = _similar_url("area", found, page)
    return render(request, "reports/area.html", context)


def _ever_below(request, board, area):
    """Ids of an area and all that lies in it, with what went into these.

    Everything the reader reads lies in a province, whichever of its maps is shown.
    """
    if board.map_day is not None and area.level == AreaLevel.PROVINCE:
        return request.scope.places_to_read(P.VIEW_FIGURES).areas
    return request.scope.history.before(board.tree.below(area.pk))


@requires(P.VIEW_FIGURES)
def school(request, school_id):
    """Figures of a school."""
    found = reach(
        request.scope, P.VIEW_FIGURES, lambda places: school_in(places, school_id), reading=True
    )
    period = asked_period(request.GET)
    month = period.month
    levels = dashboards.levels_taught([found])
    level = asked_level(request, levels)
    table = rules.table(on=month.first)
    board = dashboards.school_dashboard(
        school=found,
        month=month,
        level=level,
        rules=table,
        compared=period.compared(),
    )
    page = dashboard_presenter.page_of(
        board,
        period=period,
        month_url=lambda other: with_query(request, month=other),
        link=lambda row: reverse("reports:school_class", args=[row.key]),
    )
    crumbs = [*_chain_crumbs(request, board.tree, board.chain), {"label": found.name}]
    return render(
        request,
        "reports/school.html",
        _frame(request, page, levels, period, reverse("reports:explain_school", args=[found.pk]))
        | {
            "crumbs": crumbs,
            "why": _why(board, period, table, school_ids=[found.pk]),
            "todo": [
                *(actions_of_school(request.scope, found) if month == Month.current() else []),
                *_missing(board, _missing_url(request.scope, found, board)),
                *_low_classes(page),
            ],
            "similar_url": _similar_url("school", found, page),
            "counts": head_counts([found.pk], on=month.last).get(found.pk),
            "signs": wording.class_signs(
                signs_of_schools([found.pk], month, level=level), month=month
            ),
        }
        | _soon(board, school_ids=[found.pk]),
    )


@requires(P.VIEW_FIGURES)
def school_class(request, class_id):
    """Figures of a class; its pupils by name only where the scope reaches them."""
    found = reach(
        request.scope, P.VIEW_FIGURES, lambda places: class_in(places, class_id), reading=True
    )
    period = asked_period(request.GET)
    month = period.month
    table = rules.table(on=month.first)
    board = dashboards.class_dashboard(
        school_class=found,
        month=month,
        rules=table,
        compared=period.compared(),
    )
    page = dashboard_presenter.page_of(
        board, period=period, month_url=lambda other: with_query(request, month=other)
    )
    pupils = None
    if class_in(request.scope.places(P.VIEW_PUPILS), class_id) is not None:
        pupils = class_pupils(found, month)
        names_shown(request, NamesKind.FIGURES, school_class=found, count=len(pupils))
    signs = signs_of_class(found, month)
    crumbs = [
        *_chain_crumbs(request, board.tree, board.chain),
        *_school_crumb(request, found.school),
        {"label": found.name},
    ]
    may_see = lies_in(request.scope.places(P.VIEW_REGISTER), found)
    return render(
        request,
        "reports/school_class.html",
        _frame(request, page, [], period, reverse("reports:explain_class", args=[found.pk]))
        | {
            "crumbs": crumbs,
            "why": _why(board, period, table, class_ids=[found.pk]),
            "pupils": pupils,
            "following": following(request.scope, [each.pupil_id for each in pupils or ()]),
            "away": [each for each in pupils or () if not each.is_whole],
            "whole": [each for each in pupils or () if each.is_whole],
            "may_see_registers": may_see,
            "signs": [{"sentences": [wording.sign(each) for each in signs]}] if signs else [],
        }
        | _soon(board, class_ids=[found.pk]),
    )


@requires(P.VIEW_PUPILS)
def pupil(request, pupil_id):
    """Attendance of one pupil in the running school year."""
    found = reach(request.scope, P.VIEW_PUPILS, lambda places: pupil_in(places, pupil_id))
    record = pupil_record(request.scope.places(P.VIEW_PUPILS), found, on=timezone.localdate())
    names_shown(request, NamesKind.FIGURES, pupil=found, school_class=record.school_class)
    crumbs = [{"label": found.full_name}]
    if record.school_class is not None:
        crumbs.insert(
            0,
            {
                "label": record.school_class.name,
                "url": reverse("reports:school_class", args=[record.school_class.pk]),
            },
        )
    return render(
        request,
        "reports/pupil.html",
        {
            "pupil": found,
            "record": record,
            "following": following(request.scope, [found.pk]),
            "crumbs": crumbs,
            **_planned_leave(request, record, found),
        },
    )


def _notes_of_signs(board):
    """Dict school id -> how many of its classes have registers to ask about, in words."""
    found = signs_of_schools([row.key for row in board.children], board.month, level=board.level)
    counts = Counter(each.school_class.school_id for each in found)
    return {
        school_id: ngettext(
            "Registers to be checked: %(count)s class",
            "Registers to be checked: %(count)s classes",
            count,
        )
        % {"count": count}
        for school_id, count in counts.items()
    }


def asked_level(request, levels):
    """The level of the address; lower secondary where it is taught, else the first one."""
    wanted = request.GET.get("level")
    if wanted == "all" or not levels:
        return ""
    return wanted if wanted in levels else levels[0]


def level_choices(request, levels, level):
    """The levels taught and, when there are several, all together."""
    offered = [(code, wording.level_name(code)) for code in levels]
    if len(levels) > 1:
        offered.append(("all", _("All levels")))
    return [
        {
            "label": name,
            "url": with_query(request, level=code),
            "current": code == (level or "all"),
        }
        for code, name in offered
    ]


def _planned_leave(request, record, pupil):
    """`leaves` of the school year, and `record_in`: the class in which more may be recorded."""
    last = record.school_class
    if last is None:
        return {}
    seen, own = (request.scope.places(each) for each in (P.VIEW_REGISTER, P.TAKE_REGISTER))
    found = leaves_of(seen, pupil, since=last.year.valid_from)
    return {
        "leaves": lines_of(found, timezone.localdate()),
        "record_in": last if record.is_there and lies_in(own, last) else None,
    }


def _frame(request, page, levels, period, explained):
    return {
        "board": page,
        "explain_url": f"{explained}?month={period.month}&level={page.level or 'all'}",
        "period": picker(request, period, compares=page.school_class is None),
        "level_choices": level_choices(request, levels, page.level),
        "level_label": _("Education level"),
    }


def _similar_url(kind, place, page):
    """The same month and level of a place among those most like it."""
    url = reverse(f"reports:similar_{kind}", args=[place.pk])
    return f"{url}?month={page.month}&level={page.level or 'all'}"


def _soon(board, **place):
    """How soon the registers of a place came; asked of the place, for medians do not add up."""
    found = delays(month=board.month, level=board.level, **place)[None]
    return {"lag": found, "half": wording.lag(found)}


def _why(board, period, table, **place):
    """Why pupils of a place were absent, from the facts of the month and the one compared with."""
    found = analysis(month=board.month, compared=period.compared(), level=board.level, **place)
    return why(board, found, table, period.compared())


def _missing_url(scope, school, board):
    """Where a school's missing registers are named; "" for who reads figures alone."""
    places = scope.places(P.VIEW_REGISTER)
    may_look = school.pk in places.schools or not places.areas.isdisjoint(board.chain)
    return reverse("reports:missing_school", args=[school.pk]) if may_look else ""


def _missing(board, url):
    """What the running month still lacks, and where to see it."""
    missing = board.total.due - board.total.taken
    if board.month == Month.current() and missing > 0:
        yield suggested_actions.Action(
            title=_("This month"),
            text=_("%(level)s: %(count)s registers of earlier days are missing.")
            % {"level": wording.level_name(board.level), "count": number(missing)},
            url=url,
            action=_("See where"),
        )


def _low_classes(page):
    """The classes of a school's month that are certainly low, lowest first, a few of them."""
    low = [row for row in page.children if row.judgement == Judgement.CERTAINLY_LOW]
    for row in sorted(low, key=lambda row: row.rate.known)[: suggested_actions.SHOWN]:
        yield suggested_actions.Action(
            title=row.name,
            text=_("Attendance %(rate)s, certainly under the target of %(target)s.")
            % {"rate": percent(row.rate.value), "target": format_target(row.target)},
            url=row.url,
            action=_("See the class"),
        )


def _todo(scope, board, area, below):
    places = scope.places_to_read(P.VIEW_FLAGS)
    flags = [
        flag
        for flag in flags_in(places, month=board.month, level=board.level)
        if flag.commune_id in below
    ]
    actions = suggested_actions.actions_for(scope, area_id=area.pk)
    return [*actions, *suggested_actions.flagged(scope, flags, area_id=area.pk, month=board.month)]


def _area_crumbs(request, tree, area, page):
    chain = [above for above in tree.ancestors(area.pk) if above.pk != area.pk]
    return [
        *_chain_crumbs(request, tree, [above.pk for above in reversed(chain)]),
        {"label": area.title},
    ]


def _chain_crumbs(request, tree: AreaTree, chain):
    """Areas above that the reader may open, from the province down."""
    places = request.scope.places_to_read(P.VIEW_FIGURES)
    return [
        {"label": tree[pk].title, "url": reverse("reports:area", args=[pk])}
        for pk in reversed(chain)
        if pk in places.areas
    ]


def _school_crumb(request, school):
    if school_in(request.scope.places_to_read(P.VIEW_FIGURES), school.pk) is None:
        return [{"label": school.name}]
    return [{"label": school.name, "url": reverse("reports:school", args=[school.pk])}]
