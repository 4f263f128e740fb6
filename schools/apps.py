from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from .pupils import pupil_records

AGES_SOURCE = _(
    "Education Law 43/2019/QH14, art. 23 and 28: preschool from 3 months, primary from 6 years, "
    "lower secondary from 11, upper secondary from 15; a year or two less for the gifted."
)
MERGE_DAYS = "schools.merge_days"
TRAIL_MONTHS = "schools.trail_months"
PUPIL_YEARS = "schools.pupil_years"
ANONYMISE_BY_CLOCK = "schools.anonymise_by_clock"
OURS = _("Ours: the province has to confirm it.")


class SchoolsConfig(AppConfig):
    name = "schools"
    verbose_name = _("Areas, schools and pupils")

    def ready(self) -> None:
        from core import rules, scope
        from core.rule_units import AGE, DAY_OF_MONTH, SWITCH

        from .areas.selectors.history import AreaHistory
        from .areas.selectors.tree import AreaTree
        from .pupil_import.services.ages import OLDEST, USUAL_YOUNGEST, YOUNGEST
        from .pupil_import.terms import SECOND_TERM
        from .transfers import receivers
        from .transfers.selectors import ARRIVAL_DAYS

        receivers.connect()
        # Registers its check.
        import_module("schools.boarding.checks")
        pupil_records.keepers.register(_transfers)
        pupil_records.keepers.register(_semi_boarding)
        scope.area_trees.register(AreaTree.on)
        scope.area_histories.register(AreaHistory)
        rules.declare_theme("schools", _("Schools, classes and pupils"), place=60)
        rules.declare_theme("personal_data", _("How long names are kept"), place=70)
        rules.declare(
            YOUNGEST,
            meaning=_("Youngest pupil that a list is taken with"),
            unit=AGE,
            first_value=0,
            by_level={"THCS": 9, "THPT": 13},
            source=AGES_SOURCE,
            varies=True,
        )
        rules.declare(
            USUAL_YOUNGEST,
            meaning=_("Age below which a pupil of a list is named to be looked at"),
            unit=AGE,
            first_value=0,
            by_level={"TH": 5, "THCS": 10, "THPT": 14},
            source=AGES_SOURCE,
            varies=True,
        )
        rules.declare(
            OLDEST,
            meaning=_("Oldest pupil that a list is taken with"),
            unit=AGE,
            first_value=25,
            by_level={"MN": 10},
            source=_("Ours: who learns later than the usual age is taken."),
            varies=True,
        )
        rules.declare(
            SECOND_TERM,
            meaning=_("Day of January on which the second term begins, where no frame says it"),
            unit=DAY_OF_MONTH,
            first_value=19,
            source=_("Decision 2269/QĐ-BGDĐT, 11/8/2025: the first term ends before 18 January."),
        )
        rules.declare(
            MERGE_DAYS,
            meaning=_("Days in which the merging of two records of a pupil can be taken back"),
            unit=_("days"),
            first_value=30,
            least=0,
        )
        rules.declare(
            TRAIL_MONTHS,
            meaning=_("Months for which it is kept who saw the names of pupils"),
            unit=_("months"),
            first_value=24,
            source=OURS,
            theme="personal_data",
        )
        rules.declare(
            PUPIL_YEARS,
            meaning=_("Years after leaving school for which a pupil's record bears the name"),
            unit=_("years"),
            first_value=10,
            source=OURS,
            theme="personal_data",
            most=100,
        )
        rules.declare(
            ARRIVAL_DAYS,
            meaning=_("Days after which a pupil sent to another school is looked for at home"),
            unit=_("days"),
            first_value=10,
            source=OURS,
        )
        rules.declare(
            ANONYMISE_BY_CLOCK,
            meaning=_("Records are made anonymous at night, and not only counted"),
            unit=SWITCH,
            first_value=0,
            source=OURS,
            theme="personal_data",
        )
        rules.declare_rising(YOUNGEST, OLDEST)


def _transfers() -> pupil_records.Keeper:
    return import_module("schools.transfers.pupil_records")


def _semi_boarding() -> pupil_records.Keeper:
    return import_module("schools.boarding.pupil_records")
