"""What the measures of `inspections/data/measures.toml` say, by their codes."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from core.types import StrOrPromise

# Each takes `place` (the commune or school) and `level`.
MEASURES: Mapping[str, StrOrPromise] = {
    "send_registers": _(
        "%(place)s: every register is sent on its own day; the head looks each afternoon at what "
        "is missing and sends what can still be sent"
    ),
    "school_alone": _(
        "%(place)s: the committee of the commune meets with the head, and together they agree "
        "what the school, the villages and the families do each week"
    ),
    "visit_families": _(
        "%(place)s, %(level)s: visit the family of every pupil who missed a fifth of the sessions "
        "or more; one person answers for each, until the pupil comes every day"
    ),
    "season_work": _(
        "%(place)s, %(level)s: before the season the villages agree with the families that pupils "
        "stay at school; village heads and unions help households short of hands"
    ),
    "early_marriage": _(
        "%(place)s, %(level)s: women's union, justice officer and village heads visit the "
        "families concerned and speak in every village about early marriage"
    ),
    "weather": _(
        "%(place)s, %(level)s: warm clothes, boarding or a safe way for the pupils who live far, "
        "before the cold and the rains"
    ),
    "festival": _(
        "%(place)s, %(level)s: before each festival the school and the village heads agree on the "
        "day on which all are back; absent pupils are fetched the day after"
    ),
    "health": _(
        "%(place)s, %(level)s: the health station looks after the illnesses most often named and "
        "tells the school how they are prevented"
    ),
    "ask_reasons": _(
        "%(place)s, %(level)s: teachers ask after every absence on the same day and write down "
        "the reason; the head reads them each week"
    ),
    "one_group": _(
        "%(place)s, %(level)s: somebody of the same people or union goes with the teacher to the "
        "families of the group that comes least"
    ),
    "meet_monthly": _(
        "%(place)s, %(level)s: the committee of the commune meets each month about attendance, "
        "names who answers for each village, and reports what was done"
    ),
    "find_out": _(
        "%(place)s, %(level)s: the school finds out within two weeks what has changed and "
        "proposes to the commune what is to be done"
    ),
    "share_villages": _(
        "%(place)s, %(level)s: each member of the committee answers for the attendance of the "
        "pupils of a village and visits the absent ones with the teacher"
    ),
    "match_survey": _(
        "%(place)s: find every child of the survey on the rolls of the schools, and ask after "
        "those who are on none"
    ),
    "follow_children": _(
        "%(place)s: a list of the children who are at no school; one person follows each until "
        "the child is on a roll and comes to class"
    ),
}
