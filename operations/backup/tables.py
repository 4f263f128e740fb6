"""Which tables an installation has, described so that a backup still says it years later."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models.options import Options

# What passes by itself within days, and helps a thief of the file: signed-in browsers.
# And locks after wrong passwords, which last an hour.
PASSING = frozenset(
    {
        "django_session",
        "accounts_signedin",
        "accounts_failedattempts",
        "axes_accessattempt",
        "axes_accessattemptexpiration",
    }
)
# Written by `migrate` itself into a new database: they do not make it "in use".
MADE_BY_MIGRATE = frozenset(
    {
        *("django_content_type", "auth_permission", "schools_rule", "reports_papersymbol"),
        *("inspections_checklistitem", "inspections_scoringcriterion"),
    }
)

KINDS = {
    "integer": {
        *("AutoField", "BigAutoField", "SmallAutoField"),
        *("IntegerField", "BigIntegerField", "SmallIntegerField"),
        *("PositiveIntegerField", "PositiveBigIntegerField", "PositiveSmallIntegerField"),
    },
    "text": {"CharField", "TextField", "FileField", "SlugField", "GenericIPAddressField"},
    "boolean": {"BooleanField"},
    "date": {"DateField"},
    "moment": {"DateTimeField"},
    "decimal": {"DecimalField"},
    "float": {"FloatField"},
    "uuid": {"UUIDField"},
    "json": {"JSONField"},
    "bytes": {"BinaryField"},
}
KIND_OF = {internal: kind for kind, internals in KINDS.items() for internal in internals}


@dataclass(frozen=True)
class Column:
    """A column by name and kind (a key of KINDS); `places` are the decimals of a decimal."""

    name: str
    kind: str
    places: int = 0


@dataclass(frozen=True)
class Table:
    """A table, its columns in a fixed order, and the one that orders its rows."""

    name: str
    key: str
    columns: tuple[Column, ...]

    @property
    def key_column(self) -> Column:
        """The `Column` of the primary key."""
        return next(column for column in self.columns if column.name == self.key)


def every_table() -> list[Table]:
    """All tables of the present models, many-to-many and history included, by name."""
    models = apps.get_models(include_auto_created=True)
    tables = {
        model._meta.db_table: _describe(model._meta)
        for model in models
        if model._meta.managed and not model._meta.proxy
    }
    return [tables[name] for name in sorted(tables)]


def kept_tables() -> list[Table]:
    """The tables of a backup: every table but the PASSING ones."""
    return [table for table in every_table() if table.name not in PASSING]


def _describe(meta: "Options[Any]") -> Table:
    columns = tuple(_column(field) for field in meta.local_concrete_fields)
    return Table(meta.db_table, str(meta.pk.column), columns)


def _column(field: Any) -> Column:
    name = field.column
    while field.is_relation:
        field = field.target_field
    kind = KIND_OF.get(field.get_internal_type())
    if kind is None:
        raise NotImplementedError(
            f"{field} ({field.get_internal_type()}) cannot be backed up: give its kind a text form "
            "in operations.backup.text_format and name it in KINDS."
        )
    return Column(name, kind, field.decimal_places if kind == "decimal" else 0)
