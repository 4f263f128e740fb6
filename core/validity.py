"""Validity in time, the same everywhere: half-open [valid_from, valid_to), open end is NULL.

`ValidInTime` gives a model the two dates and `.on(date)`; `NoOverlap` forbids two rows
of the same key to be valid on one day. The rule is held by the database: an exclusion
constraint on PostgreSQL, a pair of triggers on SQLite (installed after each migrate,
because SQLite rebuilds a table to change it and drops its triggers).
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar, cast

from django.apps import AppConfig
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.checks import CheckMessage
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Func, Q
from django.db.models.expressions import Combinable
from django.db.models.sql import Query
from django.utils.translation import gettext_lazy as _

from core.dates import FIRST_DAY, DayRefused, check_day

from .types import StrOrPromise

Row = TypeVar("Row", bound=models.Model)
Table: TypeAlias = type[models.Model] | None
# First day, and the day after the last; None without an end.
Period: TypeAlias = tuple[datetime.date, datetime.date | None]
Editor: TypeAlias = BaseDatabaseSchemaEditor | None


class ValidInTimeQuerySet(models.QuerySet[Row]):
    """Rows by the days on which they are valid."""

    def on(self, date: datetime.date) -> Self:
        """Rows valid on `date`."""
        return self.filter(valid_on(date))

    def during(self, start: datetime.date, end: datetime.date) -> Self:
        """Rows valid on at least one day of [start, end)."""
        return self.filter(valid_during(start, end))


def valid_on(date: datetime.date, prefix: str = "") -> Q:
    """Q for rows (or related rows, with `prefix` such as "placements__") valid on `date`."""
    return Q(**{f"{prefix}valid_from__lte": date}) & (
        Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gt": date})
    )


def valid_during(start: datetime.date, end: datetime.date, prefix: str = "") -> Q:
    """Q for rows valid on at least one day of [start, end)."""
    return Q(**{f"{prefix}valid_from__lt": end}) & (
        Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gt": start})
    )


def days_left(
    start: datetime.date, end: datetime.date | None, taken: Iterable[Period]
) -> list[Period]:
    """The parts of [start, end) that lie in none of some periods, the earliest first."""
    left: list[Period] = []
    for taken_from, taken_to in sorted(taken, key=itemgetter(0)):
        if end is not None and end <= max(start, taken_from):
            break
        if start < taken_from:
            left.append((start, taken_from))
        if taken_to is None:
            return left
        start = max(start, taken_to)
    if end is None or start < end:
        left.append((start, end))
    return left


class ValidInTime(models.Model):
    """Mixin: valid from a day, until the day before `valid_to` (open when NULL)."""

    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until (not included)"), null=True, blank=True)

    objects = ValidInTimeQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def last_valid_day(self) -> datetime.date | None:
        """The last day on which it holds, as people say it; None while it has no end."""
        return self.valid_to and self.valid_to - datetime.timedelta(days=1)

    def is_valid_on(self, date: datetime.date) -> bool:
        """Whether the row is valid on `date`."""
        return self.valid_from <= date and (self.valid_to is None or date < self.valid_to)

    def meets(self, start: datetime.date, end: datetime.date) -> bool:
        """Whether the row is valid on at least one day of [start, end)."""
        return self.valid_from < end and (self.valid_to is None or start < self.valid_to)

    def clean(self) -> None:
        super().clean()
        for name in ("valid_from", "valid_to"):
            try:
                check_day(getattr(self, name) or FIRST_DAY)
            except DayRefused as error:
                raise ValidationError({name: error}) from error
        if self.valid_to is not None and self.valid_from and self.valid_to <= self.valid_from:
            raise ValidationError(
                {"valid_to": _("The end must lie after the beginning. Check both dates.")},
                code="ends_before_it_begins",
            )


class ValidBetween(ValidInTime):
    """Mixin: `valid_to` is always there; the table has a constraint for it."""

    if TYPE_CHECKING:
        valid_to: models.DateField[str | datetime.date | Combinable, datetime.date]

    class Meta:
        abstract = True

    @property
    def last_day(self) -> datetime.date:
        """The last day, as people say it."""
        return self.valid_to - datetime.timedelta(days=1)


def ends_after_it_begins(name: str) -> models.CheckConstraint:
    """The check every dated table carries."""
    return models.CheckConstraint(
        condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name=name
    )


def _is_postgresql(editor: Editor) -> bool:
    return editor is not None and editor.connection.vendor == "postgresql"


class NoOverlap(ExclusionConstraint):
    """No two rows with the same values of `same` may be valid on one day.

    Args:
        name: name of the constraint.
        same: field names that identify "the same thing".
        condition: optional Q restricting the rule to some rows.

    Raises `ValidationError` (code "overlap") from `full_clean()` on every database, and
    `IntegrityError` from the database itself when `full_clean()` was not called.
    """

    def __init__(
        self,
        *,
        name: str,
        same: Sequence[str],
        condition: Q | None = None,
        violation_error_code: str | None = None,
        violation_error_message: StrOrPromise | None = None,
    ) -> None:
        self.same = tuple(same)
        super().__init__(
            name=name,
            expressions=[
                *((field, RangeOperators.EQUAL) for field in self.same),
                (
                    Func(F("valid_from"), F("valid_to"), function="daterange"),
                    RangeOperators.OVERLAPS,
                ),
            ],
            condition=condition,
            violation_error_code=violation_error_code or "overlap",
            violation_error_message=violation_error_message
            or _("This overlaps another period of the same thing. End the other one first."),
        )

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _args, kwargs = super().deconstruct()
        kwargs.pop("expressions", None)
        kwargs.pop("index_type", None)
        kwargs["same"] = list(self.same)
        return path, (), kwargs

    def check(
        self, model: type[models.Model], connection: BaseDatabaseWrapper
    ) -> list[CheckMessage]:
        return super().check(model, connection) if connection.vendor == "postgresql" else []

    def constraint_sql(self, model: Table, schema_editor: Editor) -> str | None:  # type: ignore[override]  # Django's gives None too
        return (
            super().constraint_sql(model, schema_editor) if _is_postgresql(schema_editor) else None
        )

    def create_sql(self, model: Table, schema_editor: Editor) -> str | None:  # type: ignore[override]  # Django's gives None too
        return super().create_sql(model, schema_editor) if _is_postgresql(schema_editor) else None

    def remove_sql(self, model: Table, schema_editor: Editor) -> str | None:  # type: ignore[override]  # Django's gives None too
        return super().remove_sql(model, schema_editor) if _is_postgresql(schema_editor) else None

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        if exclude and ({*self.same, "valid_from", "valid_to"} & set(exclude)):
            return
        instance = cast("ValidInTime", instance)
        key = {field.name: getattr(instance, field.attname) for field in self._fields(model)}
        if instance.valid_from is None or None in key.values():
            return
        rivals = model._default_manager.using(using).filter(**key).exclude(pk=instance.pk)
        if self.condition is not None:
            values = instance._get_field_expression_map(  # type: ignore[attr-defined]  # no stub
                meta=model._meta, exclude=exclude
            )
            if not self.condition.check(values, using=using):
                return
            rivals = rivals.filter(self.condition)
        end = instance.valid_to or datetime.date.max
        if rivals.filter(valid_during(instance.valid_from, end)).exists():
            raise ValidationError(self.get_violation_error_message(), code="overlap")

    def _fields(self, model: type[models.Model]) -> list[models.Field]:
        """The fields of `same`."""
        by_name = {field.name: field for field in model._meta.concrete_fields}
        return [by_name[name] for name in self.same]

    def trigger_sql(
        self, model: type[models.Model], connection: BaseDatabaseWrapper
    ) -> Iterator[str]:
        """The SQLite twin of the exclusion constraint: one trigger per INSERT and UPDATE."""
        table, rows = model._meta.db_table, self._rows_sql(model, connection)
        columns = [field.column for field in self._fields(model)]
        same = " AND ".join(f'r."{column}" = NEW."{column}"' for column in columns)
        rival = (
            f'SELECT 1 FROM {rows} r WHERE {same or "1"} AND r."id" IS NOT NEW."id"'
            f' AND NEW."id" IN (SELECT "id" FROM {rows})'
            ' AND (NEW."valid_to" IS NULL OR r."valid_from" < NEW."valid_to")'
            ' AND (r."valid_to" IS NULL OR r."valid_to" > NEW."valid_from")'
        )
        for event in ("INSERT", "UPDATE"):
            name = f"{self.name}_{event.lower()}"
            yield f'DROP TRIGGER IF EXISTS "{name}"'
            # AFTER, so that an INSERT already has the id it will keep.
            yield (
                f'CREATE TRIGGER "{name}" AFTER {event} ON "{table}" WHEN EXISTS ({rival}) '
                f"BEGIN SELECT RAISE(ABORT, 'constraint {self.name} failed'); END"
            )

    def _rows_sql(self, model: type[models.Model], connection: BaseDatabaseWrapper) -> str:
        """The rows under the rule: the table, or those of it that meet the condition."""
        table = f'"{model._meta.db_table}"'
        if self.condition is None:
            return table
        editor = connection.SchemaEditorClass(connection, collect_sql=True)
        query = Query(model, alias_cols=False)
        compiler = query.get_compiler(connection=connection)
        condition = self._get_condition_sql(  # type: ignore[attr-defined]  # no stub
            compiler, editor, query
        )
        return f"(SELECT * FROM {table} WHERE {condition})"


def install_overlap_triggers(
    sender: AppConfig, using: str = DEFAULT_DB_ALIAS, **kwargs: object
) -> None:
    """post_migrate receiver: on SQLite, give every NoOverlap of the app its triggers."""
    from django.db import connections

    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in sender.get_models():
            if model._meta.db_table not in existing:
                continue
            for constraint in model._meta.constraints:
                if isinstance(constraint, NoOverlap):
                    for statement in constraint.trigger_sql(model, connection):
                        cursor.execute(statement)
