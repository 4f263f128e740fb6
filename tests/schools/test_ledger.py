"""The ledger of the rolls: it balances whatever happened, and names who keeps it from balancing."""

import datetime
import random
from dataclasses import asdict

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.scope import Places
from schools.enums import ExitReason
from schools.ledger import selectors
from schools.ledger.counting import ARRIVALS, COLUMNS, DEPARTURES, MOVED_IN, MOVED_OUT
from schools.ledger.selectors import (
    DIVISIONS,
    area_ledger,
    causes_of_dropouts,
    class_ledger,
    cohort_of,
    school_ledger,
)
from schools.models import Area, Enrolment, Placement, Pupil, School, SchoolClass, Succession
from schools.pupils.services.enrolments import enrol_pupil, leave, move_class
from schools.school_records.services.decisions import Decision
from schools.school_records.services.endings import Merger, merge_schools
from tests.html_query import read
from tests.world import enrol, make_area, make_class, make_school

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
OCTOBER = datetime.date(2026, 10, 1)


def grow(world):
    """Two more schools, in both communes, of which one lies in a cluster."""
    more = make_school("12C1", "THCS C", "THCS", world.commune_a2, world.since)
    make_class(more, world.year, "6C", "THCS", "6", [f"Lò A {n}" for n in "ABCD"])
    make_class(world.school_a, world.year, "7A", "THCS", "7", [f"Giàng A {n}" for n in "ABC"])


def live(world, seed):
    """A random term through the services: moves, transfers, dropouts, returns, late starts."""
    rng = random.Random(seed)
    by = world.province_officer
    day = world.since + 5 * DAY
    while day < world.today:
        for pupil in rng.sample(list(Pupil.objects.order_by("pk")), 3):
            spell = pupil.spells.order_by("-valid_from").first()
            if spell.valid_from >= day or (spell.valid_to and spell.valid_to > day):
                continue
            others = list(SchoolClass.objects.exclude(pk=spell.school_class_id).order_by("pk"))
            if spell.valid_to is not None:
                reason = "return" if spell.exit_reason == "dropout" else rng.choice(["in", "new"])
                to = rng.choice(others)
                enrol_pupil(
                    pupil=pupil,
                    school_class=to,
                    grade=rng.choice(to.grade_list),
                    start=day,
                    reason=reason,
                    by=by,
                )
            elif rng.random() < 0.4 and (
                siblings := [each for each in others if each.school_id == spell.school_id]
            ):
                move_class(enrolment=spell, to=rng.choice(siblings), on=day, by=by)
            else:
                reason = rng.choice(["out", "dropout", "completed", "other"])
                cause = "poverty" if reason == "dropout" else ""
                leave(enrolment=spell, on=day, reason=reason, cause=cause, by=by)
        day += rng.randint(1, 6) * DAY


def slowly(spells, first, last, inside):
    """The line of some classes recounted pupil by pupil, day by day."""
    line = dict.fromkeys(COLUMNS, 0)
    by_pupil = {}
    for spell in spells:
        by_pupil.setdefault(spell.pupil_id, []).append(spell)
    names = {
        "start": "year_started",
        "in": "transferred_in",
        "new": "started_late",
        "return": "returned",
        "out": "transferred_out",
        "dropout": "dropped_out",
        "completed": "completed",
        "other": "left_otherwise",
    }
    for own in by_pupil.values():

        def there(day, own=own):
            return next((each for each in own if each.is_valid_on(day)), None)

        for column, day in (("start", first), ("end", last)):
            found = there(day)
            line[column] += found is not None and inside(found)
        day = first + DAY
        while day <= last:
            before, now = there(day - DAY), there(day)
            if before is not now:
                was_in = before is not None and inside(before)
                is_in = now is not None and inside(now)
                changed = now is not None and now.entry_reason == "class"
                if changed:
                    line[MOVED_OUT] += was_in and not is_in
                    line[MOVED_IN] += is_in and not was_in
                else:
                    if was_in:
                        line[names[before.exit_reason]] += 1
                    if is_in:
                        line[names[now.entry_reason]] += 1
            day += DAY
    return line


@pytest.mark.parametrize("seed", range(6))
def test_every_ledger_balances_and_equals_a_slow_recount(world, seed):
    grow(world)
    live(world, seed)
    rng = random.Random(seed)
    spells = list(Enrolment.objects.select_related("school_class"))
    for _period in range(3):
        first = world.since + rng.randint(0, 30) * DAY
        last = first + rng.randint(0, (world.today - first).days) * DAY
        days = {"first": first, "last": last}
        for school in School.objects.all():
            found = school_ledger(school, **days)
            assert found.balanced
            assert found.total.numbers == slowly(
                spells, first, last, lambda spell, own=school.pk: spell.school_id == own
            )
        for school_class in SchoolClass.objects.all():
            line = class_ledger(school_class, **days).total
            assert line.balanced
            assert line.numbers == slowly(
                spells, first, last, lambda spell, own=school_class.pk: spell.school_class_id == own
            )
        whole = area_ledger(world.province, **days)
        assert whole.balanced
        assert whole.total.numbers == slowly(spells, first, last, lambda spell: True)
        for by in DIVISIONS:
            divided = area_ledger(world.province, by=by, **days)
            assert divided.balanced
            for column in set(COLUMNS) - {MOVED_IN, MOVED_OUT}:
                sums = sum(row.line[column] for row in divided.groups)
                assert sums == whole.total[column] == sum(row.line[column] for row in whole.places)


def fates(spells, first, last, inside):
    """What became of each pupil of the first day, one after the other."""
    found = dict.fromkeys(["opening", "stayed", "dropped_out", "left_otherwise", "came"], 0)
    for own in spells.values():
        here = sorted((each for each in own if inside(each)), key=lambda each: each.valid_from)
        was = any(each.is_valid_on(first) for each in here)
        is_there = any(each.is_valid_on(last) for each in here)
        found["opening"] += was
        found["came"] += is_there and not was
        if was and is_there:
            found["stayed"] += 1
        elif was:
            gone = [each for each in here if each.valid_to and each.valid_to <= last][-1]
            found["dropped_out" if gone.exit_reason == "dropout" else "left_otherwise"] += 1
    return found


@pytest.mark.parametrize("seed", range(4))
def test_those_of_the_opening_are_still_here_dropped_out_or_left(world, seed):
    """The identity of letter 6622, over histories with late starts, returns and transfers."""
    grow(world)
    live(world, seed)
    spells = {}
    for spell in Enrolment.objects.select_related("school_class"):
        spells.setdefault(spell.pupil_id, []).append(spell)
    rng, came = random.Random(seed), 0
    for _day in range(3):
        last = world.today - rng.randint(0, 40) * DAY
        days = {"first": world.since + 5 * DAY, "last": last}
        places = [(area_ledger(world.province, **days), lambda spell: True)]
        for school in School.objects.all():
            own = school.pk
            places.append(
                (school_ledger(school, **days), lambda spell, own=own: spell.school_id == own)
            )
        for school_class in SchoolClass.objects.all():
            own = school_class.pk
            places.append(
                (
                    class_ledger(school_class, **days),
                    lambda spell, own=own: spell.school_class_id == own,
                )
            )
        for ledger, inside in places:
            cohort = cohort_of(ledger)
            assert cohort.balanced
            assert asdict(cohort) == fates(spells, **days, inside=inside)
            assert cohort.stayed + cohort.came == ledger.total["end"]
            came += cohort.came
    assert came


def test_the_page_offers_the_day_of_the_letter(world, sign_in):
    spell = world.class_a.spells.order_by("pk")[0]
    leave(enrolment=spell, on=OCTOBER, reason="dropout", cause="poverty", by=world.head_a)
    url = reverse("schools:ledger_school", args=[world.school_a.pk])
    client = sign_in(world.head_a)
    page = read(client.get(url))
    offered = page.one(".page-head__aside a.button").get("href")
    # The 15th has not come yet.
    assert offered == f"{url}?from={world.since}&to={world.today}"
    said = read(client.get(offered)).text
    roll = Enrolment.objects.filter(school=world.school_a).count()
    assert f"{roll} khi khai giảng = {roll - 1} em còn học + 1 bỏ học + 0 giảm lý do khác" in said
    assert "khi khai giảng" not in read(client.get(f"{url}?from={OCTOBER}&to={world.today}")).text


@pytest.mark.parametrize("seed", range(3))
def test_a_reorganisation_of_units_moves_no_pupil(world, seed):
    """Two communes become one on a day in the period: before and after, the same sums."""
    grow(world)
    live(world, seed)
    middle, last = OCTOBER, world.today
    before = area_ledger(world.province, first=world.since, last=middle - DAY)
    joined = make_area(3, "xa", "03999", "Gộp", world.province, valid_from=middle)
    for old in (world.commune_a, world.commune_a2):
        Area.objects.filter(pk=old.pk).update(valid_to=middle)
        Succession.objects.create(old=old, new=joined, effective_on=middle, decree="NQ 1")
        for place in Placement.objects.filter(commune=old):
            Placement.objects.filter(pk=place.pk).update(valid_to=middle)
            Placement.objects.create(school=place.school, commune=joined, valid_from=middle)
    assert area_ledger(world.province, first=world.since, last=middle - DAY) == before
    old = [
        area_ledger(each, first=world.since, last=middle - DAY).total["end"]
        for each in (world.commune_a, world.commune_a2)
    ]
    new = area_ledger(joined, first=middle - DAY, last=last)
    assert new.balanced
    assert new.total["start"] == sum(old)
    whole = area_ledger(world.province, first=world.since, last=last)
    assert whole.balanced
    for column in (*ARRIVALS, *DEPARTURES, "start", "end"):
        assert sum(row.line[column] for row in whole.places) == whole.total[column]


def test_schools_merged_in_the_period_hand_their_pupils_over(world):
    other = make_school("12M1", "THCS M", "THCS", world.commune_a, world.since)
    make_class(other, world.year, "8M", "THCS", "8", ["Lò A Một", "Lò A Hai"])
    merger = Merger(first=world.school_a, others=[other], name="TH&THCS A Một")
    merge_schools(merger=merger, decision=Decision(on=world.today), by=world.province_officer)
    days = {"first": OCTOBER, "last": world.today}
    gone, kept = school_ledger(other, **days), school_ledger(world.school_a, **days)
    assert gone.balanced
    assert kept.balanced
    assert (gone.total["start"], gone.total[MOVED_OUT], gone.total["end"]) == (2, 2, 0)
    assert kept.total[MOVED_IN] == 2
    commune = area_ledger(world.commune_a, **days)
    assert commune.balanced
    assert (commune.total[MOVED_IN], commune.total[MOVED_OUT]) == (0, 0)


def broken(world):
    """A pupil who changed class and is in no other one."""
    spell = world.class_a.spells.order_by("pk")[0]
    spell.valid_to, spell.exit_reason = world.today - DAY, ExitReason.CLASS_CHANGE
    spell.save()
    return spell


def test_half_a_change_of_class_is_an_imbalance_with_the_pupil_named(world):
    spell = broken(world)
    days = {"first": OCTOBER, "last": world.today}
    found = area_ledger(world.commune_a, **days)
    assert not found.balanced
    assert (found.total.difference, found.total.loose) == (-1, 1)
    inside = found.inside
    everything = Places(world.today, areas=frozenset({world.commune_a.pk}))
    assert selectors.unexplained(inside, readable=everything, **days) == ([spell], 0)
    assert selectors.unexplained(inside, readable=Places(), **days) == ([], 1)
    # A week later the pupil is in another class: the sums agree, a week is not explained.
    enrol(spell.pupil, world.class_a12, world.today, 1, entry_reason="class")
    found = area_ledger(world.commune_a, **days)
    assert (found.balanced, found.total.difference, found.total.loose) == (False, 0, 2)


def test_as_many_queries_for_many_schools_as_for_few(world):
    days = {"first": OCTOBER, "last": world.today, "by": "ethnic"}

    def queries():
        with CaptureQueriesContext(connection) as found:
            area_ledger(world.province, **days)
        return len(found)

    few = queries()
    for number in range(9):
        school = make_school(f"12Q{number}", f"TH {number}", "TH", world.commune_b, world.since)
        make_class(school, world.year, "1A", "TH", "1", ["Lò A Một", "Lò A Hai"])
    assert queries() == few <= 12


# --- The page and the API ----------------------------------------------------------------------


def test_dropouts_are_counted_under_each_of_their_causes(world, client):
    spells = list(world.class_a.spells.filter(valid_to=None).order_by("pk")[:3])
    told = [("poverty", ["tet", "marriage"]), ("tet", ["work"]), ("other", [])]
    for spell, (cause, further) in zip(spells, told, strict=True):
        leave(
            enrolment=spell, on=world.today, reason="dropout", cause=cause, further=further,
            by=world.head_a,
        )  # fmt: skip
    first, last = world.year.valid_from, world.today
    found = causes_of_dropouts(Q(school=world.school_a), first=first, last=last)
    assert [(each.cause, each.pupils) for each in found] == [("other", 3), ("poverty", 1)]
    assert found[0].parts == [("marriage", 1), ("work", 1), ("tet", 2)]
    assert causes_of_dropouts(Q(school=world.school_b), first=first, last=last) == []
    client.force_login(world.head_a)
    url = reverse("schools:ledger_school", args=[world.school_a.pk])
    text = read(client.get(url)).text
    assert "Vì sao học sinh bỏ học" in text
    assert "Khác: 3 Tảo hôn 1, Đi làm hoặc theo bố mẹ 1, Nghỉ sau Tết 2" in text


def test_the_page_says_that_it_balances_or_who_is_missing(world, client):
    url = reverse("schools:ledger_school", args=[world.school_a.pk])
    client.force_login(world.head_a)
    page = client.get(url, {"by": "grade"}).content.decode()
    assert "Số liệu khớp" in page
    spell = broken(world)
    page = client.get(url).content.decode()
    assert "Chưa khớp" in page
    assert spell.pupil.full_name in page
    client.force_login(world.district_officer)
    page = client.get(url).content.decode()
    assert "Chưa khớp" in page
    assert spell.pupil.full_name not in page


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-10-10", "to": "2026-10-01"},
        {"from": "x"},
        {"to": "2999-01-01"},
        {"by": "name"},
    ],
)
def test_a_period_that_cannot_be_is_refused_in_a_sentence(world, client, query):
    client.force_login(world.head_a)
    url = reverse("schools:ledger_school", args=[world.school_a.pk])
    answer = client.get(url, query)
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()


def test_the_api_tells_the_causes_each_pupil_under_all_of_its_own(world, client):
    first, second = Enrolment.objects.filter(school_class=world.class_a).order_by("pk")[:2]
    for spell, main, further in ((first, "poverty", "work,tet"), (second, "tet", "")):
        spell.valid_to, spell.exit_reason = world.today, "dropout"
        spell.dropout_cause, spell.further_causes = main, further
        spell.save()
    client.force_login(world.head_a)
    asked = {"school": world.school_a.pk, "from": "2026-09-01", "to": str(world.today)}
    answer = client.get(reverse("api:ledger"), asked).json()
    assert answer["total"]["dropped_out"] == 2
    assert answer["causes"] == [
        {
            "cause": "other",
            "pupils": 2,
            "parts": [{"cause": "work", "pupils": 1}, {"cause": "tet", "pupils": 2}],
        },
        {"cause": "poverty", "pupils": 1, "parts": []},
    ]
    nobody_left = client.get(reverse("api:ledger"), asked | {"to": "2026-09-05"}).json()
    assert nobody_left["causes"] == []


def test_the_api_answers_every_column_and_whether_it_balances(world, client):
    client.force_login(world.province_officer)
    asked = {"area": world.commune_a.code, "from": "2026-09-01", "to": str(world.today)}
    answer = client.get(reverse("api:ledger"), asked | {"by": "sex"}).json()
    assert set(COLUMNS) | {"balanced", "difference"} <= set(answer["total"])
    assert answer["balanced"] is True
    assert [row["code"] for row in answer["places"]] == [world.school_a.code]
    assert sum(row["end"] for row in answer["groups"]) == answer["total"]["end"] == 10
    for wrong in (
        asked | {"to": "2026-08-01"},
        asked | {"by": "name"},
        {"from": "2026-09-01", "to": "2026-10-01"},
        asked | {"to": "2999-01-01"},
    ):
        assert client.get(reverse("api:ledger"), wrong).status_code == 400
    assert client.get(reverse("api:ledger"), asked | {"area": "99999"}).status_code == 404


def test_the_api_puts_areas_alone_on_the_map_of_another_day(world, client):
    days = {"from": "2026-09-01", "to": "2026-10-12", "map": "2026-09-15"}
    client.force_login(world.province_officer)
    for place in ({"school": world.school_a.pk}, {"class": world.class_a.pk}):
        answer = client.get(reverse("api:ledger"), days | place)
        assert answer.status_code == 400
        assert "Chỉ đơn vị hành chính" in answer.content.decode()
    assert client.get(reverse("api:ledger"), days | {"area": "12"}).status_code == 200
