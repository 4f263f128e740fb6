"""Two records of one child merged and parted, two children told apart, a mistake removed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.vietnamese import format_date

from ..access_trail import names_shown
from ..crumbs import pupil_crumbs
from ..enums import NamesKind
from ..ethnic_groups import names
from ..form_refusals import show_refusal
from ..pupils.selectors import pupils as selectors
from ..pupils.services.pupils import DATA_FIELDS, tell_apart
from .forms import MergeForm, MergeSearchForm
from .selectors import merge_with, records_to_merge
from .services import merging, removing


@requires(P.MANAGE_PUPILS)
def merge(request, pupil_id):
    """Choose the other record, see both side by side, make one of them."""
    spell = _kept(request, pupil_id)
    places = request.scope.places(P.MANAGE_PUPILS)
    asked = request.GET.get("with", "")
    if not asked:
        form = MergeSearchForm(request.GET)
        search = form.cleaned_data["search"] if form.is_valid() else ""
        others = records_to_merge(places, spell.pupil, search=search)
        _show_records(request, spell, *others)
        return render_form(
            request,
            "schools/merge_choose.html",
            {
                "crumbs": pupil_crumbs(request, spell, _("Merge two records")),
                "pupil": spell.pupil,
                "form": form,
                "search": search,
                "others": others,
            },
        )
    if not asked.isdecimal() or len(asked) > 18 or int(asked) == spell.pupil_id:
        raise Http404
    other = _kept(request, int(asked))
    pupils = [spell.pupil, other.pupil]
    _show_records(request, spell, other)
    form = MergeForm(
        request.POST or None,
        choices=[
            (pupil.pk, _("Record %(number)s") % {"number": number})
            for number, pupil in enumerate(pupils, start=1)
        ],
        initial={"keep": spell.pupil_id},
    )
    if request.method == "POST" and form.is_valid():
        kept, gone = pupils if form.cleaned_data["keep"] == spell.pupil_id else pupils[::-1]
        try:
            merging.merge_pupils(kept=kept, gone=gone, by=request.user)
        except ValidationError as error:
            show_refusal(form, ValidationError(error.messages))
        else:
            messages.success(
                request, _("The two records of %(name)s are one now.") % {"name": kept.full_name}
            )
            return redirect("schools:pupil", pupil_id=kept.pk)
    return render_form(
        request,
        "schools/merge.html",
        {
            "crumbs": pupil_crumbs(request, spell, _("Merge two records")),
            "pupil": spell.pupil,
            "other": other.pupil,
            "rows": _side_by_side(*pupils),
            "spells": [selectors.spells_in(places, pupil) for pupil in pupils],
            "form": form,
            "obstacles": [] if form.errors else merging.obstacles(*pupils),
        },
    )


@requires(P.MANAGE_PUPILS)
def merge_undo(request, merge_id):
    """Ask once more, then part two records again."""
    found = merge_with(merge_id)
    if found is None:
        raise Http404
    spell = _kept(request, found.kept_id)
    _show_records(request, spell)
    errors = []
    if request.method == "POST":
        try:
            merging.undo_merge(merge=found, by=request.user)
        except ValidationError as error:
            errors = [{"message": message} for message in error.messages]
        else:
            messages.success(request, _("The two records are parted again."))
            return redirect("schools:pupil", pupil_id=found.kept_id)
    return render(
        request,
        "schools/merge_undo.html",
        {
            "crumbs": pupil_crumbs(request, spell, _("Part the records again")),
            "pupil": spell.pupil,
            "merge": found,
            "until": merging.undo_until(found),
            "errors": errors,
        },
    )


@requires(P.MANAGE_PUPILS)
@require_POST
def apart(request, pupil_id):
    """Keep that two pupils of one name are two, so that nobody asks again."""
    spell = _kept(request, pupil_id)
    asked = request.POST.get("other", "")
    if not asked:
        return redirect("schools:pupil", pupil_id=spell.pupil_id)
    if not asked.isdecimal() or len(asked) > 18 or int(asked) == spell.pupil_id:
        raise Http404
    other = reach(
        request.scope,
        P.VIEW_PUPILS,
        lambda places: selectors.pupil_in(places, int(asked)),
    )
    tell_apart(pupil=spell.pupil, others=[other.pk], by=request.user)
    messages.success(request, _("Noted: they are two different pupils."))
    return redirect("schools:pupil", pupil_id=spell.pupil_id)


@requires(P.MANAGE_PUPILS)
def remove(request, pupil_id):
    """Say what hangs on a record; remove it while nothing does."""
    spell = _kept(request, pupil_id)
    _show_records(request, spell)
    places = request.scope.places(P.MANAGE_PUPILS)
    spells = selectors.spells_in(places, spell.pupil)
    if len(spells) < selectors.count_spells(spell.pupil):
        hanging = [_("The pupil was on the roll of another school.")]
    else:
        hanging = removing.hanging(spell.pupil)
    if request.method == "POST" and not hanging:
        name, class_id = spell.pupil.full_name, spell.school_class_id
        try:
            removing.remove_pupil(pupil=spell.pupil, by=request.user)
        except ValidationError as error:
            hanging = error.messages
        else:
            messages.success(request, _("The record of %(name)s is removed.") % {"name": name})
            return redirect("schools:school_class", class_id=class_id)
    return render(
        request,
        "schools/pupil_remove.html",
        {
            "crumbs": pupil_crumbs(request, spell, _("Remove the record")),
            "pupil": spell.pupil,
            "spell": spell,
            "spells": spells,
            "hanging": hanging,
            "back": reverse("schools:pupil", args=[spell.pupil_id]),
        },
        status=409 if request.method == "POST" else 200,
    )


def _show_records(request, *spells):
    for spell in spells:
        names_shown(request, NamesKind.ALIKE, pupil=spell.pupil_id, school_class=spell.school_class)


def _kept(request, pupil_id):
    """The latest spell of a pupil whose record the reader keeps."""
    reach(request.scope, P.MANAGE_PUPILS, lambda places: selectors.pupil_in(places, pupil_id))
    spell = selectors.kept_spell_in(request.scope.places(P.MANAGE_PUPILS), pupil_id)
    if spell is None:
        raise PermissionDenied
    return spell


def _side_by_side(one, other):
    """A row for each value: label, both values, whether they differ."""
    rows = []
    for name in DATA_FIELDS:
        shown = [_shown(pupil, name) for pupil in (one, other)]
        label = one._meta.get_field(name).verbose_name
        rows.append({"label": label, "values": shown, "differs": shown[0] != shown[1]})
    return rows


def _shown(pupil, name):
    value = getattr(pupil, name)
    if name == "birth_date":
        return format_date(value)
    if name == "sex":
        return pupil.get_sex_display()
    if name == "ethnic_group":
        return names().get(value, value)
    return getattr(value, "title", None) if name == "home" else value
