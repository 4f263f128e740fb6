"""One person: data, posts, classes and account."""

import datetime
from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from core.vietnamese import format_date
from schools.form_refusals import show_refusal
from schools.models import School

from ...giving.reach import may_reset
from ...giving.selectors import person_in
from ...issuing.candidates import candidates, schools_to_staff
from ...models import RoleGrant, User
from ..forms import EndForm, NewPersonForm, PersonForm, PostForm
from ..models import Post, StaffMember
from ..selectors import classes as class_selectors
from ..selectors import people as selectors
from ..selectors.places import reach_school, schools_reached, staff_places
from ..services import people as services
from ..services.posts import end_post, give_head_role, give_post, lacks_head_role
from .crumbs import person_crumbs, school_crumbs


@requires(P.VIEW_STAFF)
def person(request: ScopedRequest, person_id: int) -> HttpResponse:
    """Who somebody is, where they work and what they teach."""
    scope, today = request.scope, request.scope.date
    places = staff_places(scope, P.VIEW_STAFF)
    found = _person(request, person_id, P.VIEW_STAFF)
    posts = selectors.posts_of(found)
    seen = schools_reached(places, [post.school_id for post in posts])
    kept = _kept_schools(request, posts)
    shown = next(post for post in posts if post.school_id in seen)
    assignments = class_selectors.assignments_of(found)
    grants = class_selectors.grants_of(found, on=today)
    return render(
        request,
        "staff/person.html",
        {
            "crumbs": person_crumbs(request, found, shown.school),
            "person": found,
            "account": selectors.account_state(found),
            "account_words": selectors.ACCOUNT_STATES[selectors.account_state(found)],
            "posts": [
                {
                    "post": post,
                    "has_ended": post.valid_to is not None and post.valid_to <= today,
                    "may_end": post.school_id in kept and _is_open(post, today),
                    "lacks_role": lacks_head_role(post, on=today),
                    "may_give_role": _may_give_role(request, post),
                }
                for post in posts
            ],
            "assignments": [
                {
                    "assignment": each,
                    "has_ended": each.valid_to <= today,
                    "may_end": each.school_class.school_id in kept and each.valid_to > today,
                }
                for each in assignments
                if each.school_class.school_id in seen
            ],
            "grants": [
                {"grant": each, "may_end": _school_of(each) in kept}
                for each in grants
                if _school_of(each) in seen
            ],
            **_account_links(request, found, posts),
            "may_edit": bool(kept),
            "new_post_in": kept[0] if kept else None,
            "today": today,
        },
    )


def _person(
    request: ScopedRequest, person_id: int, permission: P, *, now: bool = False
) -> StaffMember:
    on = request.scope.date if now else None
    found = selectors.person_in(staff_places(request.scope, permission), person_id, now_on=on)
    if found is not None:
        return found
    if now and selectors.person_in(staff_places(request.scope, permission), person_id):
        # Who has left the school: it reads what was, and corrects nothing any more.
        raise PermissionDenied
    return reach(
        request.scope, permission, lambda places: selectors.person_in(places, person_id, now_on=on)
    )


def _kept_schools(request: ScopedRequest, posts: list[Post]) -> list[int]:
    """Ids of the schools with a post of the day or later whose staff the reader keeps."""
    places = staff_places(request.scope, P.MANAGE_STAFF)
    inside = schools_reached(places, [post.school_id for post in posts])
    return [
        post.school_id
        for post in posts
        if post.school_id in inside and _is_open(post, request.scope.date)
    ]


def _account_links(
    request: ScopedRequest, found: StaffMember, posts: list[Post]
) -> dict[str, object]:
    """Where the reader makes an account for the person, or gives a code to the one there is."""
    scope = request.scope
    if not scope.may(P.GIVE_ROLES):
        return {}
    if found.user is not None:
        may_open = person_in(scope, found.user.pk) is not None
        return {"account_seen": may_open, "may_reset": may_open and may_reset(scope, found.user)}
    here = [post.school_id for post in posts if post.is_valid_on(scope.date)]
    schools = schools_to_staff(scope).filter(pk__in=here)
    for_account = candidates(scope, schools=schools, people=[found.pk])
    if not for_account:
        return {}
    (candidate,) = for_account
    return {
        "issue_in": "" if candidate.obstacle else candidate.school.pk,
        "obstacle": candidate.obstacle_words,
    }


def _is_open(post: Post, today: datetime.date) -> bool:
    return post.valid_to is None or post.valid_to > today


def _school_of(grant: RoleGrant) -> int | None:
    return grant.school_class.school_id if grant.school_class is not None else None


def _may_give_role(request: ScopedRequest, post: Post) -> bool:
    """An office above the school gives the role of its head; nobody to oneself."""
    places = staff_places(request.scope, P.MANAGE_STAFF)
    above = replace(places, schools=frozenset())
    return (
        bool(above)
        and selectors.post_in(above, post.pk) is not None
        and post.person.user_id != request.user.pk
    )


@requires(P.MANAGE_STAFF)
def person_add(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Enter somebody in a school, or find them on record."""
    school = reach_school(request.scope, P.MANAGE_STAFF, school_id)
    today = request.scope.date
    account = _account(request, school)
    initial: dict[str, object] = {"start": today}
    if account is not None:
        initial |= {"full_name": account.full_name, "phone": account.phone, "email": account.email}
    form = NewPersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            post = services.add_person(
                school=school, account=account, by=request.user, **form.values()
            )
        except services.PossiblyOnePerson as known:
            form.ask_about(known.alike, may_be_same=True)
            form.add_error("known", known.message)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(
                request,
                _("%(name)s stands in the staff list of %(school)s.")
                % {"name": post.person, "school": school},
            )
            return redirect("staff:person", person_id=post.person_id)
    return render_form(
        request,
        "staff/form.html",
        {
            "crumbs": school_crumbs(request, school, _("Add a person")),
            "title": _("Add a person"),
            "lead": _("Account: %(name)s") % {"name": account.username} if account else "",
            "form": form,
            "action": _("Add the person"),
            "back": reverse("staff:school", args=[school.pk]),
        },
    )


def _account(request: ScopedRequest, school: School) -> User | None:
    """The account that the address names, when it works in the school without a record."""
    text = request.GET.get("account", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404
    found = selectors.account_to_link(school, int(text), on=request.scope.date)
    if found is None:
        raise Http404
    return found


@requires(P.MANAGE_STAFF)
def person_edit(request: ScopedRequest, person_id: int) -> HttpResponse:
    """Correct somebody's data."""
    found = _person(request, person_id, P.MANAGE_STAFF, now=True)
    form = PersonForm(
        request.POST or None,
        initial={field: getattr(found, field) for field in services.DATA_FIELDS},
    )
    if request.method == "POST" and form.is_valid():
        values = form.values()
        del values["same_person"]
        try:
            services.correct_person(person=found, by=request.user, **values)
        except services.PossiblyOnePerson as known:
            form.ask_about(known.alike, may_be_same=False)
            form.add_error("known", known.message)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The data is saved."))
            return redirect("staff:person", person_id=found.pk)
    school = selectors.posts_of(found)[0].school
    return render_form(
        request,
        "staff/form.html",
        {
            "crumbs": person_crumbs(request, found, school, _("Correct the data")),
            "title": _("Correct the data of %(name)s") % {"name": found.full_name},
            "form": form,
            "action": _("Save"),
            "back": reverse("staff:person", args=[found.pk]),
        },
    )


@requires(P.MANAGE_STAFF)
def post_add(request: ScopedRequest, school_id: int, person_id: int) -> HttpResponse:
    """Give somebody of a school a further post there."""
    school = reach_school(request.scope, P.MANAGE_STAFF, school_id)
    found = _person(request, person_id, P.MANAGE_STAFF)
    form = PostForm(request.POST or None, initial={"start": request.scope.date})
    if request.method == "POST" and form.is_valid():
        try:
            post = give_post(person=found, school=school, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(
                request,
                _("%(name)s: %(post)s.") % {"name": found, "post": post.get_kind_display()},
            )
            return redirect("staff:person", person_id=found.pk)
    return render_form(
        request,
        "staff/form.html",
        {
            "crumbs": person_crumbs(request, found, school, _("Give a post")),
            "title": _("Give %(name)s a post") % {"name": found.full_name},
            "lead": school.name,
            "form": form,
            "action": _("Give the post"),
            "back": reverse("staff:person", args=[found.pk]),
        },
    )


@requires(P.MANAGE_STAFF)
def post_end(request: ScopedRequest, post_id: int) -> HttpResponse:
    """End a post; with the last one in a school the classes there end too."""
    places = staff_places(request.scope, P.MANAGE_STAFF)
    post = selectors.post_in(places, post_id) or reach(
        request.scope, P.MANAGE_STAFF, lambda places: selectors.post_in(places, post_id)
    )
    form = EndForm(request.POST or None, initial={"on": request.scope.date})
    if request.method == "POST" and form.is_valid():
        try:
            end_post(post=post, on=form.first_day_after(), by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(
                request,
                _("The post of %(name)s ends on %(day)s.")
                % {"name": post.person, "day": format_date(form.cleaned_data["on"])},
            )
            return redirect("staff:school", school_id=post.school_id)
    return render_form(
        request,
        "staff/form.html",
        {
            "crumbs": person_crumbs(request, post.person, post.school, _("End the post")),
            "title": _("End the post of %(name)s") % {"name": post.person},
            "lead": f"{post.get_kind_display()} · {post.school}",
            "form": form,
            "action": _("End the post"),
            "back": reverse("staff:person", args=[post.person_id]),
        },
    )


@requires(P.MANAGE_STAFF)
@require_POST
def head_role(request: ScopedRequest, post_id: int) -> HttpResponse:
    """Give the account of a head the role of the head, by an office above the school."""
    places = staff_places(request.scope, P.MANAGE_STAFF)
    post = selectors.post_in(places, post_id) or reach(
        request.scope, P.MANAGE_STAFF, lambda places: selectors.post_in(places, post_id)
    )
    if not _may_give_role(request, post):
        raise PermissionDenied
    if give_head_role(post=post, on=request.scope.date, by=request.user):
        messages.success(
            request,
            _("%(name)s may now do what the head of %(school)s may.")
            % {"name": post.person, "school": post.school},
        )
    else:
        messages.error(
            request, _("Nothing was given: this person is not head here, or has the role already.")
        )
    return redirect("staff:person", person_id=post.person_id)
