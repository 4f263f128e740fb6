"""Taking a turn back: every row where it was, or a sentence that says what would be lost."""

import datetime
from collections import Counter
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import lock_in_place, save_checked
from core.types import User

from ... import events
from ...directory.class_records import last_days
from ...models import Enrolment, SchoolClass, YearTurn
from ...pupil_import.resources.bulk import delete_written, write_changed
from ...school_records.selectors.standing import counted_pupils, day, named
from .. import followers
from .turning import CLASS_FIELDS, END_FIELDS, SPELL_FIELDS, announce, as_written, counts_of


def obstacles(turn: YearTurn) -> list[str]:
    """Why a turn can be taken back no more: sentences, each says what would be lost."""
    if turn.undone_at is not None:
        return [_("This has been taken back already.")]
    for year in (turn.from_year, turn.to_year):
        if year.closed_at is not None:
            return [
                _("School year %(year)s is closed; its rolls stay as they are.")
                % {"year": year.code}
            ]
    classes = _classes_of(turn)
    return [
        *_registers_sent(turn, classes),
        *_changed_classes(turn, classes),
        *_changed_rolls(turn, classes),
        *_placed_since(turn),
        *_received(turn),
        *followers.obstacles(turn.wrote["followers"]),
    ]


@transaction.atomic
def undo_turn(*, turn: YearTurn, by: User | None) -> YearTurn:
    """Take a turn back: the tables are as they were, but for history and events.

    Raises ValidationError: `obstacles`, or something that hangs on one of the new classes.
    """
    lock_in_place(turn.school)
    lock_in_place(turn)
    if found := obstacles(turn):
        raise ValidationError(found, code="refused")
    wrote = turn.wrote
    begun = list(Enrolment.objects.filter(pk__in=_ids(wrote["begun"])))
    new_classes = SchoolClass.objects.filter(pk__in=_ids(wrote["classes"]))
    followers.take_back(wrote["followers"], by)
    turn.arrivals.all().delete()
    delete_written(Enrolment, begun, by=by)
    announce(
        [spell for spell in begun if spell.school_class_id not in _ids(wrote["classes"])],
        turn.to_year.valid_from,
        None,
    )
    _remove(new_classes)
    ended = list(Enrolment.objects.filter(pk__in=_ids(wrote["ended"])))
    for spell in ended:
        spell.valid_to, spell.exit_reason = None, ""
    write_changed(Enrolment, ended, END_FIELDS, by=by)
    announce(ended, turn.from_year.valid_to, turn.from_year.valid_to)
    turn.undone_at, turn.undone_by = timezone.now(), by
    save_checked(turn)
    record(
        events.YEAR_TURN_UNDONE,
        by=by,
        about=turn.school,
        name=f"{turn.school.name} {turn.to_year.code}",
        school=turn.school_id,
        changes={name: (new, old) for name, (old, new) in counts_of(turn).items()},
    )
    return turn


def _remove(classes: models.QuerySet[SchoolClass]) -> None:
    try:
        classes.delete()
    except (models.ProtectedError, models.RestrictedError) as error:
        rows = {row._meta.verbose_name for row in _in_the_way(error)}
        raise ValidationError(
            _("Something is recorded of the new classes meanwhile: %(what)s.")
            % {"what": named(sorted(str(row) for row in rows))},
            code="refused",
        ) from error


def _in_the_way(error: models.ProtectedError | models.RestrictedError) -> Collection[Any]:
    if isinstance(error, models.ProtectedError):
        return error.protected_objects
    return error.restricted_objects


def _ids(rows: Collection[list[Any]]) -> set[int]:
    return {row[0] for row in rows}


def _classes_of(turn: YearTurn) -> dict[int, SchoolClass]:
    """The classes into which the turn moved pupils, or which it opened, still there."""
    ids = _ids(turn.wrote["classes"])
    ids |= {row[1 + SPELL_FIELDS.index("school_class_id")] for row in turn.wrote["begun"]}
    return SchoolClass.objects.in_bulk(ids)


def _registers_sent(turn: YearTurn, classes: dict[int, SchoolClass]) -> list[str]:
    last: dict[int, datetime.date] = {}
    for ask in last_days:
        for class_id, found in ask(list(classes), turn.to_year.valid_from):
            last[class_id] = max(found, last.get(class_id, found))
    if not last:
        return []
    return [
        _("Registers of the new year were sent by: %(classes)s; the last one for %(day)s.")
        % {
            "classes": named(sorted(classes[pk].name for pk in last)),
            "day": day(max(last.values())),
        }
    ]


def _changed_classes(turn: YearTurn, classes: dict[int, SchoolClass]) -> list[str]:
    changed = []
    for row in turn.wrote["classes"]:
        school_class = classes.get(row[0])
        if school_class is None or as_written(school_class, CLASS_FIELDS) != row:
            changed.append(school_class.name if school_class else row[1])
    if not changed:
        return []
    return [
        _("These classes were changed since: %(classes)s.") % {"classes": named(sorted(changed))}
    ]


def _changed_rolls(turn: YearTurn, classes: dict[int, SchoolClass]) -> list[str]:
    """Whose time in class is not as it was written, or who came since."""
    wrote = turn.wrote
    opened = _ids(wrote["classes"])
    begun, ended = _ids(wrote["begun"]), _ids(wrote["ended"])
    now = Enrolment.objects.filter(models.Q(pk__in=begun) | models.Q(school_class__in=opened))
    present = {spell.pk: spell for spell in now}
    changed: Counter[int] = Counter()
    for row in wrote["begun"]:
        spell = present.pop(row[0], None)
        if spell is None or as_written(spell, SPELL_FIELDS) != row:
            changed[row[1]] += 1
    for spell in present.values():
        changed[spell.school_class_id] += 1
    found = []
    if changed:
        names = sorted(
            f"{classes[pk].name if pk in classes else '—'} ({counted_pupils(count)})"
            for pk, count in changed.items()
        )
        found.append(
            _("The rolls of these classes were changed since: %(classes)s.")
            % {"classes": named(names)}
        )
    before = {spell.pk: spell for spell in Enrolment.objects.filter(pk__in=ended)}
    differing = [
        row
        for row in wrote["ended"]
        if row[0] not in before or as_written(before[row[0]], END_FIELDS) != row
    ]
    if differing:
        found.append(
            _("The rolls of school year %(year)s were changed since, of %(pupils)s.")
            % {"year": turn.from_year.code, "pupils": counted_pupils(len(differing))}
        )
    return found


def _placed_since(turn: YearTurn) -> list[str]:
    """Pupils whose time in class is to be open again, and who are on another roll by now."""
    ended = Enrolment.objects.filter(pk__in=_ids(turn.wrote["ended"]))
    later = (
        Enrolment.objects.filter(
            pupil__in=ended.values("pupil_id"), valid_from__gte=turn.from_year.valid_to
        )
        .exclude(pk__in=_ids(turn.wrote["begun"]))
        .exclude(arrival__turn=turn)
    )
    count = later.values("pupil_id").distinct().count()
    if not count:
        return []
    return [_("%(pupils)s are on another roll since.") % {"pupils": counted_pupils(count)}]


def _received(turn: YearTurn) -> list[str]:
    counts = Counter(
        turn.arrivals.exclude(enrolment=None).values_list("to_school__name", flat=True)
    )
    return [
        _("%(school)s has given %(pupils)s a class already.")
        % {"school": name, "pupils": counted_pupils(count)}
        for name, count in counts.items()
    ]
