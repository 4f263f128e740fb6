"""The menu: what this person may open, in groups, most used first; and where they are in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.viewing import session as viewing
from attendance.offline.texts import offline_context
from attendance.registers.selectors.missing import count_late
from core.permissions import Permission as P
from core.province import agency_name
from schools.crumbs import Crumb
from schools.directory.selectors.classes import class_in

from .start_pages import start_url

# Pages whose address begins with that of no entry, by the beginning of their names: the entries
# they are reached from. The first that fits the page and is in the reader's menu is marked.
_LIES_UNDER = (
    (("accounts:role_", "accounts:issue_school"), ("accounts:people",)),
    (("accounts:emergency", "accounts:all_tokens"), ("accounts:people",)),
    (("attendance:class_leaves", "attendance:leave_"), ("attendance:leaves",)),
    (("attendance:reopening_",), ("attendance:reopenings",)),
    (("attendance:frame", "attendance:pattern"), ("attendance:closures",)),
    (("attendance:roll_", "attendance:support"), ("reports:missing", "attendance:today")),
    (("attendance:",), ("attendance:today", "schools:schools")),
    (("inspections:question", "inspections:criteri"), ("inspections:committees",)),
    (("inspections:scorecard",), ("inspections:committees", "inspections:mine")),
    (
        (
            *("inspections:recommendation", "inspections:visit_here", "inspections:visits_here"),
            "inspections:visit_report",
        ),
        (
            "inspections:recommendations",
            "inspections:mine",
            "inspections:recommendation_list",
            "inspections:plans",
        ),
    ),
    (
        ("inspections:action",),
        ("inspections:actions", "inspections:recommendations", "inspections:mine"),
    ),
    (("inspections:",), ("inspections:plans", "inspections:mine")),
    (("mobilisation:",), ("mobilisation:cases", "reports:risks")),
    (("schools:school_files",), ("schools:schools", "schools:records")),
    (("schools:rule",), ("schools:rules",)),
    (("schools:cluster", "schools:communes_out"), ("schools:clusters",)),
    (("schools:", "staff:"), ("schools:schools", "attendance:today")),
)
# A menu no longer than this stands in one row, without groups.
SHORT = 6


@dataclass(frozen=True)
class Entry:
    """One page of the menu, or a group of them that leads to its first page."""

    label: str
    url: str
    current: bool
    count: int = 0
    entries: Sequence["Entry"] = ()

    @property
    def current_as(self):
        """The value of aria-current: a group is not the page itself."""
        return "true" if self.entries else "page"


@dataclass(frozen=True)
class Menu:
    """What the user may open: in groups, most used first; `inside` are the pages beside this one.

    `crumbs` is the way back for a page that has no crumbs of its own; none on the start page.
    """

    groups: Sequence[Entry] = ()
    inside: Sequence[Entry] = ()
    crumbs: Sequence[Crumb] = ()
    is_start: bool = False

    def __bool__(self):
        return bool(self.groups)


def offline(request):
    """Context processor: what the user's phone keeps, if anything; see `offline_context`."""
    scope = getattr(request, "scope", None)
    if scope is None or not request.user.is_authenticated:
        return {}
    takes_registers = scope.may(P.TAKE_REGISTER)
    if not takes_registers and not scope.may(P.FOLLOW_CHILDREN):
        return {}
    # Another's class lists are kept on no device of the reader.
    if viewing.class_looked_at(request) is not None:
        return {}
    return offline_context(
        takes_registers=takes_registers,
        inspects=scope.may(P.RECORD_VISIT),
        surveys=scope.may(P.MANAGE_SURVEY),
        is_frame=False,
    )


def demonstration(request):
    """Context processor: `is_demonstration`, asked of the database by the templates that say so."""
    return {"is_demonstration": SimpleLazyObject(_is_demonstration)}


def _is_demonstration():
    from .demo import build

    return build.is_present()


def view_of_a_teacher(request):
    """Context processor: `is_viewing`, and `class_looked_at` when the reader still may see it."""
    if not hasattr(request, "scope") or viewing.class_looked_at(request) is None:
        return {}
    places = request.scope.places(P.VIEW_REGISTER)
    found = SimpleLazyObject(lambda: class_in(places, viewing.class_looked_at(request)))
    return {"is_viewing": True, "class_looked_at": found}


def agency(request):
    """Context processor: `agency` and `help_line`, for the pages before the sign-in."""
    return {"agency": SimpleLazyObject(agency_name), "help_line": settings.HELP_LINE}


def navigation(request):
    """Context processor: `nav`, a `Menu` of what is open to the user; empty before sign-in.

    Made when a template first asks: part of a page has no menu. `readiness_url`: the checklist,
    for who may open it; it stands under the user's name, where the strip is full. `search_url`:
    for whoever has more than a class or two to look through.
    """
    scope = getattr(request, "scope", None)
    if scope is None or not request.user.is_authenticated:
        return {"nav": Menu()}
    return {
        "nav": SimpleLazyObject(lambda: _menu(request, scope)),
        "readiness_url": reverse("readiness") if scope.may(P.VIEW_STAFF) else "",
        "search_url": "" if _has_little(scope) else reverse("schools:search"),
    }


def _has_little(scope):
    """Whether a reader has nothing to search, or classes alone: a list of their own pages."""
    places = scope.places(P.VIEW_SCHOOL)
    return not places or places.only_classes


def _menu(request, scope):
    offered = [
        (group, [(label, name) for permission, label, name in pages if scope.may(permission)])
        for group, pages in _offered(scope)
    ]
    urls = {name: reverse(name) for _group, pages in offered for _label, name in pages}
    here = _here(request, urls)
    counts = {"reports:missing": _late(request)}
    groups = [
        _group(
            label,
            [
                Entry(each, urls[name], urls[name] == here, counts.get(name, 0))
                for each, name in pages
            ],
        )
        for label, pages in offered
        if pages
    ]
    if request.user.is_staff:
        groups.append(Entry(_("Administration"), reverse("admin:index"), False))
    if len(urls) <= SHORT:
        groups = [entry for group in groups for entry in group.entries or [group]]
    is_start = request.path in (reverse("home"), start_url(scope))
    return Menu(
        groups=groups,
        inside=next((group.entries for group in groups if group.current), ()),
        crumbs=[] if is_start else _crumbs(request, groups),
        is_start=is_start,
    )


def _here(request, urls):
    """The address of the entry that the page lies under; empty where it lies under none.

    Args:
        urls: address of each entry of the reader's menu, by its name.
    """
    # "/figures/" begins every page of figures, "/figures/flags/" only that of the flags.
    begun = [url for url in urls.values() if request.path.startswith(url)]
    if begun:
        return max(begun, key=len)
    page = request.resolver_match.view_name if request.resolver_match else ""
    return next(
        (
            urls[name]
            for pages, entries in _LIES_UNDER
            if page.startswith(pages)
            for name in entries
            if name in urls
        ),
        "",
    )


def _group(label, entries):
    """A group; a page that would be alone in it stands for itself."""
    if len(entries) == 1:
        return entries[0]
    return Entry(
        label,
        entries[0].url,
        any(entry.current for entry in entries),
        sum(entry.count for entry in entries),
        entries,
    )


def _crumbs(request, groups):
    """The entry that is open, or that the page lies under."""
    entries = [entry for group in groups for entry in group.entries or [group]]
    return [
        {"label": entry.label, "url": "" if entry.url == request.path else entry.url}
        for entry in entries
        if entry.current
    ]


def _offered(scope):
    """(name of a group, its pages) in the order of the menu; a page is permission, label, name."""
    # Who takes registers asks there and reads the answer.
    reopening = P.REOPEN_REGISTERS if scope.may(P.REOPEN_REGISTERS) else P.TAKE_REGISTER
    # Who sees schools finds these pages among them.
    kept = (
        []
        if scope.may(P.VIEW_SCHOOL)
        else [
            (P.MANAGE_SCHOOLS, _("Open and change schools"), "schools:records"),
            (P.MANAGE_YEARS, _("School years"), "schools:years"),
            (P.MANAGE_UNITS, _("Units by decree"), "schools:decrees"),
        ]
    )
    # Who has no commune has no survey either.
    children = (
        [(P.VIEW_FIGURES, _("Children of the communes"), "mobilisation:communes")]
        if any(grant.area_id and P.VIEW_FIGURES in may for grant, may in scope.grants)
        else []
    )
    # Teachers come there from their pupils at risk: their menu stands in one row.
    followed = (
        []
        if scope.places(P.FOLLOW_CHILDREN).only_classes
        else [(P.FOLLOW_CHILDREN, _("Children followed"), "mobilisation:cases")]
    )
    # A teacher receives nobody.
    keeper = P.MANAGE_PUPILS if scope.may(P.MANAGE_PUPILS) else P.MANAGE_SURVEY
    # Whoever has a step in the month's path, which begins at the school.
    walks = next(
        (
            each
            for each in (P.PUBLISH_MONTH, P.REVIEW_MONTH, P.ASSESS_MONTH, P.CONFIRM_MONTH)
            if scope.may(each)
        ),
        P.CONFIRM_MONTH,
    )
    return [
        (
            pgettext("menu", "Registers"),
            [
                (P.TAKE_REGISTER, _("Today"), "attendance:today"),
                (P.VIEW_FIGURES, _("Missing registers"), "reports:missing"),
                (P.VIEW_REGISTER, _("Planned leave"), "attendance:leaves"),
                (reopening, _("Open again"), "attendance:reopenings"),
                (P.MANAGE_CALENDAR, _("Closures"), "attendance:closures"),
            ],
        ),
        (
            pgettext("menu", "Figures"),
            [
                (P.VIEW_FIGURES, _("Figures"), "reports:start"),
                (walks, _("Closing the month"), "reports:month"),
                (P.VIEW_PUPILS, _("Pupils at risk"), "reports:risks"),
                *followed,
                *children,
                (P.VIEW_FLAGS, _("Flags"), "reports:flags"),
                (P.EXPORT_FIGURES, _("Reports"), "reports:runs"),
                (P.EXPORT_FIGURES, _("Issued papers"), "reports:papers"),
                (P.MANAGE_TARGETS, _("Targets"), "reports:targets"),
            ],
        ),
        (
            _("Inspections"),
            [
                (P.VIEW_PLANS, _("Plans"), "inspections:plans"),
                (P.RECORD_VISIT, _("My inspections"), "inspections:mine"),
                (
                    P.ANSWER_RECOMMENDATIONS,
                    pgettext("menu", "Recommendations"),
                    "inspections:recommendations",
                ),
                (P.VIEW_PLANS, _("Recommendations followed"), "inspections:recommendation_list"),
                (P.MANAGE_ACTIONS, _("Plans of action"), "inspections:action_plans"),
                # Heads and members come there from their recommendations and inspections.
                (P.MANAGE_ACTIONS, pgettext("menu", "Tasks"), "inspections:actions"),
                (P.VIEW_COMMITTEES, _("Committees"), "inspections:committees"),
            ],
        ),
        (
            pgettext("menu", "Schools"),
            [
                (P.VIEW_SCHOOL, _("Schools"), "schools:schools"),
                (keeper, _("Pupils on the way"), "schools:transfers"),
                # Others see the staff of a school from its page.
                (P.MANAGE_STAFF, _("Staff"), "staff:staff"),
                *kept,
            ],
        ),
        (
            _("Management"),
            [
                (P.GIVE_ROLES, _("Accounts"), "accounts:people"),
                (P.MANAGE_CLUSTERS, _("Supervision clusters"), "schools:clusters"),
                (P.MANAGE_RULES, _("Dated rules"), "schools:rules"),
                (P.VIEW_OPERATIONS, _("Operations"), "operations"),
                # Others find it under their name.
                (P.VIEW_OPERATIONS, _("Who did what"), "schools:events"),
                (P.OVERSEE_NAMES, _("Who saw names"), "schools:trail_counts"),
            ],
        ),
    ]


def _late(request):
    """How many registers of today the user owes; only for those who send, and not on the sheet.

    Offices see their number where they look for it: it takes longer than a menu should.
    """
    match = request.resolver_match
    if match is None or match.view_name == "attendance:sheet":
        return 0
    return count_late(request.scope.places(P.TAKE_REGISTER), timezone.now())
