"""From rows of the ministry's workbook to pupils, by django-import-export.

`PupilResource` reads the cells, finds the pupil on record, and tells new from changed from
unchanged. It writes nothing while the rows are read: a workbook is saved whole or not at
all, so the instances wait in its lists until `write()`.
"""

from collections import defaultdict

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from import_export import fields, resources
from import_export.instance_loaders import BaseInstanceLoader
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from .models import Enrolment, Pupil
from .pupil_workbook import cells
from .pupil_workbook.refusals import Refused
from .vietnamese import fold

CHUNK = 500
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


class FirstGiven(fields.Field):
    """The first of two columns that is filled in; a refusal names the column it is in."""

    def __init__(self, *args, otherwise, **kwargs):
        super().__init__(*args, **kwargs)
        self.otherwise = otherwise

    def values(self, row):
        """The clean value of each column that is filled in."""
        for name in (self.column_name, self.otherwise):
            try:
                value = self.widget.clean(row[name], row)
            except Refused as refusal:
                refusal.column = name
                raise
            if value is not None:
                yield value

    def clean(self, row, **kwargs):
        return next(self.values(row), None)


class AllGiven(FirstGiven):
    """Two columns joined by a comma, as far as they are filled in."""

    def clean(self, row, **kwargs):
        return self.widget.within_limit(", ".join(self.values(row))) or None


class PupilLoader(BaseInstanceLoader):
    """Finds the pupil a row means, from a few queries for the whole workbook.

    The order: ministry identifier, personal number, then name and date of birth among the
    pupils of the school. A number of a pupil with another name and another date of birth is
    refused, and so is every doubt between namesakes: pupils are never merged by guessing.
    """

    def __init__(self, resource, dataset=None):
        super().__init__(resource, dataset)
        resource.loader = self
        self.by_number = {"ministry_id": {}, "citizen_id": {}}
        self.by_person = defaultdict(list)
        self.by_similar_person = defaultdict(list)
        self.class_of = {}
        self.of_school = set()
        self._load_pupils_of_school()
        for key in self.by_number:
            self._load_numbers(key, {resource.cell(row, key) for row in dataset.dict} - {None})

    def _load_pupils_of_school(self):
        spells = Enrolment.objects.filter(school=self.resource.school).order_by("valid_from", "pk")
        for pupil_id, name in spells.values_list("pupil_id", "school_class__name"):
            self.class_of[pupil_id] = cells.class_key(name)
        self.of_school = set(self.class_of)
        pupils = Pupil.objects.filter(pk__in=spells.values("pupil_id"))
        for pupil in self.resource.locked(pupils):
            self._remember(pupil)
            self.by_person[cells.person_key(pupil.full_name, pupil.birth_date)].append(pupil)
            self.by_similar_person[fold(pupil.full_name), pupil.birth_date].append(pupil)

    def _load_numbers(self, key, numbers):
        unknown = sorted(numbers - set(self.by_number[key]))
        for start in range(0, len(unknown), CHUNK):
            chosen = Pupil.objects.filter(**{f"{key}__in": unknown[start : start + CHUNK]})
            for pupil in self.resource.locked(chosen):
                self._remember(pupil)

    def _remember(self, pupil):
        known = self.by_number["ministry_id"].get(pupil.ministry_id)
        known = known or self.by_number["citizen_id"].get(pupil.citizen_id) or pupil
        for key, pupils in self.by_number.items():
            if getattr(pupil, key):
                pupils[getattr(pupil, key)] = known

    def get_instance(self, row):
        """The pupil of a row, or None; raises `Refused` when it cannot be told."""
        numbers = {key: self.resource.cell(row, key) for key in self.by_number}
        name = self.resource.cell(row, "full_name") or ""
        birth_date = self.resource.cell(row, "birth_date")
        found = {
            key: self.by_number[key][number]
            for key, number in numbers.items()
            if number in self.by_number[key]
        }
        if len({pupil.pk for pupil in found.values()}) > 1:
            raise ValidationError({"citizen_id": Refused("numbers_disagree")})
        for key, pupil in found.items():
            same = (fold(pupil.full_name) == fold(name), pupil.birth_date == birth_date)
            # A pupil of the school may have the name or the birth date corrected; of a
            # stranger both must agree, or a wrong number would rename a child elsewhere.
            if not (any(same) if pupil.pk in self.of_school else all(same)):
                raise ValidationError({key: Refused("another_pupil")})
            return pupil
        return self._namesake(row, name, birth_date, numbers)

    def _namesake(self, row, name, birth_date, numbers):
        """The one pupil of the school with this name and birth date and no other number."""

        def without_other_number(pupils):
            return [
                pupil
                for pupil in pupils
                if all(
                    not number or not getattr(pupil, key) or getattr(pupil, key) == number
                    for key, number in numbers.items()
                )
            ]

        same = without_other_number(self.by_person.get(cells.person_key(name, birth_date), ()))
        if not same:
            # Hoa and Hòa may be two children or one corrected accent: we do not guess.
            if without_other_number(self.by_similar_person.get((fold(name), birth_date), ())):
                raise ValidationError({"full_name": Refused("similar_name")})
            return None
        if len(same) > 1:
            wanted = cells.class_key(row["class_name"])
            in_class = [pupil for pupil in same if self.class_of[pupil.pk] == wanted]
            if len(in_class) != 1:
                raise ValidationError({"ministry_id": Refused("namesakes", count=len(same))})
            same = in_class
        return same[0]


class PupilResource(resources.ModelResource):
    """The columns of the workbook that describe a pupil.

    An empty cell says nothing: it never erases what is on record. The name, the date of
    birth, the sex and the ethnic group must be filled in.

    Args:
        school: the school whose workbook it is.
        starts_on: the day the workbook takes effect; ages are reckoned on it.
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
        "guardian_name", "father", cells.NameCell(), otherwise="mother", saves_null_values=False
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

    def __init__(self, *, school, starts_on, lock=False, progress=None):
        super().__init__()
        self.school = school
        self.lock = lock
        self.progress = progress
        self.fields["birth_date"].widget.on = starts_on

    def locked(self, queryset):
        """Hold the rows when the plan will be written within this transaction."""
        return queryset.select_for_update() if self.lock else queryset

    def cell(self, row, name):
        """The value of a cell, or None while it is empty or cannot be read."""
        try:
            return self.fields[name].clean(row)
        except Refused:
            return None

    def import_instance(self, instance, row, **kwargs):
        """Read every cell and gather all refusals of the row, each under its column."""
        errors = {}
        for name in self._meta.fields:
            try:
                self.import_field(self.fields[name], instance, row, **kwargs)
            except Refused as refusal:
                errors[refusal.column or name] = refusal
        if errors:
            raise ValidationError(errors)

    def get_instance(self, instance_loader, row):
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

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        """Refuse the row for its cells; the cells check all that the model's fields check."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)
        instance.set_keys()

    def after_import_row(self, row, row_result, row_number=None, **kwargs):
        if self.progress and row_number % self.PROGRESS_EVERY == 0:
            self.progress(row_number)

    def bulk_create(self, *args, **kwargs):
        """Nothing yet: see `write`."""

    def bulk_update(self, *args, **kwargs):
        """Nothing yet: see `write`."""

    def keep_only(self, pupils):
        """Of what was read, only these pupils will be written."""
        kept = {id(pupil) for pupil in pupils}
        self.create_instances = [p for p in self.create_instances if id(p) in kept]
        self.update_instances = [p for p in self.update_instances if id(p) in kept]

    def write(self, *, by):
        """Save the new and changed pupils with their history, in bulk."""
        bulk_create_with_history(self.create_instances, Pupil, CHUNK, default_user=by)
        write_changed(Pupil, self.update_instances, WRITTEN, by=by)


def write_changed(model, instances, fields, *, by):
    """Update many saved rows and write their history, in bulk.

    An upsert by primary key: ten times faster here than `bulk_update`, whose CASE has a
    branch for each row and field.
    """
    if not instances:
        return
    model.objects.bulk_create(
        instances,
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=fields,
    )
    bulk_update_with_history(instances, model, (), CHUNK, default_user=by)


def refusals_of(validation_error):
    """The (column key or "", Refused) pairs of a row's validation error."""
    if not hasattr(validation_error, "error_dict"):
        return [("", error) for error in validation_error.error_list]
    return [
        ("" if key == NON_FIELD_ERRORS else key, error)
        for key, errors in validation_error.error_dict.items()
        for error in errors
    ]
