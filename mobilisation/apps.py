from collections.abc import Collection, Mapping
from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import rules
from core.rule_units import AGE, PERCENT
from core.scope import Scope
from schools.enums import DropoutCause
from schools.pupils import following, pupil_records

SURVEY_YEARS = "mobilisation.survey_years"
OLDEST_KEPT = "mobilisation.oldest_kept"
YOUNGEST, OLDEST = "mobilisation.youngest", "mobilisation.oldest"
CASE_DAYS = "mobilisation.case_days"
FIRST_CHECK, SECOND_CHECK = "mobilisation.first_check", "mobilisation.second_check"
LEAST_PRESENT = "mobilisation.least_present"


class MobilisationConfig(AppConfig):
    name = "mobilisation"
    verbose_name = _("Children of the commune")

    def ready(self) -> None:
        from core import event_words

        from . import (
            digest_parts,
            notifications,  # noqa: F401 - workers send what services write
        )
        from .case_effect import limits
        from .rates import variants
        from .standards import checks  # noqa: F401

        event_words.name_codes("causes", dict(DropoutCause.choices))
        rules.declare_theme("mobilisation", _("Children brought to school"), place=30)
        limits.declare_all()
        variants.declare_ages()
        digest_parts.declare_all()
        pupil_records.keepers.register(_pupil_records)
        pupil_records.keepers.register(_cases_of_pupils)
        following.sources.register(_following)
        rules.declare(
            SURVEY_YEARS,
            meaning=_("Years for which persons of a survey bear their names"),
            unit=_("years"),
            first_value=5,
            source=_("Ours: the province has to confirm it."),
            theme="personal_data",
            most=100,
        )
        rules.declare(
            OLDEST_KEPT,
            meaning=_("Oldest person that is kept of a survey"),
            unit=AGE,
            first_value=60,
            source=_("Decree 20/2014/NĐ-CP: literacy is counted from 15 to 60 years."),
            theme="personal_data",
        )
        rules.declare(
            YOUNGEST,
            meaning=_("Age from which a child on no roll is to be brought to school"),
            unit=AGE,
            first_value=3,
            source=_("Decree 277/2025/NĐ-CP: preschool is universal from 3 to 5 years."),
        )
        rules.declare(
            OLDEST,
            meaning=_("Age up to which a child on no roll is to be brought to school"),
            unit=AGE,
            first_value=18,
            source=_("Decree 20/2014/NĐ-CP: lower secondary is universal from 11 to 18 years."),
        )
        rules.declare(
            CASE_DAYS,
            meaning=_("Days that a new case of a child gets as its deadline"),
            unit=_("days"),
            first_value=7,
            source=_("Ours: the province has to confirm it."),
        )
        rules.declare(
            FIRST_CHECK,
            meaning=_("Sessions with a register after which a return to class is first checked"),
            unit=_("sessions"),
            first_value=5,
            source=_("Ours: the province has to confirm it."),
        )
        rules.declare(
            SECOND_CHECK,
            meaning=_("Sessions with a register after which a return to class is confirmed"),
            unit=_("sessions"),
            first_value=20,
            source=_("Ours: the province has to confirm it."),
        )
        rules.declare(
            LEAST_PRESENT,
            meaning=_("Share of these sessions in which the child has to be present"),
            unit=PERCENT,
            first_value=80,
            source=_("Ours: the province has to confirm it."),
        )
        rules.declare_rising(YOUNGEST, OLDEST)
        rules.declare_rising(FIRST_CHECK, SECOND_CHECK)


def _pupil_records() -> pupil_records.Keeper:
    return import_module("mobilisation.matching.pupil_records")


def _following(scope: Scope, pupil_ids: Collection[int]) -> Mapping[int, following.Following]:
    return import_module("mobilisation.cases.following").of_pupils(scope, pupil_ids)


def _cases_of_pupils() -> pupil_records.Keeper:
    return import_module("mobilisation.cases.pupil_records")
