"""The checklist: what is there and what is missing, in counts, for the places of a reader.

What holds for the whole installation is asked of the checks of the doctor
(`operations.diagnostics.province`), so that page and command never disagree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import RoleGrant
from accounts.staff.selectors.places import staff_places
from core.permissions import Permission as P
from core.scope import Places, Scope
from core.types import StrOrPromise
from inspections.models import Committee
from operations.diagnostics import Status, database, installation, province
from operations.diagnostics.findings import Check
from schools.directory.selectors.years import year_at_or_after

from .addresses import Link, links
from .schools import SchoolState, school_states


@dataclass(frozen=True)
class Point:
    """One line: `count` of `total` are missing (None where nothing is counted)."""

    code: str
    title: StrOrPromise
    status: Status
    text: StrOrPromise
    count: int | None = None
    total: int | None = None
    mend: StrOrPromise = ""
    links: list[Link] = field(default_factory=list)


@dataclass(frozen=True)
class Checklist:
    """The lines, and the schools they were counted from, the worst first."""

    points: list[Point]
    schools: list[SchoolState]

    @property
    def blocking(self) -> int:
        """How many lines keep the first morning from beginning."""
        return sum(point.status == Status.BROKEN for point in self.points)

    @property
    def open(self) -> int:
        """How many other lines still want something."""
        return sum(point.status == Status.WATCH for point in self.points)


def checklist(scope: Scope) -> Checklist:
    """The `Checklist` of a reader; a fixed number of queries, whatever the number of schools."""
    schools = states_for(scope)
    return Checklist([*_of_installation(scope), *_of_schools(scope, schools)], schools)


def states_for(scope: Scope) -> list[SchoolState]:
    """The schools in a reader's places, the worst first."""
    year = year_at_or_after(scope.date)
    day = max(scope.date, year.valid_from) if year else scope.date
    return school_states(readers_places(scope), on=day, year=year)


def readers_places(scope: Scope) -> Places:
    """Where the reader sees how ready schools are: as with their staff."""
    return staff_places(scope, P.VIEW_STAFF)


def _of_installation(scope: Scope) -> Iterator[Point]:
    if scope.may(P.MANAGE_YEARS):
        yield from _found(
            province.administrator,
            links(scope, (P.MANAGE_USERS, _("New accounts"), "accounts:issue", [])),
        )
        yield from _found(database.official_units, [])
        yield _officer(scope)
        yield _supervision(scope)
    yield from _found(
        province.school_year,
        links(scope, (P.MANAGE_YEARS, _("School years"), "schools:years", [])),
    )
    calendar = (P.MANAGE_CALENDAR, _("Weekly pattern"), "attendance:patterns", list[object]())
    yield from _found(province.weekly_pattern, links(scope, calendar))
    if scope.may(P.MANAGE_YEARS):
        yield from _found(installation.site_address, [])
    frames = (P.MANAGE_CALENDAR, _("First and last day"), "attendance:frames", list[object]())
    yield from _found(province.year_frame, links(scope, frames))


def _found(look: Check, where: list[Link]) -> Iterator[Point]:
    """The line of a finding of the doctor, if the question arises."""
    found = look()
    if found is not None:
        yield Point(found.name, found.title, found.status, found.text, mend=found.mend, links=where)


def _officer(scope: Scope) -> Point:
    held = RoleGrant.objects.on(scope.date).filter(role="province_officer", user__is_active=True)
    count = held.values("user_id").distinct().count()
    return Point(
        "officer",
        _("Officer of the province"),
        Status.WELL if count else Status.BROKEN,
        ngettext("%(count)s person", "%(count)s people", count) % {"count": count}
        if count
        else _("Nobody keeps the calendar of the province."),
        links=links(
            scope,
            (P.MANAGE_USERS, _("New accounts"), "accounts:issue", []),
            (P.MANAGE_USERS, _("Give a role"), "accounts:role_give", []),
        ),
    )


def _supervision(scope: Scope) -> Point:
    """Clusters of communes, and committees: without them nobody supervises."""
    tree = scope.tree
    communes = tree.communes()
    alone = sum(len(tree.ancestors(each.pk)) < 3 for each in communes)
    committees = Committee.objects.on(scope.date).count()
    if alone:
        text = ngettext(
            "%(count)s commune lies in no cluster.", "%(count)s communes lie in no cluster.", alone
        ) % {"count": alone}
    elif not committees:
        text = _("Every commune lies in a cluster; no steering committee is founded yet.")
    else:
        text = _("Every commune lies in a cluster.")
    return Point(
        "supervision",
        _("Clusters and committees"),
        Status.WELL if communes and committees and not alone else Status.WATCH,
        text,
        alone or None,
        len(communes) if alone else None,
        links=links(scope, (P.MANAGE_COMMITTEES, _("Committees"), "inspections:committees", [])),
    )


def _of_schools(scope: Scope, schools: Sequence[SchoolState]) -> Iterator[Point]:
    total = len(schools)
    yield Point(
        "schools",
        _("Schools"),
        Status.WELL if total else Status.BROKEN,
        ngettext("%(count)s school", "%(count)s schools", total) % {"count": total}
        if total
        else _("No school is entered yet."),
        links=links(
            scope,
            (P.MANAGE_SCHOOLS, _("Schools from a file"), "schools:school_files", []),
            (P.MANAGE_SCHOOLS, _("Open and change schools"), "schools:records", []),
        ),
    )
    if not total:
        return
    only = schools[0].school.pk if total == 1 else None
    staff, classes, pupils, accounts = _where(scope, only)
    all_classes = sum(each.classes for each in schools)
    people = sum(each.staff.people for each in schools)
    all_pupils = sum(each.pupils for each in schools)
    empty = sum(not each.classes for each in schools)
    yield _line("heads", _("Schools without a head"), _sum(schools, "headless"), total, staff)
    yield _line("classes", _("Schools without classes"), empty, total, pupils, stops=empty == total)
    for code, title, where in [
        ("without_lessons", _("Classes without any lesson in the year"), _calendar(scope)),
        ("without_teacher", _("Classes without a teacher"), classes),
        ("without_pupils", _("Classes without pupils"), pupils),
    ]:
        count = _sum(schools, code)
        yield _line(
            code, title, count, all_classes, where, stops=bool(count) and count == all_classes
        )
    yield _line(
        "left_behind",
        _("Pupils whose class is of a year that is over"),
        _sum(schools, "left_behind"),
        all_pupils + _sum(schools, "left_behind"),
        _turns(scope, only),
    )
    yield _line(
        "without_account",
        _("Staff without an account"),
        _sum(schools, "without_account"),
        people,
        accounts,
    )
    yield _line(
        "never_signed_in", _("Never signed in"), _sum(schools, "never_signed_in"), None, accounts
    )


def _line(
    code: str,
    title: StrOrPromise,
    count: int,
    total: int | None,
    where: list[Link],
    *,
    stops: bool = False,
) -> Point:
    status = Status.WATCH if count else Status.WELL
    return Point(
        code,
        title,
        Status.BROKEN if stops else status,
        "" if count else _("None."),
        count,
        total if count else None,
        links=where if count else [],
    )


def _sum(schools: Sequence[SchoolState], name: str) -> int:
    return sum(int(getattr(each, name)) for each in schools)


def _calendar(scope: Scope) -> list[Link]:
    return links(scope, (P.MANAGE_CALENDAR, _("Weekly pattern"), "attendance:patterns", []))


def _turns(scope: Scope, school_id: int | None) -> list[Link]:
    """Where a school goes over to the new year, or which schools have not."""
    every = (P.VIEW_SCHOOL, _("Schools and the new year"), "schools:year_turns", list[object]())
    if school_id is None:
        return links(scope, every)
    return links(
        scope, (P.MANAGE_PUPILS, _("New school year"), "schools:year_turn", [school_id])
    ) or links(scope, every)


def _where(scope: Scope, school_id: int | None) -> tuple[list[Link], ...]:
    """Links to staff, classes, pupils and accounts: of the one school, or of all.

    Pages that only some installations have are named here; `links` leaves out what is not there.
    """
    if school_id is None:
        staff = links(scope, (P.VIEW_STAFF, _("Staff of the schools"), "staff:staff", []))
        return (
            staff,
            staff,
            links(
                scope,
                (P.IMPORT_PUPILS_OF_MANY, _("Pupils from a file"), "schools:import_upload_all", []),
            ),
            links(
                scope,
                (P.GIVE_ROLES, _("Accounts from the staff list"), "accounts:issue_staff", []),
                (P.GIVE_ROLES, _("Accounts"), "accounts:people", []),
            ),
        )
    own: list[object] = [school_id]
    return (
        links(scope, (P.VIEW_STAFF, _("Staff"), "staff:school", own)),
        links(scope, (P.MANAGE_STAFF, _("Class teachers"), "staff:classes", own)),
        links(
            scope,
            (P.IMPORT_PUPILS, _("Pupils from a file"), "schools:import_upload", own),
            (P.VIEW_SCHOOL, _("Classes"), "schools:school", own),
        ),
        links(
            scope,
            (P.GIVE_ROLES, _("Accounts from the staff list"), "accounts:issue_school", own),
            (P.GIVE_ROLES, _("Accounts"), "accounts:people", []),
        ),
    )
