"""The columns of the workbook that describe a pupil.

`PupilResource` reads the cells, finds the pupil on record, and tells new from changed from
unchanged. It writes nothing while the rows are read: a workbook is saved whole or not at
all, so the instances wait in its lists until `write()`.
"""

import datetime
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from import_export import fields, resources
from simple_history.utils import bulk_create_with_history

from core.types import User
from core.workbooks import cell_text

from ...models import Pupil, School
from ..workbook import cells
from ..workbook.refusals import Refused
from .bulk import CHUNK, write_changed
from .fields import AllGiven, FirstGiven
from .loaders import PupilLoader

# No field of a pupil: the number of the record itself.
_RECORD = cells.RecordCell()
WRITTEN = (
    "ministry_id",
    "citizen_id",
    "full_name",
    "name_key",
    "search_key",
    "sex",
    "birth_date",
    "ethnic_group",
    "home_address",
    "guardian_name",
    "guardian_phone",
)


class PupilResource(resources.ModelResource):
    """The columns of the workbook that describe a pupil.

    An empty cell says nothing: it never erases what is on record. A cell that says word for word
    what is on record says nothing new, and is not judged: a list that we wrote can be read again.
    The name, the date of birth, the sex and the ethnic group must be filled in.

    Args:
        school: the school whose workbook it is.
        starts_on: the day the workbook takes effect; ages are reckoned on it.
        ages: (youngest, oldest) that any level takes.
        lock: whether to hold the rows found until the end of the transaction.
        progress: called with the number of rows read, every few hundred rows.
    """

    full_name = fields.Field("full_name", "full_name", cells.NameCell(required=True))
    birth_date = fields.Field("birth_date", "birth_date", cells.BirthDateCell())
    sex = fields.Field("sex", "sex", cells.SexCell())
    ethnic_group = fields.Field("ethnic_group", "ethnic_group", cells.EthnicGroupCell())
    ministry_id = fields.Field(
        "ministry_id", "ministry_id", cells.NumberCell("ministry_id", 10), saves_null_values=False
    )
    citizen_id = fields.Field(
        "citizen_id", "citizen_id", cells.NumberCell("citizen_id", 12), saves_null_values=False
    )
    residence = FirstGiven(
        "home_address",
        "residence",
        cells.TextCell(200),
        otherwise="village",
        saves_null_values=False,
    )
    father = AllGiven(
        "guardian_name",
        "father",
        cells.NameCell(),
        otherwise="mother",
        alone="guardian",
        saves_null_values=False,
    )
    phone = fields.Field("guardian_phone", "phone", cells.PhoneCell(), saves_null_values=False)

    class Meta:
        model = Pupil
        fields = (
            "full_name",
            "birth_date",
            "sex",
            "ethnic_group",
            "ministry_id",
            "citizen_id",
            "residence",
            "father",
            "phone",
        )
        import_id_fields = ()
        instance_loader_class = PupilLoader
        skip_unchanged = True
        report_skipped = True
        skip_html_diff = True
        use_bulk = True
        store_instance = True

    PROGRESS_EVERY = 250

    loader: PupilLoader
    create_instances: list[Pupil]
    update_instances: list[Pupil]

    def __init__(
        self,
        *,
        school: School,
        starts_on: datetime.date,
        ages: tuple[int, int],
        lock: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        super().__init__()
        self.school = school
        self.lock = lock
        self.progress = progress
        cell = self.fields["birth_date"].widget
        cell.on, cell.youngest, cell.oldest = starts_on, *ages

    def locked(self, queryset: QuerySet[Pupil]) -> QuerySet[Pupil]:
        """Hold the rows when the change set will be written within this transaction."""
        return queryset.select_for_update() if self.lock else queryset

    def cell(self, row: Mapping[str, Any], name: str) -> Any:
        """The value of a cell, or None while it is empty or cannot be read."""
        try:
            return (
                _RECORD.clean(row["record"]) if name == "record" else self.fields[name].clean(row)
            )
        except Refused:
            return None

    def import_instance(self, instance: Pupil, row: Mapping[str, Any], **kwargs: Any) -> None:
        """Read every cell and gather all refusals of the row, each under its column."""
        errors: dict[str, Refused] = {}
        for name in self._meta.fields:
            if instance.pk and _says_the_same(self.fields[name], instance, row):
                continue
            try:
                self.import_field(self.fields[name], instance, row, **kwargs)
            except Refused as refusal:
                errors[refusal.column or name] = refusal
        if errors:
            raise ValidationError(errors)

    def get_instance(self, instance_loader: PupilLoader, row: Mapping[str, Any]) -> Pupil | None:
        """As the loader finds it; a doubt is told together with the bad cells of the row."""
        try:
            return instance_loader.get_instance(row)
        except ValidationError as doubt:
            errors = doubt.error_dict
            try:
                self.import_instance(self.init_instance(row), row)
            except ValidationError as error:
                errors = error.update_error_dict(errors)
            raise ValidationError(errors) from doubt

    def validate_instance(
        self,
        instance: Pupil,
        import_validation_errors: Any = None,
        validate_unique: bool = True,
    ) -> None:
        """Refuse the row for its cells; the cells check all that the model's fields check."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)
        instance.set_keys()

    def after_import_row(
        self, row: Mapping[str, Any], row_result: Any, row_number: int = 0, **kwargs: Any
    ) -> None:
        if self.progress and row_number % self.PROGRESS_EVERY == 0:
            self.progress(row_number)

    def bulk_create(self, *args: Any, **kwargs: Any) -> None:
        """Nothing yet: see `write`."""

    def bulk_update(self, *args: Any, **kwargs: Any) -> None:
        """Nothing yet: see `write`."""

    def keep_only(self, pupils: Collection[Pupil]) -> None:
        """Of what was read, only these pupils will be written."""
        kept = {id(pupil) for pupil in pupils}
        self.create_instances = [p for p in self.create_instances if id(p) in kept]
        self.update_instances = [p for p in self.update_instances if id(p) in kept]

    def write(self, *, by: User | None) -> None:
        """Save the new and changed pupils with their history, in bulk."""
        bulk_create_with_history(self.create_instances, Pupil, CHUNK, default_user=by)
        write_changed(Pupil, self.update_instances, WRITTEN, by=by)


# Fields whose words may be on record as the import would not take or write them.
_WORDS = ("full_name", "residence", "father", "phone")


def _says_the_same(field: fields.Field, instance: Pupil, row: Mapping[str, Any]) -> bool:
    """Whether the cells of a field are word for word what is on record."""
    if field.column_name not in _WORDS:
        return False
    texts = [cell_text(row[field.column_name])]
    if isinstance(field, AllGiven):
        texts = [*texts, cell_text(row[field.otherwise])]
        if not any(texts):
            texts = [cell_text(row[field.alone])]
    told = ", ".join(filter(None, texts))
    return bool(told) and told == cell_text(getattr(instance, field.attribute))


def refusals_of(validation_error: ValidationError) -> list[tuple[str, Any]]:
    """The (column key or "", Refused) pairs of a row's validation error."""
    if not hasattr(validation_error, "error_dict"):
        return [("", error) for error in validation_error.error_list]
    return [
        ("" if key == NON_FIELD_ERRORS else key, error)
        for key, errors in validation_error.error_dict.items()
        for error in errors
    ]
