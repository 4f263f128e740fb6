"""Moving a pupil, letting one leave, taking a leaving back, and coming back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires

from ...access_trail import names_shown
from ...crumbs import pupil_crumbs
from ...directory.selectors.classes import other_classes, running_classes
from ...enums import EntryReason, ExitReason, NamesKind
from ...form_refusals import show_refusal
from ..forms.enrolments import LeaveForm, MoveForm, ReadmitForm, UndoLeavingForm
from ..selectors import pupils as selectors
from ..services import enrolments as services
from .past import written


@requires(P.MANAGE_PUPILS)
def move(request, enrolment_id):
    """Move a pupil to another class of the school."""
    spell = _spell(request, enrolment_id)
    form = MoveForm(
        request.POST or None,
        classes=other_classes(spell.school_class),
        initial={"on": request.scope.date},
    )

    def write(data):
        moved = services.move_class(enrolment=spell, by=request.user, **data)
        return _("%(name)s is now in class %(class)s.") % {
            "name": moved.pupil.full_name,
            "class": moved.school_class.name,
        }

    title = _("Move %(name)s to another class") % {"name": spell.pupil.full_name}
    return _answer(request, spell, form, write, title, _("Move to another class"))


@requires(P.MANAGE_PUPILS)
def leave(request, enrolment_id):
    """Take a pupil off the roll."""
    spell = _spell(request, enrolment_id)
    form = LeaveForm(request.POST or None, initial={"on": request.scope.date})

    def write(data):
        services.leave(enrolment=spell, by=request.user, **data)
        return _("%(name)s is no longer on the roll.") % {"name": spell.pupil.full_name}

    title = _("%(name)s leaves class %(class)s") % {
        "name": spell.pupil.full_name,
        "class": spell.school_class.name,
    }
    return _answer(request, spell, form, write, title, _("Take off the roll"))


@requires(P.MANAGE_PUPILS)
def undo_leaving(request, enrolment_id):
    """Take a leaving back that was entered by mistake."""
    spell = _spell(request, enrolment_id)
    form = UndoLeavingForm(request.POST or None)

    def write(data):
        services.undo_leaving(enrolment=spell, by=request.user, **data)
        return _("%(name)s is back on the roll, as if never gone.") % {
            "name": spell.pupil.full_name
        }

    title = _("%(name)s did not leave: take the mistake back") % {"name": spell.pupil.full_name}
    return _answer(request, spell, form, write, title, _("Take the leaving back"))


@requires(P.MANAGE_PUPILS)
def readmit(request, pupil_id):
    """Put a pupil who left back on the roll of a class of the same school."""
    scope = request.scope
    pupil = reach(scope, P.MANAGE_PUPILS, lambda places: selectors.pupil_in(places, pupil_id))
    spell = selectors.kept_spell_in(scope.places(P.MANAGE_PUPILS), pupil.pk)
    if spell is None or pupil.anonymised_at is not None:
        raise PermissionDenied
    dropped_out = spell.exit_reason == ExitReason.DROPOUT
    form = ReadmitForm(
        request.POST or None,
        classes=running_classes(spell.school_id, on=scope.date),
        initial={
            "to": spell.school_class_id,
            "grade": spell.grade,
            "start": scope.date,
            "reason": EntryReason.RETURN if dropped_out else EntryReason.TRANSFER_IN,
        },
    )

    def write(data):
        services.enrol_pupil(
            pupil=spell.pupil, school_class=data.pop("to"), by=request.user, **data
        )
        return _("%(name)s is on the roll again.") % {"name": spell.pupil.full_name}

    title = _("%(name)s comes back to class") % {"name": spell.pupil.full_name}
    return _answer(request, spell, form, write, title, _("Put on the roll"))


def _spell(request, enrolment_id):
    return reach(
        request.scope,
        P.MANAGE_PUPILS,
        lambda places: selectors.enrolment_in(places, enrolment_id),
    )


def _answer(request, spell, form, write, title, action):
    """Show the form, or write and lead back to the pupil; a refusal is shown in the form."""
    has_left = spell.valid_to is not None  # asked before a refused write touches the spell
    past = None
    if request.method == "POST" and form.is_valid():
        try:
            done, past = written(
                request, lambda choice: write(dict(form.cleaned_data) | {"choice": choice})
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            if past is not None:
                spell.refresh_from_db()
            else:
                messages.success(request, done)
                return redirect("schools:pupil", pupil_id=spell.pupil_id)
    names_shown(request, NamesKind.PUPIL, pupil=spell.pupil_id, school_class=spell.school_class)
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": pupil_crumbs(request, spell, action),
            "title": title,
            "spell": spell,
            "has_left": has_left,
            "form": form,
            "past": past,
            "action": action,
            "back": reverse("schools:pupil", args=[spell.pupil_id]),
        },
    )
