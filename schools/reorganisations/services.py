"""Applying a decree to the map of units, and taking it back."""

import json
from collections.abc import Collection
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import save_checked
from core.types import User

from .. import events
from ..areas.selectors.tree import province_id_on
from ..areas.services.placements import move_placements_to_successors
from ..models import (
    Area,
    ClusterMembership,
    Placement,
    Reorganisation,
    SchoolChange,
    SchoolChangePart,
    Succession,
)
from ..school_records.services.changes import move_school
from ..school_records.services.decisions import Decision
from ..signals import placements_changed
from .decree_files import Decree, refuse
from .followers import by_code, obstacles
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
# {label of a model: {id: values}}
State: TypeAlias = dict[str, dict[str, Values]]


def look_at(decree: Decree, *, carry: Collection[str] = ()) -> Plan:
    """What applying a decree would do, with everything that refuses it. Writes nothing."""
    plan = plan_of(decree, carry=carry)
    if decree.decided_on > timezone.localdate():
        plan.refusals.append(_("The decision is dated in the future. Check its date."))
    if in_force().filter(number=decree.number).exists():
        plan.refusals.append(
            _("%(number)s has been applied already. Take it back first, or check the number.")
            % {"number": decree.number}
        )
    concerned = {area.pk for area in plan.ended} | {
        placement.commune_id
        for school, _commune in plan.moved
        for placement in school.placements.on(decree.effective_on)
    }
    for ask in obstacles:
        plan.refusals += ask(concerned, decree.effective_on)
    if not plan.refusals:
        for follower in by_code().values():
            plan.refusals += plan.prepared(follower).refusals
    return plan


def tell(plan: Plan) -> list[str]:
    """The preview of a plan. Raises ValidationError with everything that refuses it."""
    if plan.refusals:
        refuse(plan.refusals)
    return preview(plan)


@transaction.atomic
def reorganise(*, decree: Decree, by: User | None, carry: Collection[str] = ()) -> Reorganisation:
    """Apply a decree as a whole; returns what is kept of it.

    Old versions end, new ones begin, successions join them; schools go with their communes or where
    their own lines say; what somebody chose goes along (`followers`). Nothing that was filed
    changes. Says `placements_changed`.

    Raises ValidationError: with every sentence of `look_at`; nothing is written then.
    """
    _one_at_a_time()
    plan = look_at(decree, carry=carry)
    if plan.refusals:
        refuse(plan.refusals)
    before = _state()
    _write(plan, by)
    wrote: Values = _differences(before, _state())
    wrote[CARRIED] = {
        code: follower.carry_on(plan.prepared(follower), decree.effective_on, by)
        for code, follower in by_code().items()
    }
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


def _one_at_a_time() -> None:
    list(Area.objects.select_for_update().filter(parent=None).order_by("pk"))


def _write(plan: Plan, by: User | None) -> None:
    decree, on = plan.decree, plan.decree.effective_on
    for area in plan.ended:
        area.valid_to = on
    # Ends are written before beginnings: no day may see two versions of one code.
    Area.objects.bulk_update(plan.ended, ["valid_to"])
    for area in plan.begun:
        area.parent = area.parent  # its id, now that what it lies in is saved
        save_checked(area)
    Succession.objects.bulk_create(
        Succession(old=old, new=new, effective_on=on, decree=decree.named[:100])
        for old, new in plan.successions
    )
    for cluster, commune in plan.members:
        save_checked(ClusterMembership(cluster=cluster, commune=commune, valid_from=on))
    for school, commune in plan.moved:
        commune.refresh_from_db()
        decision = Decision(on, decree.number, decree.decided_on)
        move_school(school=school, commune=commune, decision=decision, by=by)
    move_placements_to_successors(on=on, by=by)


def look_at_undoing(found: Reorganisation) -> list[str]:
    """Why a decree cannot be taken back, in sentences; none when it can. Writes nothing."""
    wrote = found.wrote
    refusals = []
    now = _state()
    for label, change in wrote.items():
        if label == CARRIED:
            continue
        kept: dict[str, Values] = change["begun"] | {
            pk: after for pk, (_before, after) in change["changed"].items()
        }
        if any(now[label].get(pk) != values for pk, values in kept.items()):
            refusals.append(
                _("%(what)s changed since. Take the later change back first.")
                % {"what": _model(label)._meta.verbose_name_plural}
            )
    begun = [int(pk) for pk in wrote[Area._meta.label_lower]["begun"]]
    for model, field in foreign_keys():
        if can_be_made_again(model):
            continue
        own = wrote.get(model._meta.label_lower, {}).get("begun", {})
        carried = _carried(wrote, model)
        rows = model._default_manager.filter(**{f"{field.name}__in": begun})
        later = [row for row in rows if str(row.pk) not in own and row.pk not in carried]
        if later:
            units = sorted({str(getattr(row, field.name)) for row in later})
            refusals.append(
                _(
                    "Filed under the new units since, %(what)s: %(count)s (%(units)s). Remove "
                    "them, or decide anew by another decree."
                )
                % {
                    "what": model._meta.verbose_name_plural,
                    "count": len(later),
                    "units": ", ".join(units[:NAMED]),
                }
            )
    for ask in obstacles:
        refusals += ask(set(begun), found.effective_on)
    return refusals


@transaction.atomic
def take_back(*, number: str, by: User | None, dry_run: bool = False) -> Reorganisation:
    """Take a decree back: the map is as if it had never been applied.

    Possible while nothing hangs on the units it began. Figures of the days since are counted
    again. Raises ValidationError: no such decree in force, or everything that hangs on it.
    """
    _one_at_a_time()
    found = in_force().select_for_update(of=("self",)).filter(number=number).first()
    if found is None:
        known = ", ".join(in_force().values_list("number", flat=True)[:NAMED])
        raise ValidationError(
            _("No decree %(number)s is in force here. There are: %(known)s.")
            % {"number": number, "known": known or "—"},
            code="unknown",
        )
    if refusals := look_at_undoing(found):
        refuse(refusals)
    if dry_run:
        return found
    followers = by_code()
    for code, ids in found.wrote[CARRIED].items():
        followers[code].take_back(ids, by)
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
            schools |= {after["school_id"] for _before, after in change["changed"].values()}
        if model is Area:
            # What lies in another one goes first.
            for level in sorted(set(rows.values_list("level", flat=True)), reverse=True):
                rows.filter(level=level).delete()
        else:
            rows.delete()
        for pk, (was, _after) in change["changed"].items():
            values = {name: value for name, value in was.items() if name != "id"}
            model._default_manager.filter(pk=int(pk)).update(**values)
    return sorted(schools)


def _state() -> State:
    """Every row of what a decree writes, as JSON keeps it. One query for each model."""
    return {
        model._meta.label_lower: {
            str(values["id"]): json.loads(json.dumps(values, cls=DjangoJSONEncoder))
            for values in model._default_manager.values()
        }
        for model in WRITTEN
    }


def _differences(before: State, after: State) -> Values:
    return {
        label: {
            "begun": {pk: values for pk, values in rows.items() if pk not in before[label]},
            "changed": {
                pk: [before[label][pk], values]
                for pk, values in rows.items()
                if pk in before[label] and before[label][pk] != values
            },
        }
        for label, rows in after.items()
    }


def _model(label: str) -> type[models.Model]:
    return next(model for model in WRITTEN if model._meta.label_lower == label)


def _carried(wrote: Values, model: type[models.Model]) -> set[int]:
    """Ids of the rows of a model that went along with the units."""
    label = model._meta.label_lower
    return {
        pk
        for code, follower in by_code().items()
        if label == follower.MODEL
        for pk in wrote[CARRIED].get(code, [])
    }
