"""What is on record where registers arrive: all that their checks ask, of one in one statement."""

import datetime
import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import (
    BooleanField,
    Exists,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast

from schools.enums import Session
from schools.models import SchoolClass
from schools.pupils.selectors.rolls import roll_ids_on, rolls_during

from ...calendar.state import read_state, state_column
from ...models import Register, RegisterRevision, Uncounted
from ..submission import RegisterSubmission
from .counting import not_counted

ONE_DAY = datetime.timedelta(days=1)

_FIELDS = [field.attname for field in Register._meta.concrete_fields]


class _Listed(Func):
    """The values of a column as one JSON list, as text; NULL for no row. Alone in its query."""

    function = "json_agg"
    output_field = TextField()

    def as_sqlite(self, compiler, connection, **more):  # type: ignore[no-untyped-def]  # Django's hook
        return self.as_sql(compiler, connection, function="json_group_array", **more)


@dataclass(frozen=True)
class OnRecord:
    """What is on record of a class session.

    Attributes:
        calendar: the calendar's state (`calendar.state`), None when there is none.
        roll: ids of the pupils on the roll that day, in no order.
        register: the register as it stands, or None; `uncounted`: for whom it does not count.
        is_repeated: this operation was accepted before, for whatever register of the school.
        revisions: of the register, by number, when they were read with it; else None.
    """

    calendar: str | None
    roll: list[int]
    register: Register | None
    uncounted: frozenset[int]
    is_repeated: bool
    revisions: Mapping[int, RegisterRevision] | None = None


def read_on_record(
    school_class: SchoolClass,
    date: datetime.date,
    session: Session | str,
    *,
    operation_id: uuid.UUID | None = None,
) -> OnRecord:
    """`OnRecord` of a class session; one query.

    Args:
        operation_id: of what arrives; None when nothing does.
    """
    rows = (
        SchoolClass.objects.filter(pk=school_class.pk)
        .order_by()
        .annotate(
            found=FilteredRelation(
                "registers", condition=Q(registers__date=date, registers__session=session)
            ),
            state=state_column(),
            roll_ids=_listed(roll_ids_on(OuterRef("pk"), date), "pupil_id"),
            uncounted_ids=_listed(
                Uncounted.objects.filter(register=OuterRef("found__pk")).order_by(), "pupil_id"
            ),
            is_repeated=_accepted(school_class.school_id, operation_id),
        )
        .values_list(
            "state",
            "roll_ids",
            "uncounted_ids",
            "is_repeated",
            *(f"found__{name}" for name in _FIELDS),
        )
    )
    state, roll_ids, uncounted_ids, is_repeated, *values = rows.get()
    register = None
    if values[_FIELDS.index("id")] is not None:
        register = Register.from_db(rows.db, _FIELDS, values)
    return OnRecord(
        state, _ids(roll_ids), register, frozenset(_ids(uncounted_ids)), bool(is_repeated)
    )


def read_many_on_record(submissions: Sequence[RegisterSubmission]) -> list[OnRecord]:
    """`OnRecord` of many submissions of one school, in their order, with their revisions.

    Six queries, however many they are.
    """
    days: defaultdict[int, set[datetime.date]] = defaultdict(set)
    for each in submissions:
        days[each.school_class.pk].add(each.date)
    dates = {each.date for each in submissions}
    asked = Q(*(Q(school_class=pk, date__in=own) for pk, own in days.items()), _connector=Q.OR)
    calendar = read_state()
    spells = rolls_during(days, min(dates), max(dates) + ONE_DAY)
    registers = {
        (each.school_class_id, each.date, each.session): each
        for each in Register.objects.filter(asked).order_by()
    }
    ids = [each.pk for each in registers.values()]
    uncounted: defaultdict[int, set[int]] = defaultdict(set)
    revisions: defaultdict[int, dict[int, RegisterRevision]] = defaultdict(dict)
    if ids:
        for register_id, pupil_id in not_counted(register__in=ids):
            uncounted[register_id].add(pupil_id)
        numbers = {each.base_revision for each in submissions}
        numbers |= {each.revision for each in registers.values()}
        for revision in RegisterRevision.objects.filter(
            register__in=ids, number__in=numbers
        ).select_related("sent_by"):
            revisions[revision.register_id][revision.number] = revision
    accepted = set(
        RegisterRevision.objects.filter(
            school_id=submissions[0].school_class.school_id,
            operation_id__in=[each.operation_id for each in submissions],
        ).values_list("operation_id", flat=True)
    )
    found = []
    for each in submissions:
        register = registers.get((each.school_class.pk, each.date, str(each.session)))
        own = register.pk if register else 0
        found.append(
            OnRecord(
                calendar,
                [
                    spell.pupil_id
                    for spell in spells[each.school_class.pk]
                    if spell.is_valid_on(each.date)
                ],
                register,
                frozenset(uncounted[own]),
                each.operation_id in accepted,
                revisions[own],
            )
        )
    return found


def _accepted(school_id: int, operation_id: uuid.UUID | None) -> Exists | Value:
    if operation_id is None:
        return Value(value=False, output_field=BooleanField())
    return Exists(RegisterRevision.objects.filter(school_id=school_id, operation_id=operation_id))


def _listed(rows: QuerySet, column: str) -> Subquery:
    listed = rows.annotate(listed=Cast(_Listed(column), TextField())).values("listed")
    return Subquery(listed, output_field=TextField())


def _ids(listed: str | None) -> list[int]:
    """Of a JSON list; SQLite says [] for no row."""
    return json.loads(listed) if listed else []
