"""The menu: what this person may open, most used first."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from attendance.pocket_texts import pocket_context
from attendance.selectors.missing import count_late
from core.permissions import Permission as P


@dataclass(frozen=True)
class Entry:
    """One entry of the menu."""

    label: str
    url: str
    current: bool
    count: int = 0


def pocket(request):
    """Context processor: `pocket_texts`, when the user's phone keeps registers; else nothing."""
    scope = getattr(request, "scope", None)
    if scope is None or not request.user.is_authenticated or not scope.may(P.TAKE_REGISTER):
        return {}
    return pocket_context()


def demonstration(request):
    """Context processor: `is_demonstration`, asked of the database by the templates that say so."""
    return {"is_demonstration": SimpleLazyObject(_is_demonstration)}


def _is_demonstration():
    from .demo import build

    return build.is_present()


def navigation(request):
    """Context processor: `nav`, the entries open to the user; empty before sign-in.

    Made when a template first asks: part of a page has no menu.
    """
    scope = getattr(request, "scope", None)
    if scope is None or not request.user.is_authenticated:
        return {"nav": []}
    return {"nav": SimpleLazyObject(lambda: _entries(request, scope))}


def _entries(request, scope):
    # Who takes registers asks there and reads the answer.
    reopening = P.REOPEN_REGISTERS if scope.may(P.REOPEN_REGISTERS) else P.TAKE_REGISTER
    offered = [
        (P.TAKE_REGISTER, _("Today"), "attendance:today"),
        (P.VIEW_FIGURES, _("Missing registers"), "reports:missing"),
        (P.VIEW_REGISTER, _("Planned leave"), "attendance:leaves"),
        (reopening, _("Open again"), "attendance:reopenings"),
        (P.VIEW_FIGURES, _("Figures"), "reports:start"),
        (P.VIEW_PUPILS, _("Pupils at risk"), "reports:risks"),
        (P.VIEW_FLAGS, _("Flags"), "reports:flags"),
        (P.VIEW_PLANS, _("Plans"), "inspections:plans"),
        (P.RECORD_VISIT, _("My inspections"), "inspections:mine"),
        (P.VIEW_SCHOOL, _("Schools"), "schools:schools"),
        (P.MANAGE_CALENDAR, _("Closures"), "attendance:closures"),
        (P.EXPORT_FIGURES, _("Reports"), "reports:runs"),
        (P.VIEW_COMMITTEES, _("Committees"), "inspections:committees"),
        (P.MANAGE_TARGETS, _("Targets"), "reports:targets"),
        (P.VIEW_OPERATIONS, _("Operations"), "operations"),
        # Others find it under their name: their strip is full.
        (P.VIEW_OPERATIONS, _("Who did what"), "schools:events"),
        (P.OVERSEE_NAMES, _("Who saw names"), "schools:trail_counts"),
    ]
    urls = {name: reverse(name) for permission, _label, name in offered if scope.may(permission)}
    # "/figures/" begins every page of figures, "/figures/flags/" only that of the flags.
    here = max((url for url in urls.values() if request.path.startswith(url)), key=len, default="")
    counts = {"reports:missing": _late(request)}
    entries = [
        Entry(label, urls[name], urls[name] == here, counts.get(name, 0))
        for _permission, label, name in offered
        if name in urls
    ]
    if request.user.is_staff:
        entries.append(Entry(_("Administration"), reverse("admin:index"), False))
    return entries


def _late(request):
    """How many registers of today the user owes; only for those who send, and not on the sheet.

    Offices see their number where they look for it: it takes longer than a menu should.
    """
    match = request.resolver_match
    if match is None or match.view_name == "attendance:sheet":
        return 0
    return count_late(request.scope.places(P.TAKE_REGISTER), timezone.now())
