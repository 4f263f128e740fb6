"""Which pupil on record a row means."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from import_export.instance_loaders import BaseInstanceLoader

from core.vietnamese import fold
from core.workbooks import cell_text

from ...models import Enrolment, Pupil
from ...pupils.selectors.pupils import kept_by_school
from ..workbook import cells
from ..workbook.refusals import Refused
from .bulk import CHUNK

if TYPE_CHECKING:
    from .pupils import PupilResource


class PupilLoader(BaseInstanceLoader):
    """Finds the pupil a row means, from a few queries for the whole workbook.

    The order: ministry identifier, personal number, the number of the record in a list that we
    wrote, then name and date of birth among the pupils of the school. A number of a pupil with
    another name and another date of birth is refused, and so is every doubt between namesakes:
    pupils are never merged by guessing.
    """

    def __init__(self, resource: PupilResource, dataset: Any = None) -> None:
        super().__init__(resource, dataset)
        resource.loader = self
        self.by_number: dict[str, dict[str, Pupil]] = {"ministry_id": {}, "citizen_id": {}}
        self.by_person: defaultdict[Any, list[Pupil]] = defaultdict(list)
        self.by_similar_person: defaultdict[Any, list[Pupil]] = defaultdict(list)
        self.by_record: dict[int | None, Pupil] = {}
        self.class_of: dict[int, str] = {}
        self.of_school: set[int] = set()
        # Those whose data the school keeps: no other school came after it.
        self.kept: set[int] = set()
        self._load_pupils_of_school()
        for key in self.by_number:
            self._load_numbers(key, {resource.cell(row, key) for row in dataset.dict} - {None})

    def _load_pupils_of_school(self) -> None:
        spells = Enrolment.objects.filter(school=self.resource.school).order_by("valid_from", "pk")
        for pupil_id, name in spells.values_list("pupil_id", "school_class__name"):
            self.class_of[pupil_id] = cells.class_key(name)
        self.of_school = set(self.class_of)
        self.kept = kept_by_school(self.resource.school)
        pupils = Pupil.objects.filter(pk__in=spells.values("pupil_id"))
        for pupil in self.resource.locked(pupils):
            self._remember(pupil)
            self.by_record[pupil.pk] = pupil
            self.by_person[cells.person_key(pupil.full_name, pupil.birth_date)].append(pupil)
            self.by_similar_person[fold(pupil.full_name), pupil.birth_date].append(pupil)

    def _load_numbers(self, key: str, numbers: set[str]) -> None:
        unknown = sorted(numbers - set(self.by_number[key]))
        for start in range(0, len(unknown), CHUNK):
            chosen = Pupil.objects.filter(**{f"{key}__in": unknown[start : start + CHUNK]})
            for pupil in self.resource.locked(chosen):
                self._remember(pupil)

    def _remember(self, pupil: Pupil) -> None:
        known = self.by_number["ministry_id"].get(pupil.ministry_id or "")
        known = known or self.by_number["citizen_id"].get(pupil.citizen_id or "") or pupil
        for key, pupils in self.by_number.items():
            if getattr(pupil, key):
                pupils[getattr(pupil, key)] = known

    def get_instance(self, row: Mapping[str, Any]) -> Pupil | None:
        """The pupil of a row, or None; raises `Refused` when it cannot be told."""
        numbers = {key: self.resource.cell(row, key) for key in self.by_number}
        name = self.resource.cell(row, "full_name") or cell_text(row["full_name"])
        birth_date = self.resource.cell(row, "birth_date")
        recorded = self._recorded(row, name, birth_date)
        found = {
            key: self.by_number[key][number]
            for key, number in numbers.items()
            if number in self.by_number[key]
        }
        if recorded is not None:
            found["record"] = recorded
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

    def _recorded(
        self, row: Mapping[str, Any], name: str, birth_date: datetime.date | None
    ) -> Pupil | None:
        """The pupil of the school with the record number of a row; None when it has none.

        Raises ValidationError unless name and birth date are those on record: the numbers follow
        each other, and must tell nothing to who tries them out.
        """
        if not cell_text(row["record"]):
            return None
        pupil = self.by_record.get(self.resource.cell(row, "record"))
        if pupil is None or fold(pupil.full_name) != fold(name) or pupil.birth_date != birth_date:
            raise ValidationError({"record": Refused("record")})
        return pupil

    def _namesake(
        self,
        row: Mapping[str, Any],
        name: str,
        birth_date: datetime.date | None,
        numbers: Mapping[str, str | None],
    ) -> Pupil | None:
        """The one pupil of the school with this name and birth date and no other number."""

        def without_other_number(pupils: Iterable[Pupil]) -> list[Pupil]:
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
