"""Which states a row goes through: a table beside its model, and the one place that moves it.

A model's module says what may be done to a row, from which states, by whom:

    APPROVE = Transition(
        "approve",
        sources={State.DRAFT},
        to=State.APPROVED,
        permission=P.APPROVE_PLANS,
        event=events.PLAN_APPROVED,
        refusal=_("The plan is approved and no longer changes."),
    )
    PLANS = Workflow(InspectionPlan, [APPROVE], holds=holds_for_area)

A service changes the row inside a `with`; what the table does not allow is refused before it:

    with PLANS.change(APPROVE, plan, by=by) as step:
        step.row.approved_by = by

A page asks the same table what to offer: `PLANS.may(APPROVE, plan, request.scope)`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from .access import scope_today
from .events import Changes, Kind, record
from .permissions import Permission
from .scope import Scope
from .services.saving import locked_row, save_checked
from .types import StrOrPromise, User

Row = TypeVar("Row", bound=Model)


class IllegalTransition(ValidationError):
    """A row is in a state, or a case, in which this cannot be done; its message says why."""


@dataclass(frozen=True, eq=False)
class Transition(Generic[Row]):
    """One thing that may be done to a row.

    Args:
        name: of the act, unique in its table.
        sources: the states from which it is allowed.
        to: the state after it; the same again when only other fields change.
        permission: which it needs where the row lies; None when it needs none of its own.
        guard: what else must hold. It receives the row and the scope of who acts (None for the
            timetable) and raises IllegalTransition. It only reads.
        event: the kind of event it leaves; None when it only follows from another decision,
            which leaves its own.
        refusal: the sentence that is said in any other state.
    """

    name: str
    sources: Collection[str]
    to: str
    permission: Permission | None = None
    guard: Callable[[Row, Scope | None], None] | None = None
    event: Kind | None = None
    refusal: StrOrPromise = ""


@dataclass
class Step(Generic[Row]):
    """A change under way: the locked row to fill in, and what its event says beside the state."""

    row: Row
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Subject:
    """How the events of a row name it (see `core.events.record`)."""

    name: str | None = None
    part_of: Model | None = None
    area: int | None = None
    school: int | None = None


class Workflow(Generic[Row]):
    """The transitions of one model, in one table.

    Args:
        model: has its `state` as a field or, worked out from other fields, as a property.
        transitions: all there are.
        holds: whether a person holds a permission for a row; needed once a transition asks one.
        subject: how events name a row; by default `str` of it, in no place.
        related: what is loaded with a locked row (`select_related`).
    Raises ValueError for a table that contradicts itself, and a second one for a model.
    """

    def __init__(
        self,
        model: type[Row],
        transitions: Sequence[Transition[Row]],
        *,
        holds: Callable[[Row, Scope, Permission], bool] | None = None,
        subject: Callable[[Row], Subject] = lambda row: Subject(),
        related: Sequence[str] = (),
    ) -> None:
        if len({each.name for each in transitions}) < len(transitions):
            raise ValueError(f"{model.__name__}: two transitions have one name")
        if holds is None and any(each.permission for each in transitions):
            raise ValueError(f"{model.__name__}: say where a permission is held")
        if _declared.setdefault(model, self) is not self:
            raise ValueError(f"{model.__name__} has a workflow already")
        self.model, self.transitions = model, tuple(transitions)
        self.is_stored = any(each.name == "state" for each in model._meta.concrete_fields)
        self._holds = holds or (lambda row, scope, permission: False)
        self._subject, self._related = subject, related

    def state_of(self, row: Row) -> str:
        """The state a row is in."""
        return str(row.state)  # type: ignore[attr-defined]  # by every model with a table

    def may(self, transition: Transition[Row], row: Row, scope: Scope) -> bool:
        """Whether a person may do this to a row as it is; for pages, which lock nothing."""
        try:
            self.check(transition, row, scope)
        except (PermissionDenied, IllegalTransition):
            return False
        return True

    def check(self, transition: Transition[Row], row: Row, scope: Scope | None) -> None:
        """Refuse what the table does not allow; the only place that does.

        `scope` is None for the timetable and commands, of which no permission is asked. Raises
        PermissionDenied, or IllegalTransition with a sentence for the person.
        """
        needed = transition.permission
        if scope is not None and needed is not None and not self._holds(row, scope, needed):
            raise PermissionDenied
        if self.state_of(row) not in transition.sources:
            raise IllegalTransition(transition.refusal or self._refusal(row), code="state")
        if transition.guard is not None:
            transition.guard(row, scope)

    def locked(self, **which: Any) -> list[Row]:
        """Rows (conditions as of `filter`) as they are now, locked until the transaction ends.

        In the order of their keys: two who lock the same rows wait for each other and never
        deadlock.
        """
        rows = self.model._default_manager.filter(**which).order_by("pk")
        held = rows.select_for_update(of=("self",))
        if not self._related:
            return list(held)
        # Read once they are held (see `locked_row`), but for those that changed while we waited.
        keys = [row.pk for row in held.only("pk")]
        return list(rows.filter(pk__in=keys).select_related(*self._related)) if keys else []

    def lock(self, transition: Transition[Row], row: Row, *, by: User | None) -> Row:
        """The row as it is now, locked, and found to allow this.

        Raises as `check`, and `core.contention.Overtaken` when it is gone.
        """
        locked = locked_row(row, *self._related)
        self.check(transition, locked, _scope_of(by))
        return locked

    @contextmanager
    def change(
        self, transition: Transition[Row], row: Row, *, by: User | None
    ) -> Iterator[Step[Row]]:
        """Do this to one row: the body fills in the fields, then state, row and event are written.

        One transaction: what the body raises takes everything back. Raises as `check` before the
        body, and ValidationError after it when the row is not sound.
        """
        with transaction.atomic():
            step = Step(self.lock(transition, row, by=by))
            before = self.state_of(step.row)
            yield step
            self._enter(transition, step.row)
            save_checked(step.row)
            self._tell_of(transition, step.row, before, by, step.changes, step.reason)

    def change_those_allowed(
        self, transition: Transition[Row], rows: Iterable[Row], *, by: User | None, **values: Any
    ) -> list[Row]:
        """Do this to those of some `locked` rows that are in a state and case for it, at once.

        In the transaction that locked them. Returns them; the others stay as they are. Raises
        PermissionDenied, and changes none, when one of them needs a permission that `by` lacks.

        Args:
            values: further fields, written to each of them.
        """
        scope, changed = _scope_of(by), []
        for row in rows:
            try:
                self.check(transition, row, scope)
            except IllegalTransition:
                continue
            changed.append((row, self.state_of(row)))
            for name, value in values.items():
                setattr(row, name, value)
            self._enter(transition, row)
        if changed:
            stored = values | ({"state": transition.to} if self.is_stored else {})
            of_these = self.model._default_manager.filter(pk__in=[row.pk for row, _old in changed])
            of_these.update(**stored)
        for row, before in changed:
            self._tell_of(transition, row, before, by, {}, "")
        return [row for row, _before in changed]

    def tell(
        self,
        kind: Kind,
        row: Row,
        *,
        by: User | None,
        changes: Changes | None = None,
        reason: StrOrPromise = "",
    ) -> None:
        """One event about a row, named as all of its workflow are."""
        subject = self._subject(row)
        record(
            kind,
            by=by,
            about=row,
            name=subject.name,
            part_of=subject.part_of,
            area=subject.area,
            school=subject.school,
            changes=changes,
            reason=reason,
        )

    def _enter(self, transition: Transition[Row], row: Row) -> None:
        if self.is_stored:
            row.state = transition.to  # type: ignore[attr-defined]
        elif self.state_of(row) != transition.to:
            # The body did not fill in what makes the state: our mistake, nobody's refusal.
            raise RuntimeError(f"{transition.name} left {row!r} {self.state_of(row)}")

    def _tell_of(
        self,
        transition: Transition[Row],
        row: Row,
        before: str,
        by: User | None,
        changes: dict[str, tuple[Any, Any]],
        reason: str,
    ) -> None:
        if transition.event is None:
            return
        # A state that is worked out shows in the fields it is worked out from.
        moved = {"state": (before, str(transition.to))}
        told = moved | changes if self.is_stored and before != transition.to else changes
        self.tell(transition.event, row, by=by, changes=told, reason=reason)

    def _refusal(self, row: Row) -> str:
        shown = getattr(row, "get_state_display", lambda: self.state_of(row))
        return _("%(name)s is in the state “%(state)s”: this cannot be done now.") % {
            "name": row,
            "state": shown(),
        }


_declared: dict[type[Model], Workflow[Any]] = {}


def workflows() -> dict[type[Model], Workflow[Any]]:
    """Every table declared, {model: Workflow}."""
    return dict(_declared)


def _scope_of(by: User | None) -> Scope | None:
    """What a person may do today; None for the timetable."""
    return None if by is None else scope_today(by)
