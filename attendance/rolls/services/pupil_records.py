"""What attendance keeps of a pupil: a keeper of `schools.pupils.pupil_records`.

Marks, planned leave and the revisions of registers go from one record to the other. A register
that had both records on its roll counts the child once from then on.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from django.db import transaction
from django.db.models import F, Max, Min, QuerySet, Value
from django.db.models.functions import Replace
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from schools.models import Enrolment, Pupil
from schools.pupils.pupil_records import IsOfGone, Table

from ...enums import RegisterState
from ...models import Absence, PastChange, PlannedLeave, Register, RegisterRevision, Uncounted

# What stood in a revision of both records, as JSON.
Rewritten: TypeAlias = dict[str, Any]
MARKED = ("marks", "sent_marks", "set_aside", "off_roll")
COUNTS = ("roll", "excused", "unexcused", "late")
COUNT_OF = {"P": "excused", "K": "unexcused", "M": "late"}
OTHERS: dict[str, type[Uncounted] | type[PastChange]] = {
    "uncounted": Uncounted,
    "past_changes": PastChange,
}
BATCH = 200


def hanging(pupil: Pupil) -> list[str]:
    """Marks, leave and registers sent with the pupil on the roll."""
    marks = Absence.objects.filter(pupil=pupil).count()
    leaves = PlannedLeave.objects.filter(pupil=pupil).count()
    registers = {each.register_id for each in _revisions_of(pupil)}
    spoken = []
    if registers:
        span = Register.objects.filter(pk__in=registers).aggregate(Min("date"), Max("date"))
        spoken.append(
            ngettext(
                "%(count)s register was sent with this pupil, from %(first)s to %(last)s.",
                "%(count)s registers were sent with this pupil, from %(first)s to %(last)s.",
                len(registers),
            )
            % {
                "count": len(registers),
                "first": f"{span['date__min']:%d/%m/%Y}",
                "last": f"{span['date__max']:%d/%m/%Y}",
            }
        )
    if marks:
        spoken.append(
            ngettext("%(count)s mark of absence.", "%(count)s marks of absence.", marks)
            % {"count": marks}
        )
    if leaves:
        spoken.append(
            ngettext("%(count)s planned leave.", "%(count)s planned leaves.", leaves)
            % {"count": leaves}
        )
    return spoken


def obstacles(kept: Pupil, gone: Pupil) -> list[str]:
    """Standing leave of both records on one day."""
    own = list(PlannedLeave.objects.standing().filter(pupil=kept))
    return [
        _("Both records have planned leave on %(day)s. Withdraw one of the two first.")
        % {"day": f"{max(leave.valid_from, other.valid_from):%d/%m/%Y}"}
        for leave in PlannedLeave.objects.standing().filter(pupil=gone)
        for other in own
        if leave.school_id == other.school_id
        and leave.valid_from < other.valid_to
        and other.valid_from < leave.valid_to
    ]


def move(kept: Pupil, gone: Pupil) -> dict[str, Any]:
    """Give marks, leave and revisions of `gone` to `kept`; how it was, as JSON."""
    before: dict[str, Any] = {"leaves": _ids(PlannedLeave.objects.filter(pupil=gone))}
    PlannedLeave.objects.filter(pk__in=before["leaves"]).update(pupil=kept)
    before["revisions"] = _rewrite(_revisions_of(gone), kept, gone)
    before["registers"] = _count_once(before["revisions"], kept, gone)
    twice = Absence.objects.filter(
        pupil=gone, register__in=Absence.objects.filter(pupil=kept).values("register")
    )
    before["dropped"] = list(
        twice.order_by("pk").values("id", "school_id", "register_id", "mark", "reason")
    )
    twice.delete()
    before["marks"] = _ids(Absence.objects.filter(pupil=gone))
    Absence.objects.filter(pk__in=before["marks"]).update(pupil=kept)
    before["counted_now"], before["kept_counted_now"] = _count_for_either(kept, gone)
    for name, model in OTHERS.items():
        before[name] = _ids(model.objects.filter(pupil=gone))
        model.objects.filter(pk__in=before[name]).update(pupil=kept)
    return before


def give_back(kept: Pupil, gone: Pupil, before: Mapping[str, Any], is_of_gone: IsOfGone) -> None:
    """Part what `move` put together; of registers sent since, the days that are `is_of_gone`."""
    PlannedLeave.objects.filter(pk__in=before["leaves"], pupil=kept).update(pupil=gone)
    known = set(before["revisions"])
    since = [each for each in _revisions_of(kept) if str(each.pk) not in known]
    _restore(before["revisions"], kept, gone)
    untouched = {
        pk: counts
        for pk, counts in before["registers"].items()
        if Register.objects.filter(pk=pk, revision=counts["revision"]).exists()
    }
    for pk, counts in untouched.items():
        Register.objects.filter(pk=pk).update(**{name: counts[name] for name in COUNTS})
    Absence.objects.filter(pk__in=before["marks"], pupil=kept).update(pupil=gone)
    Absence.objects.bulk_create(
        Absence(pupil=gone, **row)
        for row in before["dropped"]
        if str(row["register_id"]) in untouched
    )
    for name, model in OTHERS.items():
        model.objects.filter(pk__in=before.get(name, []), pupil=kept).update(pupil=gone)
    Uncounted.objects.bulk_create(
        Uncounted(pupil=gone, **row)
        for row in before.get("counted_now", [])
        if Register.objects.filter(pk=row["register_id"]).exists()
    )
    # Of a register sent since, the record that was kept has somebody's word.
    Uncounted.objects.bulk_create(
        Uncounted(pupil=kept, **{name: row[name] for name in ("id", "school_id", "register_id")})
        for row in before.get("kept_counted_now", [])
        if Register.objects.filter(pk=row["register_id"], revision=row["revision"]).exists()
    )
    theirs = [
        each for each in since if is_of_gone(each.register.school_class_id, each.register.date)
    ]
    _rewrite(theirs, gone, kept)
    registers = {each.register_id for each in theirs}
    Absence.objects.filter(register__in=registers, pupil=kept).update(pupil=gone)


def forget(pupil: Pupil) -> None:
    """Take away what says nothing of a pupil who is about to be removed."""
    Uncounted.objects.filter(pupil=pupil).delete()
    PastChange.objects.filter(pupil=pupil).delete()


def _count_for_either(
    kept: Pupil, gone: Pupil
) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    """A session counts for the child when it counted for either record.

    Deletes the `Uncounted` rows that are wrong from now on, the revisions being rewritten
    already; returns those of `gone` and those of `kept`, as JSON.
    """
    rows = list(Uncounted.objects.filter(pupil__in=[kept, gone]).order_by("pk"))
    has_child = {
        revision.register_id
        for revision in RegisterRevision.objects.filter(
            register__in={row.register_id for row in rows}, number=F("register__revision")
        )
        if kept.pk in revision.roll
    }
    of_kept = {row.register_id for row in rows if row.pupil_id == kept.pk}
    spare = [
        row
        for row in rows
        if row.register_id in has_child or (row.pupil_id == gone.pk and row.register_id in of_kept)
    ]
    numbers = dict(
        Register.objects.filter(pk__in={row.register_id for row in spare}).values_list(
            "pk", "revision"
        )
    )
    Uncounted.objects.filter(pk__in=[row.pk for row in spare]).delete()
    plain = [
        (row.pupil_id, {"id": row.pk, "school_id": row.school_id, "register_id": row.register_id})
        for row in spare
    ]
    return (
        [row for pupil_id, row in plain if pupil_id == gone.pk],
        [
            row | {"revision": numbers[row["register_id"]]}
            for pupil_id, row in plain
            if pupil_id == kept.pk
        ],
    )


def anonymise(pupil: Pupil, names: Sequence[str], nobody: str) -> dict[str, Sequence[int]]:
    """Empty what the family said and wrote; take the names out of the reasons of corrections.

    Days and marks stay: figures are counted from them.
    """
    leaves = PlannedLeave.objects.filter(pupil=pupil)
    ids = _ids(leaves)
    for leave in leaves.exclude(letter=""):
        transaction.on_commit(partial(leave.letter.storage.delete, leave.letter.name or ""))
    # Who kept a letter stays, as when letters go with their school year.
    leaves.update(letter="", note="", announced_by="—")
    leaves.exclude(withdrawn_at=None).update(withdrawn_because="—")
    classes = Enrolment.objects.filter(pupil=pupil).values("school_class")
    revisions = RegisterRevision.objects.filter(register__school_class__in=classes)
    for name in names:
        revisions.filter(correction_reason__contains=name).update(
            correction_reason=Replace("correction_reason", Value(name), Value(nobody))
        )
    return {"attendance.plannedleave": ids}


def tables(pupil: Pupil) -> list[Table]:
    """Every session of a register that had the pupil, leave, and back-dated changes."""
    return [_sessions_of(pupil), _leaves_of(pupil), _changes_of(pupil)]


def _sessions_of(pupil: Pupil) -> Table:
    away = {each.register_id: each for each in Absence.objects.filter(pupil=pupil)}
    left_out = set(Uncounted.objects.filter(pupil=pupil).values_list("register_id", flat=True))
    rows: list[list[object]] = []
    for spell in Enrolment.objects.filter(pupil=pupil).order_by("valid_from"):
        registers = Register.objects.filter(
            school_class=spell.school_class_id, date__gte=spell.valid_from
        ).select_related("school", "school_class")
        if spell.valid_to is not None:
            registers = registers.filter(date__lt=spell.valid_to)
        for register in registers.order_by("date", "session"):
            mark = away.get(register.pk)
            if register.state != RegisterState.TAKEN:
                said = str(RegisterState(register.state).label)
            elif register.pk in left_out:
                said = _("Not counted")
            else:
                said = mark.get_mark_display() if mark else _("Present")
            rows.append(
                [
                    register.date,
                    register.get_session_display(),
                    register.school.name,
                    register.school_class.name,
                    said,
                    mark.get_reason_display() if mark else "",
                ]
            )
    headings = [_("Day"), _("Session"), _("School"), _("Class"), _("Mark"), _("Reason")]
    return Table(_("Registers"), headings, rows)


def _leaves_of(pupil: Pupil) -> Table:
    leaves = PlannedLeave.objects.filter(pupil=pupil).select_related("school", "recorded_by")
    return Table(
        _("Planned leave"),
        [
            _("First day"),
            _("Last day"),
            _("School"),
            _("Reason"),
            _("Note"),
            _("Told by"),
            _("Letter"),
            _("Recorded by"),
            _("Recorded"),
            _("Why it was withdrawn"),
        ],
        [
            [
                each.valid_from,
                each.last_day,
                each.school.name,
                each.get_reason_display(),
                each.note,
                each.announced_by,
                _("kept") if each.letter else "",
                str(each.recorded_by),
                each.recorded_at,
                each.withdrawn_because,
            ]
            for each in leaves.order_by("valid_from")
        ],
    )


def _changes_of(pupil: Pupil) -> Table:
    changes = PastChange.objects.filter(pupil=pupil).select_related("school_class", "made_by")
    return Table(
        _("Changes of the roll in the past"),
        [_("Class"), _("First day"), _("Last day"), _("What was chosen"), _("By"), _("Made")],
        [
            [
                each.school_class.name,
                each.first,
                each.last,
                each.get_choice_display(),
                str(each.made_by),
                each.made_at,
            ]
            for each in changes.order_by("made_at")
        ],
    )


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _revisions_of(pupil: Pupil) -> list[RegisterRevision]:
    """Revisions that name a pupil, of all classes whose roll the pupil was ever on."""
    classes = set(
        Enrolment.history.filter(pupil_id=pupil.pk).values_list("school_class_id", flat=True)
    ) | set(Enrolment.objects.filter(pupil=pupil).values_list("school_class_id", flat=True))
    key = str(pupil.pk)
    revisions = RegisterRevision.objects.filter(register__school_class__in=classes)
    return [
        each
        for each in revisions.select_related("register").order_by("pk").iterator(BATCH)
        if pupil.pk in each.roll or any(key in (getattr(each, name) or {}) for name in MARKED)
    ]


def _rewrite(
    revisions: Sequence[RegisterRevision], kept: Pupil, gone: Pupil
) -> dict[str, Rewritten]:
    """Put `kept` in the place of `gone`; dict revision id -> what stood there of both.

    Where both have a mark, that of `kept` stays.
    """
    ours, theirs = str(kept.pk), str(gone.pk)
    before: dict[str, Rewritten] = {}
    for revision in revisions:
        was: Rewritten = {"roll": [pk for pk in (kept.pk, gone.pk) if pk in revision.roll]}
        revision.roll = sorted(
            ({kept.pk} if gone.pk in revision.roll else set()) | (set(revision.roll) - {gone.pk})
        )
        for name in MARKED:
            marks = getattr(revision, name)
            if marks is None or theirs not in marks:
                continue
            was[name] = [marks.get(ours), marks[theirs]]
            rest = {key: value for key, value in marks.items() if key != theirs}
            setattr(revision, name, {ours: marks[theirs]} | rest)
        before[str(revision.pk)] = was
    RegisterRevision.objects.bulk_update(revisions, ["roll", *MARKED], batch_size=BATCH)
    return before


def _restore(before: Mapping[str, Rewritten], kept: Pupil, gone: Pupil) -> None:
    """The opposite of `_rewrite`."""
    ours, theirs = str(kept.pk), str(gone.pk)
    revisions = list(RegisterRevision.objects.filter(pk__in=list(before)).order_by("pk"))
    for revision in revisions:
        was = before[str(revision.pk)]
        revision.roll = sorted((set(revision.roll) - {kept.pk}) | set(was["roll"]))
        for name in MARKED:
            if name not in was:
                continue
            marks = {key: value for key, value in getattr(revision, name).items() if key != ours}
            own, other = was[name]
            marks[theirs] = other
            if own is not None:
                marks[ours] = own
            setattr(revision, name, marks)
    RegisterRevision.objects.bulk_update(revisions, ["roll", *MARKED], batch_size=BATCH)


def _count_once(
    rewritten: Mapping[str, Rewritten], kept: Pupil, gone: Pupil
) -> dict[str, dict[str, int]]:
    """Registers whose present revision had both on the roll; dict id -> counts as they were."""
    marks: defaultdict[int, dict[int, str]] = defaultdict(dict)
    both = Absence.objects.filter(pupil__in=[kept, gone])
    for register_id, pupil_id, mark in both.values_list("register_id", "pupil_id", "mark"):
        marks[register_id][pupil_id] = mark
    before = {}
    revisions = RegisterRevision.objects.filter(pk__in=list(rewritten)).select_related("register")
    for revision in revisions:
        register = revision.register
        if revision.number != register.revision or len(rewritten[str(revision.pk)]["roll"]) < 2:
            continue
        before[str(register.pk)] = {"revision": register.revision} | {
            name: getattr(register, name) for name in COUNTS
        }
        register.roll -= 1
        if len(marks[register.pk]) == 2:
            name = COUNT_OF[marks[register.pk][gone.pk]]
            setattr(register, name, getattr(register, name) - 1)
        register.save(update_fields=COUNTS)
    return before
