"""Giving and ending posts."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import locked_row, one_at_a_time, save_checked
from schools.models import School

from ...models import User
from ...services import grant_role
from .. import events
from ..models import Post, PostKind, StaffMember
from ..selectors.people import has_head_role
from .assignments import end_assignments_in


@transaction.atomic
def give_post(
    *, person: StaffMember, school: School, kind: str, start: datetime.date, by: User | None
) -> Post:
    """Give a person a post in a school from a day on.

    A head's post gives no rights: the role of the head is given by whoever may. Raises
    ValidationError when the person holds that post there, when the school has another head, or
    when it is not open on the day.
    """
    if not school.is_valid_on(start):
        raise ValidationError(
            {"start": _("The school is not open on this day. Check the day.")}, code="not_open"
        )
    post = save_checked(Post(person=person, school=school, kind=kind, valid_from=start))
    record(
        events.POST_GIVEN,
        by=by,
        about=post,
        name=f"{person}: {post}",
        part_of=person,
        school=school.pk,
        changes={"kind": (None, kind), "valid_from": (None, start)},
    )
    return post


def lacks_head_role(post: Post, *, on: datetime.date) -> bool:
    """Whether somebody is head by post and has an account without the role of the head."""
    user = post.person.user
    return (
        post.kind == PostKind.HEAD
        and post.is_valid_on(on)
        and user is not None
        and not has_head_role(user, post.school, on=on)
    )


@transaction.atomic
def give_head_role(*, post: Post, on: datetime.date, by: User) -> bool:
    """Give the account of a head the role of the head; False when it has it or is no head's."""
    if post.person.user is None:
        return False
    one_at_a_time(post.person.user)
    if not lacks_head_role(post, on=on):
        return False
    grant_role(user=post.person.user, role="school_head", school=post.school, valid_from=on, by=by)
    return True


@transaction.atomic
def end_post(*, post: Post, on: datetime.date, by: User | None) -> bool:
    """End a post: `on` is the first day it is no longer held. Whether the row stays.

    A post that would end before it began was a mistake and is removed; the event remains. With
    a person's last post in a school their classes there end on the same day. Raises
    ValidationError when it has ended.
    """
    post = locked_row(post, "person", "school")
    if post.valid_to is not None and post.valid_to <= on:
        raise ValidationError(_("This post has already ended."), code="already_ended")
    name = f"{post.person}: {post}"
    if post.valid_from >= on:
        record(
            events.POST_REMOVED,
            by=by,
            about=post,
            name=name,
            part_of=post.person,
            school=post.school_id,
            changes={"kind": (post.kind, None), "valid_from": (post.valid_from, None)},
        )
        post.delete()
        stays = False
    else:
        before, post.valid_to = post.valid_to, on
        save_checked(post)
        record(
            events.POST_ENDED,
            by=by,
            about=post,
            name=name,
            part_of=post.person,
            school=post.school_id,
            changes={"valid_to": (before, on)},
        )
        stays = True
    others = Post.objects.on(on).filter(person=post.person, school_id=post.school_id)
    if not others.exists():
        end_assignments_in(person=post.person, school=post.school, on=on, by=by)
    return stays
