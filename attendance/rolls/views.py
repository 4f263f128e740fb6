"""Registers that differ from the roll of their day: the list, and settling one."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.access import reach
from core.form_pages import render_form
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from schools.access_trail import lists_shown, names_shown
from schools.directory.selectors.classes import class_in
from schools.enums import NamesKind
from schools.pupils.past_registers import PastChoice, RegistersLocked
from schools.pupils.selectors.rolls import names_apart

from ..calendar.selectors.due_sessions import ONE_DAY
from ..registers.selectors.registers import register_at
from .selectors import classes_within, difference_of, differences_in, left_out_of
from .services.settling import count_again, settle_register

# Before this there is no register; a month has a month before it.
EARLIEST = Month(2000, 1)
CHOICES = [PastChoice.PRESENT, PastChoice.UNCOUNTED]


@requires(P.VIEW_SCHOOL)
@never_cache
def differences(request):
    """Registers of a month (?month) whose pupils are not those of the roll."""
    current = Month.of(timezone.localdate())
    try:
        shown = Month.parse(request.GET["month"]) if "month" in request.GET else current
    except ValueError as unreadable:
        raise Http404 from unreadable
    if not EARLIEST <= shown <= current:
        raise Http404
    found = differences_in(request.scope.places(P.VIEW_SCHOOL), shown)
    named = _classes_of(request, P.VIEW_PUPILS, found)
    lists_shown(
        request,
        NamesKind.DRIFT,
        [
            (each.register.school_id, each.register.school_class_id)
            for each in found.rows
            if each.register.school_class_id in named
            for _name in (*each.lacking, *each.surplus)
        ],
    )
    return render(
        request,
        "attendance/roll_differences.html",
        {
            "found": found,
            "month": shown,
            "before": Month.of(shown.first - ONE_DAY),
            "after": Month.of(shown.end) if shown < current else None,
            "named": named,
            "settled": _classes_of(request, P.MANAGE_PUPILS, found),
            "crumbs": [{"label": _("Registers and roll")}],
        },
    )


def _classes_of(request, permission, found):
    return classes_within(
        request.scope.places(permission), {each.register.school_class_id for each in found.rows}
    )


@requires(P.MANAGE_PUPILS)
@never_cache
def settle(request, class_id, date, session):
    """Say what one register says of pupils it did not have."""
    school_class = reach(request.scope, P.MANAGE_PUPILS, lambda places: class_in(places, class_id))
    register = register_at(school_class, date, session)
    if register is None:
        raise Http404
    back = f"{reverse('attendance:roll_differences')}?month={Month.of(date)}"
    difference = difference_of(register)
    left_out = left_out_of(register)
    if difference is None and left_out:
        return _count_again(request, register, left_out)
    if difference is None:
        messages.info(request, _("This register agrees with the roll."))
        return redirect(back)
    names_shown(
        request,
        NamesKind.DRIFT,
        school_class=school_class,
        count=len(difference.lacking) + len(difference.surplus),
    )
    choice = request.POST.get("choice", "")
    choices = CHOICES if difference.lacking else [PastChoice.KEPT]
    if request.method == "POST" and choice in choices:
        try:
            settle_register(register=register, by=request.user, choice=PastChoice(choice))
        except RegistersLocked as refusal:
            return _refused(request, refusal, back)
        messages.success(request, _("The register now agrees with the roll."))
        return redirect(back)
    return render_form(
        request,
        "attendance/roll_settle.html",
        {
            "difference": difference,
            "choices": choices,
            "back": back,
            "is_missing": request.method == "POST",
            "crumbs": [{"label": _("Registers and roll"), "url": back}, {"label": _("Settle")}],
        },
        refused=request.method == "POST",
    )


def _refused(request, refusal, back):
    for message in refusal.messages:
        messages.error(request, message)
    return redirect(back)


def _count_again(request, register, left_out):
    """Pupils for whom the register does not count, and which of them it counts again."""
    sheet = reverse(
        "attendance:sheet", args=[register.school_class_id, register.date, register.session]
    )
    if request.method == "POST":
        wanted = set(request.POST.getlist("pupil"))
        chosen = [pupil.pk for pupil in left_out if str(pupil.pk) in wanted]
        try:
            is_counted = count_again(register=register, pupil_ids=chosen, by=request.user)
        except RegistersLocked as refusal:
            return _refused(request, refusal, sheet)
        if is_counted:
            messages.success(request, _("The register counts again for these pupils: present."))
            return redirect(sheet)
    label = f"{register.school_class.name} · {register.get_session_display()}"
    names = names_apart(left_out)
    names_shown(request, NamesKind.DRIFT, school_class=register.school_class, count=len(left_out))
    return render_form(
        request,
        "attendance/roll_count_again.html",
        {
            "register": register,
            "pupils": [(pupil.pk, names[pupil.pk]) for pupil in left_out],
            "back": sheet,
            "is_missing": request.method == "POST",
            "crumbs": [
                {"label": f"{label} {register.date:%d/%m/%Y}", "url": sheet},
                {"label": _("Not counted")},
            ],
        },
        refused=request.method == "POST",
    )
