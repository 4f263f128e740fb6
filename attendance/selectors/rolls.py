"""Registers whose pupils are not those of the roll of their day: what nobody has settled."""

from dataclasses import dataclass, field

from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from schools.models import Enrolment, SchoolClass
from schools.vietnamese import sort_key

from ..enums import RegisterState
from ..models import Register, RegisterRevision, Uncounted
from .registers import pupil_names

SHOWN = 100


@dataclass
class Difference:
    """A register with how many pupils it counts and should, and who makes the difference."""

    register: Register
    expected: int
    lacking: list = field(default_factory=list)
    surplus: list = field(default_factory=list)


@dataclass
class Differences:
    """The first SHOWN registers of a month that differ, newest first; `total` of all."""

    rows: list
    total: int


def differences_in(places, month):
    """`Differences` of a `Month` in the classes inside the places; a fixed number of queries."""
    found = _differing(
        Register.objects.filter(
            school_class__in=SchoolClass.objects.within(places),
            date__gte=month.first,
            date__lt=month.end,
        )
    )
    rows = list(
        found.select_related("school", "school_class").order_by(
            "-date", "school_class__name_key", "school_class", "session"
        )[:SHOWN]
    )
    return Differences(_with_names(rows), found.count() if len(rows) == SHOWN else len(rows))


def classes_within(places, class_ids):
    """Those of some classes that lie inside the places: set of ids, one query."""
    found = SchoolClass.objects.within(places).filter(pk__in=class_ids)
    return set(found.values_list("pk", flat=True))


def difference_of(register):
    """The `Difference` of one register, or None when it agrees with the roll."""
    rows = list(
        _differing(Register.objects.filter(pk=register.pk)).select_related("school", "school_class")
    )
    return _with_names(rows)[0] if rows else None


def _differing(registers):
    on_roll = (
        Enrolment.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=OuterRef("date")),
            school_class=OuterRef("school_class"),
            valid_from__lte=OuterRef("date"),
        )
        .order_by()
        .values("school_class")
        .annotate(n=Count("pk"))
        .values("n")
    )
    left_out = (
        Uncounted.objects.filter(register=OuterRef("pk"))
        .order_by()
        .values("register")
        .annotate(n=Count("pk"))
        .values("n")
    )

    def number(query):
        return Coalesce(Subquery(query, output_field=IntegerField()), 0)

    return (
        registers.filter(state=RegisterState.TAKEN)
        .annotate(expected=number(on_roll) - number(left_out))
        .exclude(roll=F("expected"))
    )


def _with_names(registers):
    class_ids = {register.school_class_id for register in registers}
    spells = list(Enrolment.objects.filter(school_class__in=class_ids)) if registers else []
    revisions = {
        revision.register_id: revision
        for revision in RegisterRevision.objects.filter(
            register__in=[register.pk for register in registers], number=F("register__revision")
        )
    }
    left_out = set(
        Uncounted.objects.filter(register__in=[register.pk for register in registers]).values_list(
            "register_id", "pupil_id"
        )
    )
    found, ids = [], set()
    for register in registers:
        revision = revisions.get(register.pk)
        seen = set(revision.roll) if revision else set()
        roll = {
            spell.pupil_id
            for spell in spells
            if spell.school_class_id == register.school_class_id
            and spell.is_valid_on(register.date)
            and (register.pk, spell.pupil_id) not in left_out
        }
        lacking, surplus = (roll - seen, seen - roll) if revision else (set(), set())
        ids |= lacking | surplus
        found.append((register, lacking, surplus))
    names = pupil_names(ids)
    return [
        Difference(
            register,
            register.expected,
            sorted((names.get(pk, str(pk)) for pk in lacking), key=sort_key),
            sorted((names.get(pk, str(pk)) for pk in surplus), key=sort_key),
        )
        for register, lacking, surplus in found
    ]
