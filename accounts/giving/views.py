"""The accounts below, one of them, and the giving and ending of its roles."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from schools.form_refusals import show_refusal

from ..roles import ROLES
from . import selectors
from .forms import PeopleFilter, RoleChoice, RoleEndForm, RoleForm, reach_of
from .reach import may_end, may_reset, reaches
from .services import earliest_end, end_role, give_roles

PEOPLE_PER_PAGE = 50
# Those with most to do; the others are folded.
SCHOOLS_SHOWN = 12


@requires(P.GIVE_ROLES)
def people(request):
    """Accounts below, by school for offices, by person in a school; who has signed in."""
    scope = request.scope
    schools = selectors.schools_in_reach(scope)
    school = _school(request, schools)
    form = PeopleFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {"q": "", "state": ""}
    is_filtered = bool(chosen["q"] or chosen["state"])
    by_school = len(schools) > 1 and school is None and not is_filtered
    counts = selectors.school_counts(scope) if by_school else []
    context = {
        "filter_form": form,
        "is_filtered": is_filtered,
        "school": school,
        "crumbs": [*_crumbs(), {"label": str(school)}] if school and len(schools) > 1 else [],
        "only_school": len(schools) == 1,
        "counts": counts[:SCHOOLS_SHOWN],
        "more_counts": counts[SCHOOLS_SHOWN:],
        "school_field": school.pk if school and len(schools) > 1 else "",
    }
    found = selectors.accounts(scope, school=school, state=chosen["state"], search=chosen["q"])
    if by_school:
        # People of schools are counted above; here are those of offices.
        found = [line for line in found if not line.is_of_school]
    never = sum(line.state in (selectors.NEVER, selectors.EXPIRED) for line in found)
    page = Paginator(found, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    context |= {"page": page, "never": never if school is not None else 0}
    return render(request, "accounts/people.html", context)


@requires(P.GIVE_ROLES)
def person(request, user_id):
    """One account: roles in reach, whether it signs in, what can be done for it."""
    found = _person(request, user_id)
    grants = selectors.grants_of(request.scope, found)
    endable = may_end(request.scope, [each for each in grants if not each.is_over])
    for grant in grants:
        grant.may_be_ended = grant.pk in endable
    return render(
        request,
        "accounts/person.html",
        {
            "person": found,
            "grants": grants,
            "state": selectors.STATES[selectors.state_of(found)],
            "may_reset": may_reset(request.scope, found),
            "crumbs": [*_crumbs(), {"label": str(found)}],
        },
    )


@requires(P.GIVE_ROLES)
def role_give(request):
    """Give a role to somebody who has an account: whose and which by GET, then the places."""
    choice = RoleChoice(request.GET or None, scope=request.scope)
    context = {"choice": choice, "crumbs": [*_crumbs(), {"label": _("Give a role")}]}
    if not choice.is_valid():
        return render(request, "accounts/role_give.html", context)
    user = selectors.find_by_username(choice.cleaned_data["username"])
    if user is None or user == request.user:
        choice.add_error(
            "username",
            _("Nobody has this user name.")
            if user is None
            else _("Nobody gives a role to oneself."),
        )
        return render(request, "accounts/role_give.html", context)
    role = choice.cleaned_data["role"]
    form = RoleForm(
        request.POST or None,
        found=reach_of(request.scope, choice),
        school=choice.cleaned_data["school"],
        today=request.scope.date,
    )
    if request.method == "POST" and form.is_valid():
        try:
            given = give_roles(
                scope=request.scope,
                user=user,
                role=role,
                places=form.chosen(),
                valid_from=form.cleaned_data["valid_from"],
                valid_to=form.end(),
            )
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request,
                _("%(name)s: %(roles)s.")
                % {"name": user, "roles": ", ".join(str(grant) for grant in given)},
            )
            if selectors.person_in(request.scope, user.pk):
                return redirect("accounts:person", user.pk)
            return redirect("accounts:people")
    context |= {"form": form, "person": user, "role": ROLES[role]}
    return render_form(request, "accounts/role_give.html", context)


@requires(P.GIVE_ROLES)
def role_end(request, grant_id):
    """Ask for the last day of a role, then end it."""
    grant = selectors.grant_in(request.scope, grant_id)
    if grant is None:
        raise Http404
    if not may_end(request.scope, [grant]):
        raise PermissionDenied
    first = earliest_end(grant)
    form = RoleEndForm(request.POST or None, first=first)
    if request.method == "POST" and form.is_valid():
        try:
            end_role(scope=request.scope, grant=grant, on=form.end())
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(role)s ends for %(name)s.") % _words(grant))
            if selectors.person_in(request.scope, grant.user_id):
                return redirect("accounts:person", grant.user_id)
            return redirect("accounts:people")
    crumbs = [
        *_crumbs(),
        {"label": str(grant.user), "url": reverse("accounts:person", args=[grant.user_id])},
        {"label": _("End a role")},
    ]
    context = {"form": form, "grant": grant, "crumbs": crumbs}
    return render_form(request, "accounts/role_end.html", context)


def _words(grant):
    return {"role": grant, "name": grant.user}


def _school(request, schools):
    asked = request.GET.get("school", "")
    if not asked:
        return schools[0] if len(schools) == 1 and _only_teachers(request) else None
    found = next((each for each in schools if str(each.pk) == asked), None)
    if found is None:
        raise Http404
    return found


def _only_teachers(request):
    return [each.role for each in reaches(request.scope)] == ["teacher"]


def _person(request, user_id):
    found = selectors.person_in(request.scope, user_id)
    if found is None:
        raise Http404
    return found


def _crumbs():
    return [{"label": _("Accounts"), "url": reverse("accounts:people")}]
