"""How a service writes one row: checked, with its author and reason, safe beside others."""

from collections.abc import Collection
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Model, QuerySet

from ..contention import Overtaken
from ..types import StrOrPromise, User

# PostgreSQL lets one of two writers that wait for each other go on and stops the other one. Of
# many at once each of those not stopped yet may stop the one that tries again.
TRIES_AFTER_DEADLOCK = 20
Row = TypeVar("Row", bound=Model)


def save_checked(instance: Row, *, by: User | None = None, reason: StrOrPromise = "") -> Row:
    """Check the whole row, then save it with who did it and why.

    Two people may pass the check at the same moment; the database then refuses the second.
    The check is made once more, now beside the other's row, so that the second person reads
    the same sentence as if they had come later. Raises ValidationError.
    """
    instance.full_clean()
    # Read by django-simple-history, of the models that have one.
    vars(instance).update(_history_user=by, _change_reason=reason or None)
    try:
        save_beside_others(instance)
    except IntegrityError:
        instance.full_clean()
        raise
    return instance


def signed(instance: Row, *, by: User | None) -> Row:
    """The row, with who is about to write or delete it; for its history, if it has one."""
    vars(instance).update(_history_user=by)
    return instance


def locked_row(row: Row, *related: str, no_key: bool = False) -> Row:
    """The row as it stands now, held until the transaction ends; what it refers to with it.

    Locked by its key alone and read after that. PostgreSQL looks once more at a row that changed
    while it waited for its lock, but through the joins of before: where a reference was changed
    it then finds nothing (13.2.1 of its manual). Raises Overtaken when somebody removed it.

    Args:
        related: what is read with it (`select_related`).
        no_key: let rows that refer to it be written meanwhile.
    """
    # `__class__`, for a user who is looked up when asked for (`request.user`) says that of the row.
    rows: QuerySet[Row] = row.__class__._base_manager.filter(pk=row.pk)
    held = rows.select_for_update(no_key=no_key).first()
    if held is None:
        raise Overtaken(f"{row!r} is gone")
    return rows.select_related(*related).get() if related else held


def lock_in_place(row: Model, *, no_key: bool = False) -> None:
    """Hold a row and write into this one what it is now; what it referred to is forgotten.

    Raises Overtaken when somebody removed it.
    """
    try:
        row.refresh_from_db(from_queryset=type(row)._base_manager.select_for_update(no_key=no_key))
    except ObjectDoesNotExist as error:
        raise Overtaken(f"{row!r} is gone") from error


def one_at_a_time(user: User) -> None:
    """Until the end of the transaction, let no other request of this person pass this line.

    So that what is counted for a person is counted right when they send twelve at once.
    """
    hold_people([user.pk])


def hold_people(user_ids: Collection[int]) -> None:
    """The same for what is decided about several people: of those who decide, one at a time."""
    people = get_user_model().objects.select_for_update(no_key=True).filter(pk__in=user_ids)
    list(people.order_by("pk").values_list("pk"))


def save_beside_others(instance: Model) -> None:
    """Save; tried again when two rows that exclude each other were written at one moment.

    What `save_checked` saves with; called by itself where a refused row leaves more to undo.

    Each of them waits for the other's transaction (PostgreSQL, 13.3.4 Deadlocks). The one the
    server stopped has lost nothing but its own row; the second try waits for the other to end
    and is then refused, or written. Of many that were stopped one tries at a time: together
    they would only stop each other anew.
    """
    for left in reversed(range(TRIES_AFTER_DEADLOCK)):
        try:
            with transaction.atomic():
                instance.save()
            break
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) != "40P01" or not left:
                raise
            _wait_for_those_stopped_before(instance)


def _wait_for_those_stopped_before(instance: Model) -> None:
    """Hold this table's lock for those whom a deadlock stopped, to the end of the transaction.

    Only they ask for it: who meets nobody pays no query.
    """
    if connection.vendor != "postgresql":  # others let one write at a time
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [instance._meta.db_table])
