"""One pupil, a new pupil, and the correction of a pupil's data."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires

from ...access_trail import names_shown
from ...boarding.selectors.semi_boarders import times_of
from ...crumbs import class_crumbs, pupil_crumbs
from ...directory.selectors.classes import class_in, day_in_year, lies_in
from ...directory.selectors.schools import all_communes
from ...directory.selectors.years import loaded_among
from ...enums import EntryReason, ExitReason, NamesKind
from ...form_refusals import show_refusal
from ...personal_data import selectors as trail
from ...personal_data.services.anonymising import standing_hold
from ...pupil_merging.selectors import merges_of, went_into
from ..following import following
from ..forms.pupils import CorrectPupilForm, NewPupilForm
from ..selectors import pupils as selectors
from ..selectors.alike import pupils_alike
from ..services.pupils import DATA_FIELDS, PossiblyKnown, correct_pupil, enrol_new_pupil
from .past import written

# Of the access trail, on the page of the pupil itself.
SEEN_SHOWN = 5


@requires(P.VIEW_PUPILS)
def pupil(request, pupil_id):
    """A pupil's data and the spells inside the reader's places."""
    scope = request.scope
    seen = scope.places(P.VIEW_PUPILS)
    found = selectors.pupil_in(seen, pupil_id)
    if found is None:
        kept_id = went_into(pupil_id)
        if kept_id and selectors.pupil_in(seen, kept_id):
            return redirect("schools:pupil", pupil_id=kept_id)
        found = reach(scope, P.VIEW_PUPILS, lambda places: selectors.pupil_in(places, pupil_id))
    spells = selectors.spells_in(scope.places(P.VIEW_PUPILS), found)
    latest = selectors.latest_spell_id(found.pk)
    kept = selectors.enrolment_in(scope.places(P.MANAGE_PUPILS), latest)
    is_anonymous = found.anonymised_at is not None
    is_on_roll = kept is not None and kept.valid_to is None
    has_left = kept is not None and kept.valid_to is not None
    names_shown(request, NamesKind.PUPIL, pupil=found, school_class=spells[0].school_class)
    alike = (
        pupils_alike(found.full_name, found.birth_date, places=seen, besides=found)
        if kept
        else None
    )
    show_alike(request, alike)
    return render(
        request,
        "schools/pupil.html",
        {
            "crumbs": pupil_crumbs(request, spells[0]),
            "pupil": found,
            "spells": spells,
            "loaded": _loaded(spells),
            "boarding_times": times_of(found),
            "latest": spells[0],
            "is_there": spells[0].is_valid_on(scope.date),
            "may_take": spells[0].is_valid_on(scope.date)
            and lies_in(scope.places(P.TAKE_REGISTER), spells[0].school_class),
            "may_edit": kept is not None and found.anonymised_at is None,
            "may_give_out": kept is not None,
            # Of a child who went to another school only what was told to this one.
            "may_see_home": any(spell.pk == latest for spell in spells),
            "alike": alike,
            "merges": merges_of(found) if kept and not found.anonymised_at else [],
            "seen": _seen(found) if kept else [],
            "hold": standing_hold(found) if kept else None,
            "may_leave": is_on_roll,
            "may_come_back": has_left and not is_anonymous,
            "may_undo": has_left
            and not is_anonymous
            and kept.exit_reason != ExitReason.CLASS_CHANGE,
            "may_see_figures": scope.may(P.VIEW_FIGURES),
            "following": following(scope, [found.pk]),
        },
    )


def _loaded(spells):
    """Ids of the spells of years that the school loaded when they were over."""
    among = loaded_among({(each.school_id, each.school_class.year) for each in spells})
    return {each.pk for each in spells if (each.school_id, each.school_class.year_id) in among}


@requires(P.MANAGE_PUPILS)
def pupil_add(request, class_id):
    """Enter a child and put it on the roll of a class."""
    school_class = reach(request.scope, P.MANAGE_PUPILS, lambda places: class_in(places, class_id))
    day = day_in_year(school_class.year, on=request.scope.date)
    form = NewPupilForm(
        request.POST or None,
        communes=all_communes(on=request.scope.date),
        grades=school_class.grade_list,
        initial={"start": day, "reason": EntryReason.TRANSFER_IN},
    )
    alike = past = None
    if request.method == "POST" and form.is_valid():
        try:
            spell, past = written(
                request,
                lambda choice: enrol_new_pupil(
                    school_class=school_class,
                    seen=request.scope.places(P.VIEW_PUPILS),
                    by=request.user,
                    choice=choice,
                    **form.values(),
                ),
            )
        except PossiblyKnown as known:
            alike = known.alike
            show_alike(request, alike)
            form.ask_about(alike)
            form.add_error("is_another", known.message)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            if past is None:
                messages.success(
                    request, _("%(name)s is on the roll.") % {"name": spell.pupil.full_name}
                )
                return redirect("schools:school_class", class_id=school_class.pk)
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": class_crumbs(request, school_class, _("Add a pupil")),
            "title": _("Add a pupil to class %(name)s") % {"name": school_class.name},
            "form": form,
            "alike": alike,
            "past": past,
            "action": _("Put on the roll"),
            "back": reverse("schools:school_class", args=[school_class.pk]),
        },
    )


@requires(P.MANAGE_PUPILS)
def pupil_edit(request, pupil_id):
    """Correct a pupil's data; only the school of the latest spell may."""
    scope = request.scope
    found = reach(scope, P.MANAGE_PUPILS, lambda places: selectors.pupil_in(places, pupil_id))
    spell = selectors.kept_spell_in(scope.places(P.MANAGE_PUPILS), found.pk)
    if spell is None or found.anonymised_at is not None:
        raise PermissionDenied
    names_shown(request, NamesKind.PUPIL, pupil=found, school_class=spell.school_class)
    form = CorrectPupilForm(
        request.POST or None,
        communes=all_communes(on=scope.date),
        initial={field: getattr(found, field) for field in DATA_FIELDS},
    )
    alike = None
    if request.method == "POST" and form.is_valid():
        try:
            correct_pupil(
                pupil=found, seen=scope.places(P.VIEW_PUPILS), by=request.user, **form.values()
            )
        except PossiblyKnown as known:
            alike = known.alike
            show_alike(request, alike)
            form.ask_about(alike)
            form.add_error("is_another", known.message)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The data is saved."))
            return redirect("schools:pupil", pupil_id=found.pk)
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": pupil_crumbs(request, spell, _("Correct the data")),
            "title": _("Correct the data of %(name)s") % {"name": spell.pupil.full_name},
            "form": form,
            "alike": alike,
            "action": _("Save"),
            "back": reverse("schools:pupil", args=[found.pk]),
        },
    )


def _seen(pupil):
    return [(row, trail.role_words(row.roles)) for row in trail.seen_of_pupil(pupil)[:SEEN_SHOWN]]


def show_alike(request, alike):
    """Note in the access trail the pupils of one name that are shown to be compared."""
    for spell in alike.spells if alike else ():
        names_shown(request, NamesKind.ALIKE, pupil=spell.pupil_id, school_class=spell.school_class)
