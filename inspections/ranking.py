"""Which communes to inspect first: pure, from the flags of a month to a ranked list.

Official letter 785/UBND-VX (5 June 2015) asks for inspections of communes with low
attendance (items 1a, 2f) and to see to lower secondary first (items 1a, 2d). A commune is
met once, at its gravest education level. What is known beside the flags (time since the last
visit, pupils below target, how far the registers are to be believed) adds points to their gravity
and level, see `inspections.priority`: more points come first. Between equals, and where nothing
else is known, the order is, each step deciding between equals:

1. gravity: certainly low for months > certainly low > low for months > falling > watch >
   cannot be judged. What is certain comes before what is likely; what has lasted comes
   before what has just begun; not knowing comes last, since a reminder may mend it;
2. lower secondary before the other levels;
3. weight: (target − rate) × expected pupil-sessions, that is how many pupil-sessions the
   place is short of its target, so that neither a tiny school far below nor a large one a
   hair below comes first by itself. Where attendance cannot be judged the weight is the
   number of missing registers. Indicators count different things: their rules are not put
   together, nor their weights compared; attendance comes first;
4. the commune's code, so that the same flags always give the same list.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.levels import EducationLevel
from reports.indicators import NAMED, place_of
from reports.models import Flag
from reports.selectors.flags import SEVERITY

from .priority import Known, Part, parts_of, pupils_below, total_of

Rule = Flag.Rule
GRAVITY = [
    {Rule.PERSISTENT, Rule.CERTAINLY_LOW},
    {Rule.CERTAINLY_LOW},
    {Rule.PERSISTENT},
    {Rule.FALLING},
    {Rule.WATCH},
    {Rule.CANNOT_BE_JUDGED},
]


@dataclass(frozen=True)
class Candidate:
    """A commune worth a visit: why (one sentence a line) and where to look first."""

    commune_id: int
    level: str
    reason: str
    flags: tuple[Flag, ...]
    parts: list[Part] = field(default_factory=list)

    @property
    def flag_ids(self) -> list[int]:
        return [flag.pk for flag in self.flags]

    @property
    def points(self) -> int:
        """How pressing it is, the sum of the parts; 0 when only the flags are known."""
        return total_of(self.parts)

    @property
    def pupils(self) -> int:
        """Pupils of levels below their target; 0 when only the flags are known."""
        return pupils_below(self.parts)


def rank(flags: Iterable[Flag], known: Known | None = None) -> list[Candidate]:
    """One `Candidate` per commune, the most pressing first.

    Args:
        flags: flags of one month with `commune` loaded; in any order.
        known: what is known of the communes beside them; None: the flags alone decide.
    """
    judged = defaultdict(list)
    for flag in flags:
        judged[flag.commune_id, flag.level, flag.indicator].append(flag)
    by_commune = defaultdict(list)
    for group in judged.values():
        by_commune[group[0].commune_id].append(group)
    ordered = sorted(
        (sorted(groups, key=pressure) for groups in by_commune.values()),
        key=lambda groups: (pressure(groups[0]), groups[0][0].commune.name_key),
    )
    found = [_candidate(groups, known) for groups in ordered]
    return sorted(found, key=lambda each: -each.points)


def gravity(rules: Iterable[str]) -> int:
    """Place of a set of rules in the order of gravity; 0 is the gravest."""
    met = set(rules)
    return next(place for place, needed in enumerate(GRAVITY) if needed <= met)


def weight(flag: Flag) -> float:
    """How many (of attendance: pupil-sessions) are missing to the target, or too many where
    less is better; registers missing where nothing is judged."""
    if flag.rule == Rule.CANNOT_BE_JUDGED or flag.target is None:
        return float(flag.registers_due - flag.registers_taken)
    short = float(flag.target) / 100 * flag.denominator - flag.numerator
    known = NAMED.get(flag.indicator)
    return short if known is None or known.higher_is_better else -short


def pressure(group: Sequence[Flag]) -> tuple[int, bool, int, float, int]:
    """Sort key of the flags of one commune, level and indicator: steps 1 to 3 above."""
    return (
        gravity(flag.rule for flag in group),
        group[0].level != EducationLevel.LOWER_SECONDARY,
        place_of(group[0].indicator),
        -max(weight(flag) for flag in group),
        list(EducationLevel.values).index(group[0].level),
    )


def is_below(flag: Flag) -> bool:
    """Whether what the flag judged misses its target."""
    return flag.rule != Rule.CANNOT_BE_JUDGED and flag.target is not None and weight(flag) > 0


def _candidate(groups: Sequence[Sequence[Flag]], known: Known | None) -> Candidate:
    flags = tuple(
        flag
        for group in groups
        for flag in sorted(group, key=lambda flag: SEVERITY.index(Flag.Rule(flag.rule)))
    )
    return Candidate(
        commune_id=flags[0].commune_id,
        level=flags[0].level,
        reason="\n".join(flag.reason for flag in flags),
        flags=flags,
        parts=[] if known is None else _parts(groups, flags, known),
    )


def _parts(groups: Sequence[Sequence[Flag]], flags: Sequence[Flag], known: Known) -> list[Part]:
    return parts_of(
        known.of(flags[0].commune_id),
        known.weights,
        gravity=gravity(flag.rule for flag in groups[0]),
        steps=len(GRAVITY),
        level=flags[0].level,
        below={flag.level for flag in flags if is_below(flag)},
    )
