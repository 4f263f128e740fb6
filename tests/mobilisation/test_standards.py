"""Universal-education standards: counted in SQL and recounted person by person; three verdicts."""

import copy
import datetime
import math
import random
import tomllib

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mobilisation.models import (
    ChildCase,
    LiteracyTotal,
    Match,
    SurveyEntry,
    SurveyPerson,
    SurveyRound,
)
from mobilisation.standards import rule_sets
from mobilisation.standards.checks import rule_sets_can_be_used
from mobilisation.standards.counting import missing_of
from mobilisation.standards.judging import Unknown, Verdict, all_of
from mobilisation.standards.rule_sets import COUNTRY, RuleSetError, all_sets, in_force, read
from mobilisation.standards.selectors import days_of, standards_of
from schools.enums import AreaKind, AreaLevel
from schools.models import AreaDesignation, Enrolment, Pupil, SchoolYear, Succession
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.planner import analyse
from tests.world import make_area, make_class, make_school

pytestmark = pytest.mark.django_db
START, MERGED = datetime.date(2023, 7, 1), datetime.date(2026, 7, 1)
DAY, YEAR = datetime.date(2026, 11, 29), 2026
COMMUNES = 50
GRADES = [-4, -3, -2, -1, *range(1, 13)]
LAST = {"MN": -1, "TH": 5, "THCS": 9, "THPT": 12}

# Written out once more, by hand and from DOMAIN rather than from the files:
# code: [(youngest, oldest, what, parameter, percent, percent of the difficult)], standards needed.
ENROLLED, FINISHED, LITERATE, REST = "enrolled", "finished", "literate", "rest"
BY_HAND = {
    "MN5": ([(5, 5, ENROLLED, -4, 95, 90), (6, 6, FINISHED, -1, 85, 80)], []),
    "TH1": ([(6, 6, ENROLLED, 1, 90, 90), (11, 14, FINISHED, 5, 80, 70)], []),
    "TH2": (
        [(6, 6, ENROLLED, 1, 95, 95), (11, 11, FINISHED, 5, 80, 70), (11, 11, REST, 5, 100, 100)],
        ["TH1"],
    ),
    "TH3": (
        [(6, 6, ENROLLED, 1, 98, 98), (11, 11, FINISHED, 5, 90, 80), (11, 11, REST, 5, 100, 100)],
        ["TH2"],
    ),
    "XMC1": ([((15, 35), (15, 25), LITERATE, 1, 90, 90)], []),
    "XMC2": ([((15, 60), (15, 35), LITERATE, 2, 90, 90)], []),
    "THCS1": ([(15, 18, FINISHED, 9, 80, 70)], ["TH1", "XMC1"]),
    "THCS2": ([(15, 18, FINISHED, 9, 90, 80)], ["THCS1"]),
    "THCS3": ([(15, 18, FINISHED, 9, 95, 90), (15, 18, "on", 12, 80, 70)], ["THCS2"]),
    "MN35": (
        [
            (3, 5, ENROLLED, -4, 90, 85),
            (4, 4, FINISHED, -3, 85, 80),
            (5, 5, FINISHED, -2, 85, 80),
            (6, 6, FINISHED, -1, 85, 80),
        ],
        [],
    ),
}

CLOSED = {
    "state": "closed",
    "outcome": "moved",
    "closed_on": DAY,
    "closed_at": datetime.datetime(2026, 11, 29, tzinfo=datetime.UTC),
}


class Invented:
    """A province of communes, some made of two, some difficult, some with totals; by a seed."""

    def __init__(self, seed, communes=COMMUNES):
        self.rng, self.drawn = random.Random(seed), random.Random(-seed)
        self.province = make_area(
            AreaLevel.PROVINCE, AreaKind.PROVINCE, "99", "Tỉnh Thử", valid_from=START
        )
        years = [
            SchoolYear.objects.create(
                code=f"{each}-{each + 1}", valid_from=f"{each}-09-05", valid_to=f"{each + 1}-05-31"
            )
            for each in (2025, 2026)
        ]
        for each in years:
            each.refresh_from_db()
        self.communes, homes = [], []
        for number in range(communes):
            made_of_two = number % 5 == 0
            new = make_area(
                *(AreaLevel.COMMUNE, AreaKind.COMMUNE, f"9{number:03}", f"Xã {number}"),
                self.province,
                valid_from=MERGED if made_of_two else START,
            )
            self.communes.append(new)
            old = []
            for part in range(2 * made_of_two):
                each = make_area(
                    *(AreaLevel.COMMUNE, AreaKind.COMMUNE, f"8{number:03}{part}", f"Cũ {number}"),
                    self.province,
                    valid_from=START,
                    valid_to=MERGED,
                )
                Succession.objects.create(old=each, new=new, effective_on=MERGED)
                old.append(each)
            if number % 10 == 5:
                homes += [(each, 2025) for each in old]  # Not surveyed since.
            elif number != 3:
                homes.append((new, YEAR))
            if number % 3 == 0:
                AreaDesignation.objects.create(area=new, kind="dbkk", valid_from=START)
            if number % 4 == 0:
                self._totals(new)
        school = make_school("S1", "Trường Một", "TH,THCS", self.communes[1], START)
        self.classes = [
            [make_class(school, year, name, "TH", "1", []) for name in ("1A", "1B")]
            for year in years
        ]
        self.confirmer = _confirmer()
        for commune, round_year in homes:
            survey_round = make_round(commune, round_year)
            luck = self.rng.choice([0.97, 0.9, 0.6])
            for number in range(self.rng.randint(8, 24)):
                self._child(survey_round, number, luck)
            if self.rng.random() < 0.25:
                for age in range(15, 61):
                    self._adult(survey_round, age, luck)
        analyse(SurveyEntry, SurveyPerson, Match, Pupil, Enrolment)

    def _totals(self, commune):
        for band in ((15, 25), (15, 35), (15, 60)):
            people = self.rng.randint(0, 400)
            first = math.ceil(people * self.rng.choice([0.95, 0.9, 0.8]))
            LiteracyTotal.objects.create(
                *(),
                commune=commune,
                year=self.rng.choice([YEAR, YEAR, 2025]),
                first_age=band[0],
                last_age=band[1],
                people=people,
                level_1=first,
                level_2=self.rng.randint(first - first // 8, first),
            )

    def _adult(self, survey_round, age, luck):
        rng = self.rng
        make_child(
            survey_round,
            f"Vàng A {age}",
            birth_year=survey_round.year - age,
            form=f"n{age}",
            completed_grade=rng.choice([5, 9, 12])
            if rng.random() < luck
            else rng.choice([None, 2, 3]),
            literacy_done=rng.choice([None, None, 1, 2, 3, 5]),
            illiterate_again=rng.choice([None] * 9 + [1, 2]),
            presence=rng.choice(["lives"] * 9 + ["came"]),
        )

    def _child(self, survey_round, number, luck):
        rng = self.rng
        age = rng.choice([3, 4, 5, 6, 11, 12, 14, 15, 16, 18, rng.randint(0, 18)])
        usual = GRADES[min(max(age - 2, 0), len(GRADES) - 1)]
        well = rng.random() < luck
        done = usual - 1 or -1
        able = rng.random() < 0.95
        entry = make_child(
            survey_round,
            f"Lò Văn {number}",
            birth_year=survey_round.year - age,
            form=str(number),
            presence=rng.choice(["lives"] * 12 + ["came", "left", "died"]),
            can_learn=able,
            has_disability=not able,
            is_carried=rng.random() < 0.03,
            grade=usual if well or rng.random() < 0.3 else rng.choice([None, *GRADES]),
            completed_grade=done if well and done in GRADES else rng.choice([None, None, 2, 5]),
            finished_level=rng.choice(["", "", "", "TH"]) if age > 10 else "",
            literacy_done=rng.choice([None] * 20 + [2]),
        )
        pupil = self._pupil(entry, usual) if rng.random() < luck else None
        # Drawn apart, so that the rest of the province stays what it was.
        if self.drawn.random() < 0.3:
            self._case(entry, pupil)

    def _case(self, entry, pupil):
        """Open or closed, of what the survey knows or of the pupil."""
        of_pupil = pupil is not None and self.drawn.random() < 0.5
        closed = self.drawn.random() < 0.3
        ChildCase.objects.create(
            person=None if of_pupil else entry.person,
            pupil=pupil if of_pupil else None,
            commune=entry.survey_round.commune,
            kind="out",
            owner=self.confirmer,
            due_on=DAY,
            opened_on=DAY,
            opened_by=self.confirmer,
            **CLOSED | {"closed_by": self.confirmer} if closed else {},
        )

    def _pupil(self, entry, usual):
        rng = self.rng
        pupil = Pupil.objects.create(
            full_name=entry.person.full_name,
            birth_date=datetime.date(entry.person.birth_year, 5, 1),
            sex="M",
            ethnic_group="03",
        )
        if rng.random() < 0.7:
            place = max(GRADES.index(usual) - 1, 0)
            self._spell(pupil, 0, GRADES[place], datetime.date(2026, 5, 31), "completed")
        left = rng.choice([None] * 8 + [DAY, DAY + datetime.timedelta(days=1)])
        grade = usual if rng.random() < 0.95 else rng.choice(GRADES)
        self._spell(pupil, 1, grade, left, "dropout" if left else "")
        Match.objects.create(
            person=entry.person,
            pupil=pupil,
            score=90,
            confirmed_by=self.confirmer,
            confirmed_at=timezone.now(),
        )
        return pupil

    def _spell(self, pupil, year, grade, left, reason):
        spell = Enrolment(
            school_class=self.rng.choice(self.classes[year]),
            pupil=pupil,
            grade=grade,
            valid_from=datetime.date(2025 + year, 9, 5),
            valid_to=left,
            exit_reason=reason,
        )
        spell.copy_from_owners()
        spell.save()


def _confirmer():
    from accounts.models import User

    return User.objects.get_or_create(username="xac.nhan")[0]


# The slow recount: one person after the other, with its own words for everything.


def grade_now(entry):
    for spell in entry.spells:
        if spell.valid_from <= DAY and (spell.valid_to is None or spell.valid_to > DAY):
            return spell.grade
    return None


def stayed_to_the_end(entry, grade):
    return any(
        spell.grade == grade and spell.exit_reason == "completed" and spell.valid_to <= DAY
        for spell in entry.spells
    )


def above(entry, what, parameter):
    """One of "yes", "perhaps" and "no" for one person."""
    word = WORDS[what](entry, parameter)
    if getattr(entry, "came", False) and what in (ENROLLED, REST, "on"):
        return "yes"
    return "perhaps" if word == "no" and entry.is_carried else word


def enrolled_from(entry, least, most=12):
    now = grade_now(entry)
    if now is not None and least <= now <= most:
        return "yes"
    return "perhaps" if entry.grade is not None and least <= entry.grade <= most else "no"


def going_on(entry, last):
    on, done = enrolled_from(entry, 10), finished(entry, last)
    if "yes" in (on, done):
        return "yes"
    # After lower secondary school there are places to learn that nobody tells us of.
    return "perhaps" if {on, done, finished(entry, 9)} & {"yes", "perhaps"} else "no"


def literate(entry, level):
    if entry.illiterate_again is not None and entry.illiterate_again <= level:
        return "no"
    grade, course = {1: 3, 2: 5}[level], entry.literacy_done or 0
    school = finished(entry, grade)
    if school == "yes" or course >= grade:
        return "yes"
    return "perhaps" if school == "perhaps" or course >= level else "no"


def finished(entry, grade):
    now, told = grade_now(entry), entry.grade
    highest = max(
        (g for g in (entry.completed_grade, LAST.get(entry.finished_level)) if g is not None),
        default=-9,
    )
    later = now is not None and now > grade
    stayed = grade < 0 and stayed_to_the_end(entry, grade)
    if highest >= grade or (later and (grade > 0 or stayed)):
        return "yes"
    return "perhaps" if later or stayed or (told is not None and told > grade) else "no"


WORDS = {
    ENROLLED: enrolled_from,
    REST: lambda entry, last: enrolled_from(entry, 1, last),
    "on": going_on,
    LITERATE: literate,
    FINISHED: finished,
}


def recount(commune, *, back=False):
    """{code: (verdict, [(total, yes, perhaps, verdict)])} of a commune; with `back` as if each
    child with an open case had come to class."""
    rounds = list(SurveyRound.objects.filter(commune=commune))
    current = bool(rounds)
    if not rounds:
        older = [each.old for each in Succession.objects.filter(new=commune)]
        rounds = list(SurveyRound.objects.filter(commune__in=older))
    difficult = commune.designations.filter(kind="dbkk").exists()
    people = [
        entry
        for entry in SurveyEntry.objects.filter(survey_round__in=rounds).select_related("person")
        if entry.can_learn and entry.presence not in ("left", "died")
    ]
    for entry in people:
        match = Match.objects.filter(person=entry.person).first()
        entry.spells = [] if match is None else list(match.pupil.spells.all())
        cases = [*entry.person.cases.all(), *(match.pupil.cases.all() if match else [])]
        entry.came = back and any(case.state == "open" for case in cases)
    found = {}
    for code, (conditions, needs) in BY_HAND.items():
        rows = []
        for first, last, what, parameter, plain, lower in conditions:
            band = (last if difficult else first) if what == LITERATE else (first, last)
            rows.append(
                _recount_one(
                    commune, people, band, what, parameter, lower if difficult else plain, current
                )
            )
        verdicts = [row[3] for row in rows] + [found[need][0] for need in needs]
        worst = next((v for v in ("not_met", "not_known") if v in verdicts), "met")
        found[code] = (worst, rows)
    return found


def _recount_one(commune, people, band, what, parameter, percent, current):
    entered = LiteracyTotal.objects.filter(
        commune=commune, year=YEAR, first_age=band[0], last_age=band[1]
    ).first()
    if what == LITERATE and entered:
        total, yes, perhaps = entered.people, (entered.level_1, entered.level_2)[parameter - 1], 0
        known = total > 0
    else:
        ages, words = set(), []
        for entry in people:
            age = YEAR - entry.person.birth_year
            if not band[0] <= age <= band[1]:
                continue
            if what == REST and finished(entry, 5) == "yes":
                continue
            ages.add(age)
            words.append(above(entry, what, parameter))
        total, yes, perhaps = len(words), words.count("yes"), words.count("perhaps")
        known = current and (total > 0 or what == REST)
        if what == LITERATE and len(ages) < band[1] - band[0] + 1:
            known = False
    if not known:
        return total, yes, perhaps, "not_known"
    if yes * 100 >= percent * total:
        return total, yes, perhaps, "met"
    return (
        total,
        yes,
        perhaps,
        "not_met" if (yes + perhaps) * 100 < percent * total else "not_known",
    )


def results_of(found, commune):
    merged = {}
    for evaluation in found.evaluations:
        merged |= evaluation.communes[commune.pk]
    return merged


def test_every_standard_is_what_a_slow_recount_finds():
    invented = Invented(seed=1)
    found = standards_of(invented.province, YEAR, day=DAY)
    seen = set()
    for commune in invented.communes:
        told, slow = results_of(found, commune), recount(commune)
        assert set(told) == set(slow)
        for code, (verdict, rows) in slow.items():
            outcomes = [(o.total, o.certain, o.possible, o.verdict) for o in told[code].outcomes]
            assert outcomes == rows, (commune, code)
            assert told[code].verdict == verdict, (commune, code)
            for outcome in told[code].outcomes:
                seen.add(outcome.verdict)
                needed = outcome.certain + outcome.lacking
                assert needed * 100 >= outcome.least * outcome.total
                assert outcome.lacking == 0 or (needed - 1) * 100 < outcome.least * outcome.total
    assert seen == set(Verdict)


def test_what_the_open_cases_would_change_is_what_a_slow_recount_finds():
    """Child after child, from its own cases and those of the pupil it is."""
    invented = Invented(seed=7)
    found = standards_of(invented.province, YEAR, day=DAY)
    changed, met = 0, dict.fromkeys(BY_HAND, 0)
    for commune in invented.communes:
        told, now, slow = results_of(found, commune), recount(commune), recount(commune, back=True)
        for code, (verdict, rows) in slow.items():
            assert told[code].if_followed_came == verdict, (commune, code)
            assert [each.followed for each in told[code].outcomes] == [
                came[1] - row[1] for row, came in zip(now[code][1], rows, strict=True)
            ], (commune, code)
            changed += verdict != told[code].verdict
            met[code] += verdict == "met"
            if told[code].verdict == "met":
                assert verdict == "met" == told[code].if_they_came
    for evaluation in found.evaluations:
        for code, whole in evaluation.whole.items():
            assert whole.if_followed_came == met[code]
    assert changed > 5


def test_the_province_counts_its_communes_and_shares_them():
    invented = Invented(3, communes=12)
    found = standards_of(invented.province, YEAR, day=DAY)
    for evaluation in found.evaluations:
        for code, whole in evaluation.whole.items():
            verdicts = [results_of(found, each)[code].verdict for each in invented.communes]
            assert whole.communes == {each: verdicts.count(each) for each in Verdict}
            shares = {share.share.among: share for share in whole.shares}
            if code == "MN35":
                assert sum(share.total for share in shares.values()) == 12
                assert shares["communes_difficult"].total == 4
                assert whole.verdict == all_of(share.verdict for share in shares.values())
            elif code == "MN5":
                assert (whole.shares, whole.verdict) == ([], Verdict.NOT_KNOWN)
            else:
                assert shares["communes"].met == verdicts.count("met")


def test_the_list_of_who_is_missing_is_as_long_as_the_number():
    invented = Invented(4, communes=6)
    found = standards_of(invented.province, YEAR, day=DAY)
    for commune in invented.communes:
        for result in results_of(found, commune).values():
            for outcome in result.outcomes:
                if outcome.from_totals:
                    continue
                rows = list(missing_of(commune.pk, outcome.measure, day=DAY, year=YEAR))
                assert len(rows) == outcome.missing
                assert sum(row.is_possible for row in rows) == outcome.possible


def test_as_many_queries_for_many_communes_as_for_few(django_assert_max_num_queries):
    invented = Invented(5, communes=25)
    with django_assert_max_num_queries(12) as few:
        standards_of(invented.communes[1], YEAR, day=DAY)
    with django_assert_max_num_queries(12) as many:
        standards_of(invented.province, YEAR, day=DAY)
    assert len(many) <= len(few) + 1


def six_year_olds(world, *, on_roll, told=0, out=0, year=2026):
    survey_round = make_round(world.commune_a, year)
    for number in range(on_roll + told + out):
        entry = make_child(
            survey_round,
            f"Giàng A Thử {number}",
            datetime.date(2020, 3, 4),
            form=str(number),
            grade=1 if number < on_roll + told else None,
            completed_grade=-1,
        )
        if number < on_roll:
            pupil = Pupil.objects.create(
                full_name=entry.person.full_name,
                birth_date=datetime.date(2020, 3, 4),
                sex="M",
                ethnic_group="08",
            )
            spell = Enrolment(
                school_class=world.class_a12, pupil=pupil, grade=1, valid_from=world.year.valid_from
            )
            spell.copy_from_owners()
            spell.save()
            Match.objects.create(
                person=entry.person,
                pupil=pupil,
                score=100,
                confirmed_by=world.commune_officer,
                confirmed_at=timezone.now(),
            )


def into_grade_1(world):
    found = standards_of(world.commune_a, 2026, day=world.today)
    return results_of(found, world.commune_a)["TH2"].outcomes[0]


def test_a_child_that_comes_is_one_fewer_missing(world):
    AreaDesignation.objects.create(area=world.commune_b, kind="dbkk", valid_from=world.since)
    six_year_olds(world, on_roll=18, out=2)
    before = into_grade_1(world)
    assert (before.verdict, before.missing, before.lacking) == (Verdict.NOT_MET, 2, 1)
    child = SurveyEntry.objects.get(person__full_name="Giàng A Thử 19").person
    pupil = Pupil.objects.create(
        full_name="Giàng A Thử 19", birth_date="2020-03-04", sex="M", ethnic_group="08"
    )
    spell = Enrolment(school_class=world.class_a12, pupil=pupil, grade=1, valid_from=world.today)
    spell.copy_from_owners()
    spell.save()
    Match.objects.create(
        person=child, pupil=pupil, score=99, confirmed_by=_confirmer(), confirmed_at=timezone.now()
    )
    after = into_grade_1(world)
    assert (after.verdict, after.missing, after.lacking) == (Verdict.MET, 1, 0)


def test_the_word_of_a_family_alone_decides_nothing(world):
    AreaDesignation.objects.create(area=world.commune_b, kind="dbkk", valid_from=world.since)
    six_year_olds(world, on_roll=18, told=2)
    outcome = into_grade_1(world)
    assert (outcome.verdict, outcome.unknown) == (Verdict.NOT_KNOWN, Unknown.NOT_MATCHED)
    assert outcome.possible == 2


def test_what_is_missing_is_not_known(world):
    outcome = into_grade_1(world)
    assert (outcome.verdict, outcome.unknown) == (Verdict.NOT_KNOWN, Unknown.NO_SURVEY)
    six_year_olds(world, on_roll=20, year=2025)
    outcome = into_grade_1(world)
    assert (outcome.verdict, outcome.unknown) == (Verdict.NOT_KNOWN, Unknown.OLD_SURVEY)


def test_without_any_designation_only_what_holds_either_way_is_said(world):
    survey_round = make_round(world.commune_a)
    for number in range(20):
        make_child(
            survey_round,
            f"Giàng A {number}",
            datetime.date(2013, 1, 1),
            form=str(number),
            finished_level="TH" if number < 15 else "",
        )

    def finished():
        found = standards_of(world.commune_a, 2026, day=world.today)
        return results_of(found, world.commune_a)["TH1"].outcomes[1]

    # 75 %: enough where 70 % are asked for, not where 80 % are.
    assert (finished().verdict, finished().unknown) == (Verdict.NOT_KNOWN, Unknown.DESIGNATION)
    AreaDesignation.objects.create(area=world.commune_b, kind="dbkk", valid_from=world.since)
    assert finished().verdict == Verdict.NOT_MET
    AreaDesignation.objects.create(area=world.commune_a, kind="dbkk", valid_from=world.since)
    assert finished().verdict == Verdict.MET
    AreaDesignation.objects.filter(area=world.commune_a).update(valid_to=world.today)
    assert finished().verdict == Verdict.NOT_MET


def test_the_days_of_a_year(world):
    assert days_of(2026, today=world.today) == [world.today, datetime.date(2026, 9, 30)]
    assert days_of(2026, today=datetime.date(2028, 1, 1))[0] == world.year.last_day
    assert days_of(2026, today=datetime.date(2026, 9, 1)) == [datetime.date(2026, 9, 1)]
    assert days_of(2024, today=world.today) == []


def test_the_command_says_what_fails_and_by_how_many(world, capsys):
    AreaDesignation.objects.create(area=world.commune_b, kind="dbkk", valid_from=world.since)
    six_year_olds(world, on_roll=17, out=3)
    call_command("standards", area=world.commune_a.code, year=2026)
    told = capsys.readouterr().out
    assert "TH2: CHƯA ĐẠT" in told
    assert "Trẻ 6 tuổi vào lớp 1 (6–6 tuổi): 17/20 = 85,00%, cần 95%: chưa đạt, thiếu 2" in told
    assert "Giàng A" not in told
    call_command("standards", area="12", year=2026)
    assert "MN35: CHƯA RÕ" in capsys.readouterr().out
    with pytest.raises(CommandError, match="mã 99999"):
        call_command("standards", area="99999", year=2026)
    with pytest.raises(CommandError, match="năm 2001"):
        call_command("standards", area="12", year=2001)


# The files of rules.


def content(name="nd-277-2025"):
    return tomllib.loads((COUNTRY / f"{name}.toml").read_text())


def test_the_sets_in_force_follow_the_days():
    def codes(*day):
        return [each.code for each in in_force(datetime.date(*day))]

    assert codes(2014, 5, 14) == []
    assert codes(2025, 6, 30) == ["nd-20-2014"]
    assert codes(2025, 7, 1) == ["nd-20-2014-hai-cap"]
    assert codes(2026, 1, 1) == ["nd-20-2014-hai-cap", "nd-277-2025"]


def test_the_files_say_what_the_law_says():
    standards = {}
    for each in all_sets():
        standards |= each.standards
    assert set(standards) == set(BY_HAND)
    for code, (conditions, needs) in BY_HAND.items():
        found = standards[code]
        assert list(found.needs) == needs
        for condition, row in zip(found.conditions, conditions, strict=True):
            first, last, what, parameter, plain, lower = row
            assert (condition.least, condition.least_difficult) == (plain, lower)
            if what == LITERATE:
                assert (condition.measure.ages, condition.measure_difficult.ages) == (first, last)
            else:
                assert condition.measure.ages == condition.measure_difficult.ages == (first, last)
            if what == FINISHED:
                assert condition.measure.grade == parameter


def spoil(path, value):
    spoilt = copy.deepcopy(content())
    place = spoilt
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return spoilt


CONDITION = ("standard", 0, "condition", 0)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("code",), "có dấu", "tệp.toml: “code”"),
        (("source",), None, "“source”"),
        (("valid_from",), "2025-10-20", "“valid_from”"),
        (("valid_to",), datetime.date(2025, 1, 1), "“valid_to”"),
        (("data_day",), "31-09", "“data_day”"),
        (("data_day",), "02-29", "“data_day”"),
        (("standard",), [], "“standard”"),
        (("standrad",), 1, "“standrad”"),
        (("extends",), "gì đó", "“standard”"),
        (("standard", 0, "needs"), ["TH9"], "tệp.toml › MN35: “needs”"),
        (("standard", 0, "province"), {"xã": 90}, "“province”"),
        (("standard", 0, "condition"), [], "“condition”"),
        ((*CONDITION, "measure"), "đến lớp", "tệp.toml › MN35 › MN35-den-lop: “measure”"),
        ((*CONDITION, "ages"), [5, 3], "“ages”"),
        ((*CONDITION, "ages"), [5], "“ages”"),
        ((*CONDITION, "ages"), ["3", "5"], "“ages”"),
        ((*CONDITION, "grades"), [-4, 13], "“grades”"),
        ((*CONDITION, "grades"), None, "“grades”"),
        ((*CONDITION, "least"), 0, "“least”"),
        ((*CONDITION, "least"), 100.5, "“least”"),
        ((*CONDITION, "least"), "90", "“least”"),
        ((*CONDITION, "level"), 1, "“level”"),
        (("standard", 0, "condition", 1, "code"), "MN35-den-lop", "“code”"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(path, value, said):
    with pytest.raises(RuleSetError, match=said):
        read([("tệp.toml", spoil(path, value))])


def test_two_files_that_contradict_each_other_are_refused():
    with pytest.raises(RuleSetError, match="đều có hiệu lực"):
        read([("một.toml", content()), ("hai.toml", content() | {"code": "khac"})])
    with pytest.raises(RuleSetError, match="đã có ở tệp khác"):
        read([("một.toml", content()), ("hai.toml", content())])
    with pytest.raises(RuleSetError, match="“extends”"):
        read([("một.toml", content("nd-20-2014-hai-cap"))])


def test_a_province_adds_a_set_as_data(tmp_path):
    (tmp_path / "rieng.toml").write_text(
        (COUNTRY / "nd-277-2025.toml").read_text().replace("MN35", "MN35-R").replace("nd-277", "qd")
    )
    sets = rule_sets.read_folders((COUNTRY, tmp_path))
    assert "qd-2025" in {each.code for each in sets}
    (tmp_path / "hong.toml").write_text("code = ")
    with pytest.raises(RuleSetError, match=r"hong\.toml"):
        rule_sets.read_folders((COUNTRY, tmp_path, tmp_path / ".."))


def test_a_file_that_cannot_be_used_is_found_at_the_start(tmp_path, monkeypatch):
    assert rule_sets_can_be_used(None) == []
    (tmp_path / "hong.toml").write_text("code = ")
    monkeypatch.setattr(rule_sets, "COUNTRY", tmp_path)
    (error,) = rule_sets_can_be_used(None)
    assert (error.id, "hong.toml" in error.msg) == ("mobilisation.E001", True)
