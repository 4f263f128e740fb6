"""The mobilisation rates (tỷ lệ huy động): each with what stands above and below its line.

Offices use several rates under one name, so each is named by its variant. What is divided, judged
and shown lies above (`reports.mobilisation`); here is who counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core import rules
from core.levels import EducationLevel
from core.rule_units import AGE
from core.types import StrOrPromise
from schools.enums import Grade

PRESCHOOL_FROM, PRESCHOOL_TO = "mobilisation.preschool_from", "mobilisation.preschool_to"
PRIMARY_FROM, PRIMARY_TO = "mobilisation.primary_from", "mobilisation.primary_to"
LOWER_FROM, LOWER_TO = "mobilisation.lower_from", "mobilisation.lower_to"

_AFTER_PRIMARY = frozenset({EducationLevel.PRIMARY, *EducationLevel.values[2:]})
_AFTER_LOWER = frozenset(EducationLevel.values[2:])


@dataclass(frozen=True)
class Variant:
    """One mobilisation rate.

    Args:
        code: key used in targets, flags, addresses and the API.
        level: education level whose offices answer for it.
        ages: keys of the dated rules with the first and last age; None for those who finished
            primary school in the calendar year in which the school year begins.
        grades: first and last grade that count as mobilised; a later one means ahead.
        finished: levels whose completion counts as much as being on a roll.
    """

    code: str
    level: EducationLevel
    name: StrOrPromise
    definition: StrOrPromise
    numerator: StrOrPromise
    denominator: StrOrPromise
    variant: StrOrPromise
    source: StrOrPromise
    ages: tuple[str, str] | None
    grades: tuple[Grade, Grade]
    finished: frozenset[str] = frozenset()
    higher_is_better: bool = True

    @property
    def unit(self) -> StrOrPromise:
        """What stands above and below the line."""
        return _("children")

    def asks_for(
        self, age: int, has_just_finished_primary: bool, limits: Mapping[str, int]
    ) -> bool:
        """Whether a child stands below the line; `limits` are the ages of the rules."""
        if self.ages is None:
            return has_just_finished_primary
        return limits[self.ages[0]] <= age <= limits[self.ages[1]]

    def is_met_by(self, grade: int | None, finished_level: str = "") -> bool:
        """Whether a child in a grade (None: in none) stands above the line."""
        first, last = self.grades
        return finished_level in self.finished or (grade is not None and first <= grade <= last)


_FORMS = _("Forms for decree 20/2014/NĐ-CP; children to be educated (PPC) of the survey")
_USAGE = _("Usage of education offices; children to be educated (PPC) of the survey")

VARIANTS: dict[str, Variant] = {
    each.code: each
    for each in [
        Variant(
            code="mobilised_3_5",
            level=EducationLevel.PRESCHOOL,
            name=_("Children of 3 to 5 at preschool"),
            definition=_("Of the children of preschool age, the share who are on a roll."),
            numerator=_("children of 3 to 5 on a roll of a preschool or school"),
            denominator=_("children of 3 to 5 to be educated"),
            variant=_("ages 3–5"),
            source=_("Decree 277/2025/NĐ-CP, article 12; children to be educated of the survey"),
            ages=(PRESCHOOL_FROM, PRESCHOOL_TO),
            grades=(Grade.NURSERY, Grade.G12),
        ),
        Variant(
            code="mobilised_5",
            level=EducationLevel.PRESCHOOL,
            name=_("Children of 5 at preschool"),
            definition=_("Of the children one year before school, the share who are on a roll."),
            numerator=_("children of 5 on a roll of a preschool or school"),
            denominator=_("children of 5 to be educated"),
            variant=_("age 5"),
            source=_FORMS,
            ages=(PRESCHOOL_TO, PRESCHOOL_TO),
            grades=(Grade.NURSERY, Grade.G12),
        ),
        Variant(
            code="mobilised_6",
            level=EducationLevel.PRIMARY,
            name=_("Children of 6 in grade 1"),
            definition=_("Of the children who reach school age, the share who began grade 1."),
            numerator=_("children of 6 in grade 1, or ahead of it"),
            denominator=_("children of 6 to be educated"),
            variant=_("age 6, grade 1 or ahead"),
            source=_FORMS,
            ages=(PRIMARY_FROM, PRIMARY_FROM),
            grades=(Grade.G1, Grade.G12),
        ),
        Variant(
            code="mobilised_6_10",
            level=EducationLevel.PRIMARY,
            name=_("Children of 6 to 10 at primary school"),
            definition=_(
                "Of the children of primary age, the share who are in grade 1 or above, or have "
                "finished primary school."
            ),
            numerator=_("children of 6 to 10 in grade 1 or above, or done with primary school"),
            denominator=_("children of 6 to 10 to be educated"),
            variant=_("ages 6–10"),
            source=_USAGE,
            ages=(PRIMARY_FROM, PRIMARY_TO),
            grades=(Grade.G1, Grade.G12),
            finished=_AFTER_PRIMARY,
        ),
        Variant(
            code="mobilised_into_6",
            level=EducationLevel.LOWER_SECONDARY,
            name=_("From primary school into grade 6"),
            definition=_(
                "Of the children who finished primary school in the year in which the school year "
                "begins, the share who went on to grade 6."
            ),
            numerator=_("of these, in grade 6 or above"),
            denominator=_("children to be educated who finished primary school this year"),
            variant=_("finished primary school by the survey"),
            source=_USAGE,
            ages=None,
            grades=(Grade.G6, Grade.G12),
        ),
        Variant(
            code="mobilised_11_14",
            level=EducationLevel.LOWER_SECONDARY,
            name=_("Children of 11 to 14 at lower secondary school"),
            definition=_(
                "Of the children of lower secondary age, the share who are in grade 6 or above. "
                "Who is still at primary school does not count."
            ),
            numerator=_("children of 11 to 14 in grade 6 or above, or done with grade 9"),
            denominator=_("children of 11 to 14 to be educated"),
            variant=_("A: lower secondary school only"),
            source=_USAGE,
            ages=(LOWER_FROM, LOWER_TO),
            grades=(Grade.G6, Grade.G12),
            finished=_AFTER_LOWER,
        ),
        Variant(
            code="mobilised_11_14_any",
            level=EducationLevel.LOWER_SECONDARY,
            name=_("Children of 11 to 14 at any school"),
            definition=_(
                "Of the children of lower secondary age, the share who are at primary or lower "
                "secondary school, or ahead."
            ),
            numerator=_("children of 11 to 14 in grade 1 or above, or done with grade 9"),
            denominator=_("children of 11 to 14 to be educated"),
            variant=_("B: primary and lower secondary school"),
            source=_USAGE,
            ages=(LOWER_FROM, LOWER_TO),
            grades=(Grade.G1, Grade.G12),
            finished=_AFTER_LOWER,
        ),
    ]
}


def declare_ages() -> None:
    """Declare the dated rules of the ages; called once when the app is loaded."""
    law = _("Law on Education 43/2019/QH14, articles 26 and 28")
    for key, meaning, first_value in [
        (PRESCHOOL_FROM, _("First age of the mobilisation rate of preschool"), 3),
        (PRESCHOOL_TO, _("Last age of the mobilisation rate of preschool"), 5),
        (PRIMARY_FROM, _("First age of the mobilisation rate of primary school"), 6),
        (PRIMARY_TO, _("Last age of the mobilisation rate of primary school"), 10),
        (LOWER_FROM, _("First age of the mobilisation rate of lower secondary school"), 11),
        (LOWER_TO, _("Last age of the mobilisation rate of lower secondary school"), 14),
    ]:
        rules.declare(key, meaning=meaning, unit=AGE, first_value=first_value, source=law)
    rules.declare_rising(PRESCHOOL_FROM, PRESCHOOL_TO)
    rules.declare_rising(PRIMARY_FROM, PRIMARY_TO)
    rules.declare_rising(LOWER_FROM, LOWER_TO)
