"""The whole numbers of an analysis; like every figure they add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from attendance.enums import AbsenceReason

from ..models.facts import REASON_MEASURES


@dataclass(frozen=True, slots=True)
class Absences:
    """Sums of the facts that say of whom and why absences are.

    The names are those of `reports.models.facts.Measures`; it has what `rates.attendance_rate`
    asks for. `often_*` are pupils who missed a tenth of their sessions or more, and their
    absences; `very_often_*` those with a fifth or more, also among the first.
    """

    expected: int = 0
    excused: int = 0
    unexcused: int = 0
    pupils: int = 0
    sum_aa: int = 0
    sum_an: int = 0
    sum_nn: int = 0
    reason_sick: int = 0
    reason_family: int = 0
    reason_harvest: int = 0
    reason_weather: int = 0
    reason_festival: int = 0
    reason_work: int = 0
    reason_marriage: int = 0
    often_pupils: int = 0
    often_absent: int = 0
    very_often_pupils: int = 0
    very_often_absent: int = 0

    def __add__(self, other: Absences) -> Absences:
        return Absences(*(getattr(self, name) + getattr(other, name) for name in NAMES))

    def __sub__(self, other: Absences) -> Absences:
        return Absences(*(getattr(self, name) - getattr(other, name) for name in NAMES))

    @property
    def absent(self) -> int:
        """Pupil-sessions missed, excused or not."""
        return self.excused + self.unexcused

    @property
    def reasons(self) -> Mapping[AbsenceReason, int]:
        """Absences by the reason given, most frequent first; UNKNOWN are those without one."""
        given = {
            AbsenceReason(reason): getattr(self, name) for name, reason in REASON_MEASURES.items()
        }
        given[AbsenceReason.UNKNOWN] = self.absent - sum(given.values())
        return dict(sorted(given.items(), key=lambda item: -item[1]))


NAMES = tuple(field.name for field in fields(Absences))
