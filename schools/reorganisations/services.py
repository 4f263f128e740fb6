"""Applying a decree to the map of units, and taking it back."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import scope_today
from core.events import record
from core.permissions import Permission as P
from core.services.saving import save_checked
from core.sorting import sort_keys_of
from core.types import User
from core.workbooks import refuse_all

from .. import events
from ..areas.selectors.tree import province_id_on
from ..areas.services.placements import move_placements_to_successors
from ..enums import AreaLevel
from ..models import (
    Area,
    ClusterMembership,
    Placement,
    Reorganisation,
    SchoolChange,
    SchoolChangePart,
    Succession,
)
from ..school_records.services.changes import move_schools
from ..school_records.services.decisions import Decision
from ..signals import placements_changed
from .decree_files import Decree
from .followers import Follower, by_code, obstacles
from .plans import Plan, plan_of
from .selectors import can_be_made_again, foreign_keys, in_force, preview

# What a decree writes, in the order in which rows begin; they are removed in the other one.
WRITTEN: list[type[models.Model]] = [
    Area,
    Succession,
    ClusterMembership,
    Placement,
    SchoolChange,
    SchoolChangePart,
]
CARRIED = "carried"
NAMED = 10
Values: TypeAlias = dict[str, Any]
# {id of a row, as JSON has it: its values}
Rows: TypeAlias = dict[str, Values]


class PreviewChanged(ValidationError):
    """What applying would do is no longer what was looked at."""


def look_at(
    decree: Decree, *, by: User | None, carry: Collection[str] = (), locking: bool = False
) -> Plan:
    """What applying a decree would do, with everything that refuses it. Writes nothing.

    Args:
        by: who would apply it; None for the command on the server.
        locking: in the transaction that applies it: what goes along is kept from others.
    """
    plan = plan_of(decree, carry=carry)
    if decree.decided_on > timezone.localdate():
        plan.refusals.append(_("The decision is dated in the future. Check its date."))
    if in_force().filter(number=decree.number).exists():
        plan.refusals.append(
            _("%(number)s has been applied already. Take it back first, or check the number.")
            % {"number": decree.number}
        )
    for ask in obstacles:
        plan.refusals += ask(plan.concerned(), decree.effective_on)
    if not plan.refusals:
        plan.prepare(by=by, locking=locking)
    return plan


def tell(plan: Plan) -> list[str]:
    """The preview of a plan. Raises ValidationError with everything that refuses it."""
    if plan.refusals:
        refuse_all(plan.refusals)
    return preview(plan)


def seen_of(sentences: Sequence[str]) -> str:
    """What tells a preview from every other one."""
    return hashlib.sha256("\n".join(sentences).encode()).hexdigest()[:16]


@transaction.atomic
def reorganise(
    *,
    decree: Decree,
    by: User | None,
    carry: Collection[str] = (),
    seen: str | None = None,
) -> Reorganisation:
    """Apply a decree as a whole; returns what is kept of it.

    Old versions end, new ones begin, successions join them; schools go with their communes or where
    their own lines say; what somebody chose goes along (`followers`). Nothing that was filed
    changes. Says `placements_changed`.

    Args:
        seen: `seen_of` the preview that somebody agreed to; None: whatever it is now.

    Raises:
        PermissionDenied: `by` may not change the units.
        PreviewChanged: it would do something else than `seen`.
        ValidationError: with every sentence of `look_at`; nothing is written then.
    """
    _check_may(by)
    _one_at_a_time()
    plan = look_at(decree, by=by, carry=carry, locking=True)
    if plan.refusals:
        refuse_all(plan.refusals)
    if seen is not None and seen != seen_of(preview(plan)):
        raise PreviewChanged(_("Something changed since. Look at it once more."))
    wrote: Values = _write(plan, by)
    wrote[CARRIED] = {}
    for code, follower in by_code().items():
        rows = follower.carry_on(plan.prepared[code], by)
        if rows:
            wrote[CARRIED][code] = _values(_model_of(follower), [row.pk for row in rows])
    done = save_checked(
        Reorganisation(
            number=decree.number,
            decided_on=decree.decided_on,
            effective_on=decree.effective_on,
            lines=[line.as_json() for line in decree.lines],
            wrote=wrote,
            made_by=by,
        )
    )
    record(
        events.DECREE_APPLIED,
        by=by,
        about=done,
        area=province_id_on(decree.effective_on),
        changes={
            "valid_from": (None, decree.effective_on),
            "ended": (None, len(plan.ended)),
            "begun": (None, len(plan.begun)),
            "schools": (None, len(plan.following) + len(plan.moved)),
        },
        reason=decree.named,
    )
    return done


def _check_may(by: User | None) -> None:
    if by is not None and not scope_today(by).may(P.MANAGE_UNITS):
        raise PermissionDenied


def _one_at_a_time() -> None:
    provinces = Area.objects.filter(level=AreaLevel.PROVINCE).order_by("pk")
    list(provinces.select_for_update(no_key=True))


def _write(plan: Plan, by: User | None) -> Values:
    """Write what a plan says of the map; returns the rows that were begun and changed, by model."""
    decree, on = plan.decree, plan.decree.effective_on
    before: dict[type[models.Model], Rows] = {
        Area: _values(Area, [area.pk for area in plan.ended], locking=True)
    }
    for area in plan.ended:
        area.valid_to = on
    # Ends are written before beginnings: no day may see two versions of one code.
    Area.objects.bulk_update(plan.ended, ["valid_to"])
    for area in plan.begun:
        area.parent = area.parent  # its id, now that what it lies in is saved
        save_checked(area)
    successions = Succession.objects.bulk_create(
        Succession(old=old, new=new, effective_on=on, decree=decree.named)
        for old, new in plan.successions
    )
    members = [
        save_checked(ClusterMembership(cluster=cluster, commune=commune, valid_from=on))
        for cluster, commune in plan.members
    ]
    school_ids = [school.pk for school, _commune in plan.moved]
    concerned = Placement.objects.filter(
        models.Q(school__in=school_ids) | models.Q(commune__valid_to=on)
    )
    before[Placement] = _values(Placement, concerned.values_list("pk", flat=True), locking=True)
    own = move_schools(
        moves=plan.moved, decision=Decision(on, decree.number, decree.decided_on), by=by
    )
    followed = move_placements_to_successors(on=on, by=by)
    written: dict[type[models.Model], Sequence[models.Model]] = {
        Area: [*plan.ended, *plan.begun],
        Succession: successions,
        ClusterMembership: members,
        Placement: [*own.placements, *followed.placements],
        SchoolChange: own.changes,
        SchoolChangePart: own.parts,
    }
    wrote: Values = {}
    for model in WRITTEN:
        was = before.get(model, {})
        now = _values(model, [row.pk for row in written[model]])
        wrote[model._meta.label_lower] = {
            "begun": {pk: values for pk, values in now.items() if pk not in was},
            "changed": {pk: [was[pk], values] for pk, values in now.items() if pk in was},
        }
    return wrote


def look_at_undoing(found: Reorganisation, *, locking: bool = False) -> list[str]:
    """Why a decree cannot be taken back, in sentences; none when it can. Writes nothing.

    Args:
        locking: in the transaction that takes it back: nothing is filed under its units, and none
            of its rows changes, until then.
    """
    refusals = []
    for model in WRITTEN:
        change = found.wrote[model._meta.label_lower]
        kept = change["begun"] | {pk: after for pk, (_was, after) in change["changed"].items()}
        if _changed_since(model, kept, locking):
            refusals.append(
                _("%(what)s changed since. Take the later change back first.")
                % {"what": model._meta.verbose_name_plural}
            )
    for follower, rows in _carried(found):
        model = _model_of(follower)
        if changed := _changed_since(model, rows, locking):
            refusals.append(
                _(
                    "%(what)s that went along changed since: %(count)s. Decide anew by another "
                    "decree."
                )
                % {"what": model._meta.verbose_name_plural, "count": changed}
            )
    refusals += _filed_since(found)
    for ask in obstacles:
        refusals += ask(_units_of(found), found.effective_on)
    return refusals


def _changed_since(model: type[models.Model], kept: Rows, locking: bool) -> int:
    """How many rows are not as a decree left them, or gone.

    Fields that only one version of the software has, and keys for sorting, tell of no change.
    """
    now = _values(model, kept, locking=locking)
    derived = {field.attname for field in sort_keys_of(model)}

    def same(pk: str, values: Values) -> bool:
        shared = (values.keys() & now[pk].keys()) - derived
        return all(now[pk][name] == values[name] for name in shared)

    return sum(pk not in now or not same(pk, values) for pk, values in kept.items())


def _filed_since(found: Reorganisation) -> Iterator[str]:
    """What was filed under the units a decree began, but by itself; a query for each model."""
    begun = [int(pk) for pk in found.wrote[Area._meta.label_lower]["begun"]]
    own = {model: set(found.wrote[model._meta.label_lower]["begun"]) for model in WRITTEN}
    for follower, rows in _carried(found):
        model = _model_of(follower)
        own[model] = own.get(model, set()) | rows.keys()
    titles: dict[int, str] = {}
    for model, field in foreign_keys():
        if can_be_made_again(model):
            continue
        # Rows that a manager hides, as people who were removed, hang on a unit too.
        later = (
            model._base_manager.filter(**{f"{field.name}__in": begun})
            .exclude(pk__in=own.get(model, ()))
            .order_by()
        )
        counts = dict(later.values_list(field.attname).annotate(models.Count("pk")))
        if counts:
            titles = titles or {area.pk: area.title for area in Area.objects.filter(pk__in=begun)}
            yield _(
                "Filed under the new units since, %(what)s: %(count)s (%(units)s). Remove "
                "them, or decide anew by another decree."
            ) % {
                "what": model._meta.verbose_name_plural,
                "count": sum(counts.values()),
                "units": ", ".join(sorted(titles[pk] for pk in counts)[:NAMED]),
            }


def _units_of(found: Reorganisation) -> set[int]:
    """Ids of every unit that a decree began or changed, or that a row it wrote is filed under."""
    units: set[int] = set()
    for model in WRITTEN:
        change = found.wrote[model._meta.label_lower]
        kept = [
            *change["begun"].values(),
            *(row for pair in change["changed"].values() for row in pair),
        ]
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if field.related_model is Area or (model is Area and field.primary_key)
        ]
        units |= {values[name] for values in kept for name in names if values.get(name) is not None}
    return units


@transaction.atomic
def take_back(*, number: str, by: User | None, dry_run: bool = False) -> Reorganisation:
    """Take a decree back: the map is as if it had never been applied.

    Possible while nothing hangs on the units it began. Figures of the days since are counted
    again. Raises PermissionDenied, and ValidationError: no such decree in force, or everything
    that hangs on it.
    """
    _check_may(by)
    _one_at_a_time()
    found = in_force().select_for_update(of=("self",)).filter(number=number).first()
    if found is None:
        known = ", ".join(in_force().values_list("number", flat=True)[:NAMED])
        raise ValidationError(
            _("No decree %(number)s is in force here. There are: %(known)s.")
            % {"number": number, "known": known or "—"},
            code="unknown",
        )
    if refusals := look_at_undoing(found, locking=True):
        refuse_all(refusals)
    if dry_run:
        return found
    for follower, rows in _carried(found):
        follower.take_back([int(pk) for pk in rows], by)
    schools = _remove(found)
    found.undone_at, found.undone_by = timezone.now(), by
    save_checked(found)
    placements_changed.send(sender=Placement, school_ids=schools, start=found.effective_on)
    record(
        events.DECREE_TAKEN_BACK,
        by=by,
        about=found,
        area=province_id_on(found.effective_on),
        changes={"schools": (None, len(schools))},
        reason=found.number,
    )
    return found


def _remove(found: Reorganisation) -> list[int]:
    """Remove what a decree began and put back what it changed; returns ids of the schools."""
    begun_areas = [int(pk) for pk in found.wrote[Area._meta.label_lower]["begun"]]
    for model, field in foreign_keys():
        if can_be_made_again(model):
            model._default_manager.filter(**{f"{field.name}__in": begun_areas}).delete()
    schools: set[int] = set()
    for model in reversed(WRITTEN):
        change = found.wrote[model._meta.label_lower]
        rows = model._default_manager.filter(pk__in=[int(pk) for pk in change["begun"]])
        if model is Placement:
            schools |= {values["school_id"] for values in change["begun"].values()}
            schools |= {after["school_id"] for _was, after in change["changed"].values()}
        if model is Area:
            # What lies in another one goes first.
            for level in sorted(set(rows.values_list("level", flat=True)), reverse=True):
                rows.filter(level=level).delete()
        else:
            rows.delete()
        for pk, (was, after) in change["changed"].items():
            values = {name: value for name, value in was.items() if value != after[name]}
            model._default_manager.filter(pk=int(pk)).update(**values)
    return sorted(schools)


def _values(model: type[models.Model], ids: Iterable[Any], *, locking: bool = False) -> Rows:
    """Rows of a model as JSON keeps them; one query."""
    rows = model._base_manager.filter(pk__in=list(ids)).order_by("pk")
    if locking:
        rows = rows.select_for_update()
    return {
        str(values["id"]): json.loads(json.dumps(values, cls=DjangoJSONEncoder))
        for values in rows.values()
    }


def _model_of(follower: Follower) -> type[models.Model]:
    return apps.get_model(follower.MODEL)


def _carried(found: Reorganisation) -> Iterator[tuple[Follower, Rows]]:
    """The rows that went along with the units of a decree, in the order of the packages: that of
    the keys of a JSON is another one on each database.

    Of decrees applied before rows were kept with their values only the keys are known.
    """
    for code, follower in by_code().items():
        rows = found.wrote[CARRIED].get(code)
        if isinstance(rows, list):
            yield follower, {str(pk): {} for pk in rows}
        elif rows is not None:
            yield follower, rows
