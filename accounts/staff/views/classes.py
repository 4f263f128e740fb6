"""Who teaches which class, and who stands in today."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from core.vietnamese import format_date
from schools.directory.selectors.classes import class_in
from schools.form_refusals import show_refusal
from schools.models import SchoolClass

from ...services import end_grant
from ..forms import AssignForm, EndForm, HomeroomForm, SubstituteForm
from ..models import AssignmentKind, ClassAssignment, StaffMember
from ..rights import hands_on
from ..selectors import classes as selectors
from ..selectors.people import colleagues
from ..selectors.places import may_keep, reach_class, reach_school, staff_places
from ..services import assignments as services
from .crumbs import class_crumbs, school_crumbs
from .tabs import school_tabs


@requires(P.VIEW_STAFF)
def classes(request: ScopedRequest, school_id: int) -> HttpResponse:
    """The running classes of a school, each with its homeroom teacher to be chosen by name."""
    scope, today = request.scope, request.scope.date
    school = reach_school(scope, P.VIEW_STAFF, school_id)
    keeps = may_keep(scope, school)
    if request.method == "POST" and not keeps:
        raise PermissionDenied
    rows = selectors.running_rows(school, on=today)
    people = list(colleagues(school, on=today)) if keeps else []
    form = HomeroomForm(request.POST or None, rows=rows, people=people, initial={"start": today})
    if request.method == "POST" and form.is_valid() and _save_homerooms(request, form, people):
        return redirect("staff:classes", school_id=school.pk)
    return render_form(
        request,
        "staff/classes.html",
        {
            "crumbs": school_crumbs(request, school, _("Classes and teachers")),
            "school": school,
            "tabs": school_tabs(school, "staff:classes"),
            "form": form,
            "lines": form.lines(),
            "may_keep": keeps,
            "has_people": bool(people),
            "without": sum(row.is_without_teacher for row in rows),
        },
    )


def _save_homerooms(request: ScopedRequest, form: HomeroomForm, people: list[StaffMember]) -> bool:
    """Write every changed class, all or none; whether it was done."""
    by_id = {person.pk: person for person in people}
    changes = form.changes()
    try:
        with transaction.atomic():
            for row, person_id in changes:
                try:
                    services.set_homeroom(
                        school_class=row.school_class,
                        person=by_id.get(person_id) if person_id else None,
                        on=form.cleaned_data["start"],
                        by=request.user,
                    )
                except ValidationError as error:
                    raise ValidationError({form.name_of(row): error.messages}) from error
    except ValidationError as error:
        show_refusal(form, error)
        return False
    messages.success(
        request,
        ngettext(
            "The homeroom teacher of %(count)s class is changed.",
            "The homeroom teachers of %(count)s classes are changed.",
            len(changes),
        )
        % {"count": len(changes)}
        if changes
        else _("Nothing was changed."),
    )
    return True


@requires(P.VIEW_STAFF)
def school_class(request: ScopedRequest, class_id: int) -> HttpResponse:
    """The teachers of one class, by name; a further one is given the class here."""
    scope, today = request.scope, request.scope.date
    found = reach_class(scope, P.VIEW_STAFF, class_id)
    keeps = may_keep(scope, found.school)
    if request.method == "POST" and not keeps:
        raise PermissionDenied
    year = found.year
    day = min(max(today, year.valid_from), year.last_day)
    people = list(colleagues(found.school, on=day)) if keeps else []
    form = AssignForm(request.POST or None, people=people, initial={"start": day})
    if request.method == "POST" and form.is_valid():
        person = next(each for each in people if each.pk == form.cleaned_data["person"])
        if _assign(form, found, person, request):
            return redirect("staff:school_class", class_id=found.pk)
    (row,) = selectors.teachers_of([found], on=day)
    return render_form(
        request,
        "staff/class.html",
        {
            "crumbs": class_crumbs(request, found),
            "school_class": found,
            "row": row,
            "history": selectors.history_of(found, on=day),
            "form": form,
            "has_people": bool(people),
            "may_keep": keeps,
            "may_substitute": keeps and year.is_valid_on(today),
            "today": today,
        },
    )


def _assign(
    form: AssignForm, found: SchoolClass, person: StaffMember, request: ScopedRequest
) -> bool:
    kind, start = form.cleaned_data["kind"], form.cleaned_data["start"]
    try:
        if kind == AssignmentKind.HOMEROOM:
            services.set_homeroom(school_class=found, person=person, on=start, by=request.user)
        else:
            services.assign(
                person=person, school_class=found, kind=kind, start=start, by=request.user
            )
    except ValidationError as error:
        show_refusal(form, error)
        return False
    messages.success(
        request,
        _("%(name)s teaches class %(class)s from %(day)s.")
        % {"name": person, "class": found.name, "day": format_date(start)},
    )
    return True


@requires(P.MANAGE_STAFF)
def grant_end(request: ScopedRequest, grant_id: int) -> HttpResponse:
    """End a teacher's role for a class that was given before there were assignments."""
    grant = selectors.grant_in(staff_places(request.scope, P.MANAGE_STAFF), grant_id) or reach(
        request.scope, P.MANAGE_STAFF, lambda places: selectors.grant_in(places, grant_id)
    )
    taught = grant.school_class
    assert taught is not None
    form = EndForm(request.POST or None, initial={"on": request.scope.date})
    if request.method == "POST" and form.is_valid():
        try:
            end_grant(grant=grant, on=form.first_day_after(), by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            _say_ended(request, str(grant.user), taught, form)
            return redirect("staff:school_class", class_id=taught.pk)
    return _end_page(request, str(grant.user), grant.get_role_display(), taught, form)


@requires(P.MANAGE_STAFF, P.TAKE_REGISTER)
def assignment_end(request: ScopedRequest, assignment_id: int) -> HttpResponse:
    """End a class assignment; whoever gave their class to a substitute ends that too."""
    scope = request.scope
    found = selectors.assignment_in(staff_places(scope, P.MANAGE_STAFF), assignment_id)
    if found is None:
        found = selectors.assignment_in(scope.places(P.TAKE_REGISTER), assignment_id)
        if found is not None and not _handed_on_by(request, found):
            raise PermissionDenied
    if found is None:
        found = reach(
            scope, P.MANAGE_STAFF, lambda places: selectors.assignment_in(places, assignment_id)
        )
    form = EndForm(request.POST or None, initial={"on": scope.date})
    if request.method == "POST" and form.is_valid():
        try:
            services.end_assignment(assignment=found, on=form.first_day_after(), by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            _say_ended(request, str(found.person), found.school_class, form)
            return redirect(_back(request, found.school_class))
    return _end_page(request, str(found.person), found.get_kind_display(), found.school_class, form)


def _handed_on_by(request: ScopedRequest, found: ClassAssignment) -> bool:
    school_class = found.school_class
    return found.kind == AssignmentKind.SUBSTITUTE and hands_on(
        request.scope, school_class.pk, school_class.school_id
    )


def _back(request: ScopedRequest, school_class: SchoolClass) -> str:
    if request.scope.may(P.VIEW_STAFF):
        return reverse("staff:school_class", args=[school_class.pk])
    return reverse("staff:substitute", args=[school_class.pk])


def _say_ended(request: ScopedRequest, name: str, school_class: SchoolClass, form: EndForm) -> None:
    messages.success(
        request,
        _("%(name)s has class %(class)s through %(day)s.")
        % {
            "name": name,
            "class": school_class.name,
            "day": format_date(form.cleaned_data["on"]),
        },
    )


def _end_page(
    request: ScopedRequest, name: str, what: str, school_class: SchoolClass, form: EndForm
) -> HttpResponse:
    back = _back(request, school_class)
    crumbs = (
        class_crumbs(request, school_class, _("End"))
        if request.scope.may(P.VIEW_STAFF)
        else [{"label": _("Today"), "url": reverse("attendance:today")}, {"label": _("End")}]
    )
    return render_form(
        request,
        "staff/form.html",
        {
            "crumbs": crumbs,
            "title": _("%(name)s no longer teaches class %(class)s")
            % {"name": name, "class": school_class.name},
            "lead": f"{what} · {school_class.school}",
            "form": form,
            "action": _("End it"),
            "back": back,
        },
    )


@requires(P.MANAGE_STAFF, P.TAKE_REGISTER)
def substitute(request: ScopedRequest, class_id: int) -> HttpResponse:
    """Give a class to a colleague until a day, today unless another is chosen: two taps.

    The head for the school's classes; the teacher of a class for that class.
    """
    scope, today = request.scope, request.scope.date
    found = _class_to_hand_on(request, class_id)
    people = [
        person
        for person in colleagues(found.school, on=today)
        if person.user is not None and person.user.is_active and person.user_id != request.user.pk
    ]
    form = SubstituteForm(request.POST or None, people=people, initial={"until": today})
    if request.method == "POST" and form.is_valid():
        person = next(each for each in people if each.pk == form.cleaned_data["person"])
        try:
            services.give_to_substitute(
                school_class=found,
                person=person,
                today=today,
                until=form.cleaned_data["until"],
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _given(person, found, form))
            return redirect("staff:substitute", class_id=found.pk)
    (row,) = selectors.teachers_of([found], on=today)
    taken = {assignment.person_id for assignment in row.assignments} | {
        grant.user.staff_member.pk for grant in row.grants if hasattr(grant.user, "staff_member")
    }
    names = selectors.classes_by_person(found.school, on=today)
    keeps = scope.may(P.VIEW_STAFF)
    return render_form(
        request,
        "staff/substitute.html",
        {
            "crumbs": class_crumbs(request, found, _("Substitute"))
            if keeps
            else [
                {"label": _("Today"), "url": reverse("attendance:today")},
                {"label": _("Substitute")},
            ],
            "school_class": found,
            "form": form,
            "people": [
                {"person": person, "classes": names.get(person.pk, [])}
                for person in people
                if person.pk not in taken
            ],
            "standing_in": [
                each for each in row.assignments if each.kind == AssignmentKind.SUBSTITUTE
            ],
            "today": today,
        },
    )


def _class_to_hand_on(request: ScopedRequest, class_id: int) -> SchoolClass:
    """A class of the day that the reader may give to a colleague."""
    scope, today = request.scope, request.scope.date
    found: SchoolClass | None = class_in(staff_places(scope, P.MANAGE_STAFF), class_id)
    if found is None:
        found = class_in(scope.places(P.TAKE_REGISTER), class_id)
        if found is not None and not hands_on(scope, found.pk, found.school_id):
            raise PermissionDenied
    if found is None:
        return reach(scope, P.MANAGE_STAFF, lambda places: class_in(places, class_id))
    if not found.year.is_valid_on(today):
        raise PermissionDenied
    return found


def _given(person: StaffMember, found: SchoolClass, form: SubstituteForm) -> str:
    words = {
        "name": person,
        "class": found.name,
        "day": format_date(form.cleaned_data["until"]),
    }
    text = _("%(name)s takes the register of class %(class)s through %(day)s.") % words
    if person.phone:
        text += " " + _("Tell them: %(phone)s.") % {"phone": person.phone}
    return text
