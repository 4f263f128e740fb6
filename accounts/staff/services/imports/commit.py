"""Writing a change set: people, posts and classes in bulk, inside the caller's transaction."""

from collections.abc import Iterable

from django.db.models import QuerySet

from ....models import User
from ....services import end_grant
from ...models import AssignmentKind, ClassAssignment, Post, StaffMember
from ..assignments import latest_end
from .change_set import DATA, ChangeSet
from .records import CHUNK


def write_change_set(change_set: ChangeSet, *, by: User | None) -> None:
    """Write every row; to be called inside a transaction.

    What ends is ended before anything begins, so that at no moment two heads of a school or two
    homeroom teachers of a class overlap.

    Raises:
        IntegrityError: the database refused what somebody else made impossible meanwhile.
    """
    outcomes, on = change_set.outcomes, change_set.starts_on
    StaffMember.objects.bulk_create(
        [each.person for each in outcomes if each.person_is_new and each.person is not None],
        batch_size=CHUNK,
    )
    changed = {
        each.person.pk: each.person
        for each in outcomes
        if each.person_changed and each.person is not None
    }
    StaffMember.objects.bulk_update(list(changed.values()), [*DATA, "search_key"], batch_size=CHUNK)
    _end(Post.objects.all(), (each.ends_post for each in outcomes if each.ends_post), on)
    Post.objects.bulk_create(
        [
            Post(person=each.person, school=each.school, kind=each.new_post, valid_from=on)
            for each in outcomes
            if each.new_post
        ],
        batch_size=CHUNK,
    )
    _end(ClassAssignment.objects.all(), (a for each in outcomes for a in each.ends), on)
    for grant in {grant.pk: grant for each in outcomes for grant in each.grants}.values():
        end_grant(grant=grant, on=on, by=by)
    latest = {
        each.takes_class.year_id: latest_end(each.takes_class.year, on=on)
        for each in {e.takes_class.year_id: e for e in outcomes if e.takes_class}.values()
        if each.takes_class is not None
    }
    ClassAssignment.objects.bulk_create(
        [
            ClassAssignment(
                person=each.person,
                school_class=each.takes_class,
                kind=AssignmentKind.HOMEROOM,
                valid_from=on,
                valid_to=latest[each.takes_class.year_id],
                given_by=by,
            )
            for each in outcomes
            if each.takes_class is not None
        ],
        batch_size=CHUNK,
    )


def _end(
    every: QuerySet[Post] | QuerySet[ClassAssignment],
    ended: Iterable[Post | ClassAssignment],
    on: object,
) -> None:
    """End rows on a day; one that would end before it began is removed."""
    ids = {row.pk for row in ended}
    rows = every.filter(pk__in=ids)
    rows.filter(valid_from__gte=on).delete()
    rows.update(valid_to=on)
