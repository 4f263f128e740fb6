"""Children of the demo commune who are followed, and the numbers assigned to its neighbours."""

import datetime
from collections import Counter

from mobilisation.assigned.services import assign_numbers
from mobilisation.cases.selectors.children import Child
from mobilisation.cases.services import add_visit, close_case, open_case
from mobilisation.matching.selectors.lists import to_bring
from mobilisation.models import ChildCase, Match, SurveyEntry, SurveyRound

ONE_DAY = datetime.timedelta(days=1)
HEADS = "Thào A Sáu, trưởng bản; cô giáo chủ nhiệm"
# (opened so many days ago, days to the deadline from then, causes, visits, outcome): a visit is
# (days ago, how, what was found, promise, days until the next one), an outcome (code, days ago).
OUT_OF_SCHOOL = [
    (9, 7, ["harvest"], [], None),
    (
        *(12, 21, ["work", "poverty"]),
        [(5, "visit", "Em theo anh trai đi làm ở huyện bên.", "Gọi em về trong tuần tới.", 8)],
        None,
    ),
    (
        *(20, 14, ["marriage"]),
        [
            (16, "call", "Mẹ em nói em đã về nhà chồng.", "", 4),
            (12, "visit", "Gia đình hai bên đều không muốn em đi học lại.", "", None),
        ],
        ("refused", 10),
    ),
]
DRIFTING = [
    (
        *(25, 10, ["distance"]),
        [(22, "visit", "Em ở lán nương, xa trường.", "Bố đưa em xuống ở bán trú.", 3)],
        ("returned", 18),
    ),
    (3, 7, [], [], None),
]
NUMBERS = {"mobilised_6": (6, 6), "mobilised_11_14": (11, 14)}
EXPECTED = 0.98  # of the children of the survey


def write_cases(commune, own_class, users, today):
    """A few children followed by the commune and the teacher; returns how many."""
    survey_round = SurveyRound.objects.filter(commune=commune).order_by("-year").first()
    if survey_round is None:
        return 0
    officer, teacher = users["commune_officer"], users["teacher"]
    told = to_bring(survey_round, today)[: len(OUT_OF_SCHOOL)]
    children = [
        (Child(entry.person, None, commune, entry.household.village), "out", officer)
        for entry in told
    ]
    pupils = [spell.pupil for spell in own_class.spells.on(today).order_by("pk")[: len(DRIFTING)]]
    matched = {
        each.pupil_id: each.person
        for each in Match.objects.filter(pupil__in=pupils).select_related("person")
    }
    children += [
        (Child(matched.get(pupil.pk), pupil, commune, ""), "drift", teacher) for pupil in pupils
    ]
    stories = [*OUT_OF_SCHOOL[: len(told)], *DRIFTING[: len(pupils)]]
    for (child, kind, owner), story in zip(children, stories, strict=True):
        _write(child, kind, owner, story, today)
    return len(children)


def write_numbers(tree, users, year):
    """Assigned numbers for every commune with a survey, a little under what the survey says."""
    oldest = max(last for _first, last in NUMBERS.values())
    rows = SurveyEntry.objects.filter(
        survey_round__year=year, can_learn=True, person__birth_year__gte=year - oldest
    ).values_list("survey_round__commune", "person__birth_year")
    children = Counter(rows)
    given = [
        (
            area,
            {
                # Nobody assigns a commune none.
                code: round(
                    EXPECTED * sum(children[area.pk, year - age] for age in range(first, last + 1))
                )
                or None
                for code, (first, last) in NUMBERS.items()
            },
        )
        for area in tree.communes()
        if any(commune == area.pk for commune, _born in children)
    ]
    return assign_numbers(
        given=given,
        year=year,
        decision="QĐ giao chỉ tiêu (mẫu)",
        decided_on=datetime.date(year, 8, 20),
        by=users["province_officer"],
        area=tree.provinces[0],
    )


def _write(child, kind, owner, story, today):
    opened, days, causes, visits, outcome = story
    case = open_case(child=child, kind=kind, owner=owner, due_on=today, causes=causes, by=owner)
    # A case begins today; these began some time ago.
    opened_on = today - opened * ONE_DAY
    due_on = opened_on + days * ONE_DAY
    ChildCase.objects.filter(pk=case.pk).update(opened_on=opened_on, due_on=due_on)
    case.refresh_from_db()
    for ago, way, found, promise, until in visits:
        made_on = today - ago * ONE_DAY
        add_visit(
            case=case,
            made_on=made_on,
            way=way,
            who=HEADS,
            found=found,
            promise=promise,
            next_on=made_on + until * ONE_DAY if until else None,
            by=owner,
        )
    if outcome is not None:
        code, ago = outcome
        close_case(case=case, outcome=code, closed_on=today - ago * ONE_DAY, by=owner)
