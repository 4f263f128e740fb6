"""What was filed under a unit that ended is read by those who hold what followed (ADR 32).

A random tree is reorganised by several decrees: units renamed, merged, divided, moved and
abolished, codes taken over by other territory. Under every unit something of every kind is
filed; a slow oracle, which follows each piece of territory forward by hand, says who reads it.
"""

import datetime
import random
from collections import defaultdict
from itertools import count

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from accounts.scoping import scope_for
from attendance.calendar.selectors.closures import closure_in, closures_seen, frame_in, frames_seen
from attendance.models import CalendarRule, Closure, Reopening, YearFrame
from attendance.reopenings.selectors import asked_or_answered, to_close, to_decide
from core.permissions import Permission as P
from inspections.models import (
    Assignment,
    Committee,
    InspectionPlan,
    Member,
    Recommendation,
    Visit,
)
from inspections.selectors.plans import plan_in, plans_in
from inspections.selectors.visits import visits_seen_by
from reports.models import Flag, ReportRun, Target
from reports.selectors.targets import targets_past
from schools.areas.selectors.tree import AreaTree
from schools.models import Area, ClusterMembership, Placement, School, SchoolYear
from schools.reorganisations.services import reorganise
from tests.html_query import read
from tests.schools.decrees import decree, line
from tests.world import make_area, make_school, make_user

pytestmark = pytest.mark.django_db

BEGUN = datetime.date(2019, 1, 1)
DECREES = [
    datetime.date(2020, 3, 1),
    datetime.date(2021, 9, 1),
    datetime.date(2024, 1, 1),
    datetime.date(2025, 7, 1),
]
REGROUPED = datetime.date(2026, 3, 1)
# Filed under areas; each is looked at below. One that is added must be put here and there.
FILED = {
    ("accounts", "rolegrant"): "a grant ends with its area, see accounts.scoping",
    ("attendance", "calendarrule"): "no page shows the weekly patterns",
    ("attendance", "closure"): None,
    ("attendance", "historicalclosure"): "shown nowhere",
    ("attendance", "historicalyearframe"): "shown nowhere",
    ("attendance", "historicalcalendarrule"): "shown nowhere",
    ("attendance", "periodlock"): "no page shows the locks",
    ("attendance", "reopening"): None,
    ("attendance", "yearframe"): None,
    ("inspections", "actionitem"): "read where its place is now, see inspections/action_plans",
    ("inspections", "actionplan"): "read where its area is now, see inspections/action_plans",
    ("inspections", "assignment"): None,
    ("inspections", "committee"): None,
    ("inspections", "inspectionplan"): None,
    ("inspections", "visit"): None,
    ("mobilisation", "campaign"): "read where its commune is now, see mobilisation/test_campaigns",
    ("mobilisation", "childcase"): "followed where its commune is now, see mobilisation/test_cases",
    ("mobilisation", "household"): "names: only where the commune is",
    (
        "mobilisation",
        "assignednumber",
    ): "a number of a commune or school and year, shown with the rate",
    ("mobilisation", "literacytotal"): "figures of a commune and year: the page of standards",
    ("mobilisation", "surveyimport"): "an upload is its commune's, for a day",
    ("mobilisation", "surveyround"): "the next round is carried on, see test_survey_import",
    ("reports", "classcoverage"): "figures: the pages of areas",
    ("reports", "classmonth"): "figures: the pages of areas",
    ("reports", "schoolmonth"): "figures: the pages of areas",
    ("reports", "flag"): None,
    ("reports", "issuedpaper"): "an office that ended issues no more; found by its code",
    ("reports", "monthassessment"): "a step of the month's path: the page of its area",
    ("reports", "publication"): "frozen; found by its code and its area's page",
    ("reports", "publicationreceipt"): "of a publication: its page",
    ("reports", "reportrun"): None,
    ("reports", "target"): None,
    ("schools", "area"): "the tree itself",
    ("schools", "areaboundary"): "drawn with the area it belongs to",
    ("schools", "areadesignation"): "shown nowhere",
    ("schools", "clustermembership"): "the tree itself",
    ("schools", "historicalpupil"): "names: only where the class is",
    ("schools", "historicalsite"): "shown nowhere",
    ("schools", "placement"): "where a school lies: the pages of schools",
    ("schools", "pupil"): "names: only where the class is",
    ("schools", "site"): "a site is its school's",
    ("schools", "succession"): "the tree itself",
}


def test_every_model_filed_under_areas_is_known():
    filed = {
        (model._meta.app_label, model._meta.model_name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is Area
    }
    assert filed <= set(FILED)


def dates(day):
    """The dates of a decree that is in force from a day."""
    return {"decided_on": f"{day:%d/%m/%Y}", "effective_on": f"{day:%d/%m/%Y}"}


class Land:
    """The units of a province while decrees change them; codes are taken over by others."""

    def __init__(self, seed):
        self.rng, self.numbers = random.Random(seed), count(1)
        self.next = defaultdict(set)
        self.province = make_area(1, "tinh", "12", "Tỉnh Mẫu", valid_from=BEGUN)
        self.districts = [self.unit(2, self.province, BEGUN) for _ in range(self.few(2, 3))]
        self.communes = [
            self.unit(3, each, BEGUN) for each in self.districts for _ in range(self.few(2, 3))
        ]
        self.schools = [
            make_school(f"T{each.pk}", f"Trường {each.name}", "THCS", each, BEGUN)
            for each in self.communes
        ]

    def few(self, least, most):
        return self.rng.randint(least, most)

    def unit(self, level, parent, start, code=None):
        kind, number = {2: "huyen", 3: "xa"}[level], next(self.numbers)
        code = code or f"{level}{number:04}"
        return make_area(level, kind, code, f"Mẫu {number}", parent, valid_from=start)

    def close_a_school(self, day):
        self.closed_school = self.rng.choice(self.schools)
        School.objects.filter(pk=self.closed_school.pk).update(valid_to=day)
        Placement.objects.filter(school=self.closed_school, valid_to=None).update(valid_to=day)

    def decree(self, day, *, last):
        """Some districts go (at last all), with their communes and some others."""
        rng = self.rng
        gone = [each for each in self.districts if last or rng.random() < 0.3]
        if not last and len(gone) == len(self.districts):
            gone.pop()
        stay = [each for each in self.districts if each not in gone]
        moved = [each for each in self.communes if each.parent in gone]
        kept = [each for each in self.communes if each not in moved]
        rng.shuffle(kept)
        reformed = moved + kept[: self.few(0, len(kept))]
        self.communes = [each for each in self.communes if each not in reformed]
        lines = [line(each.code, about="huyện") for each in gone]
        rng.shuffle(reformed)
        codes = [area.code for area in reformed]
        rng.shuffle(codes)
        parts = {}
        while reformed:
            old = [reformed.pop() for _ in range(min(len(reformed), rng.choice([1, 1, 2, 3])))]
            parent = self.province if last else rng.choice(stay)
            for _part in range(rng.choice([1, 1, 2])):
                number = next(self.numbers)
                code = codes.pop() if codes else f"3{number:04}"
                parts[code] = old
                lines += [
                    line(each.code, code, name=f"Mẫu {number}", kind="xã", parent=parent.code)
                    for each in old
                ]
        lines += self.schools_of_divided(parts, day)
        if not lines:
            return
        rng.shuffle(lines)
        reorganise(decree=decree(lines, number=f"NQ {day.year}", **dates(day)), by=None)
        self.districts = stay
        for code, old in parts.items():
            new = Area.objects.get(level=3, code=code, valid_from=day)
            self.communes.append(new)
            for each in old:
                self.next[each.pk].add(new.pk)

    def schools_of_divided(self, parts, day):
        """Lines that place each school of a commune which goes into several."""
        choices = defaultdict(list)
        for code, olds in parts.items():
            for each in olds:
                choices[each.pk].append(code)
        return [
            line(
                placed.school.code,
                about="trường",
                parent=self.rng.choice(choices[placed.commune_id]),
            )
            for placed in Placement.objects.on(day).select_related("school").order_by("pk")
            if len(choices[placed.commune_id]) > 1
        ]

    def cluster(self, code, name, communes, start, end=None):
        found = make_area(2, "cum", code, name, self.province, valid_from=start, valid_to=end)
        for each in communes:
            ClusterMembership.objects.create(
                cluster=found, commune=each, valid_from=start, valid_to=end
            )
        return found


def reorganised(seed):
    """A province after four decrees, and a cluster that was given up for another."""
    w = Land(seed)
    for day in DECREES:
        if day == DECREES[1]:
            w.close_a_school(day)
        w.decree(day, last=day == DECREES[-1])
    w.rng.shuffle(w.communes)
    half = w.communes[: max(1, len(w.communes) // 2)]
    w.cluster("C2", "Cụm Cũ", w.communes[:2], DECREES[-1], REGROUPED)
    w.now = w.cluster("C1", "Cụm Mẫu", half, REGROUPED)
    w.ended = list(Area.objects.exclude(valid_to=None).order_by("pk"))
    own, other = half[0], w.communes[-1]
    w.people = {
        "province": make_user("p", "Ông Tỉnh", "province_officer", since=BEGUN, area=w.province),
        "cluster": make_user("d", "Ông Cụm", "district_officer", since=BEGUN, area=w.now),
        "member": make_user("m", "Ông Xã", "commune_officer", since=BEGUN, area=own),
        "other": make_user("o", "Bà Xã", "commune_officer", since=BEGUN, area=other),
    }
    w.holds = {
        "province": {each.pk for each in w.communes},
        "cluster": {each.pk for each in half},
        "member": {own.pk},
        "other": {other.pk},
    }
    return w


def lands(w, commune_id):
    """Communes of today on which the territory of a commune of the past lies."""
    if not w.next[commune_id]:
        return {commune_id}
    return {here for following in w.next[commune_id] for here in lands(w, following)}


def oracle(w, person, area):
    """Whether somebody reads what was filed under a unit that ended, told piece by piece."""
    if person == "province":
        return True
    held = w.holds[person]
    if area.level == 3:
        return bool(lands(w, area.pk) & held)
    day = area.valid_to - datetime.timedelta(days=1)
    parts = {each.pk for each in AreaTree.on(day).communes(area.pk)}
    return bool(parts) and all(lands(w, part) & held for part in parts)


def file_everything(w):
    """One of each kind under every unit that ended; returns dict kind -> {pk: area}."""
    filed = defaultdict(dict)
    office = w.people["province"]
    w.year = SchoolYear.objects.create(
        code="2018-2019", valid_from=datetime.date(2018, 8, 1), valid_to=datetime.date(2019, 8, 1)
    )
    SchoolYear.objects.create(
        code="2026-2027", valid_from=datetime.date(2026, 8, 1), valid_to=datetime.date(2027, 8, 1)
    )
    CalendarRule.objects.create(
        area=w.province, morning="1111111", afternoon="1111111", valid_from=BEGUN
    )
    for area in w.ended:
        month = (area.valid_to - datetime.timedelta(days=1)).replace(day=1)
        plan = InspectionPlan.objects.create(
            area=area,
            month=month,
            based_on=month,
            capacity=3,
            state="approved",
            drafted_by=office,
            approved_by=office,
            approved_at=timezone.now(),
        )
        filed["plan"][plan.pk] = area
        target = Target.objects.create(
            indicator="attendance", area=area, percent=90, valid_from=month, source=f"QĐ {area.pk}"
        )
        filed["target"][target.pk] = area
        closure = Closure.objects.create(
            area=area,
            reason="flood",
            valid_from=month,
            valid_to=month + datetime.timedelta(days=2),
        )
        filed["closure"][closure.pk] = area
        frame = YearFrame.objects.create(
            area=area, year=w.year, valid_from=w.year.valid_from, valid_to=w.year.valid_to
        )
        filed["frame"][frame.pk] = area
        reopening = Reopening.objects.create(
            area=area,
            reason="Mạng hỏng",
            asked_by=office,
            asked_at=timezone.now(),
            decided_by=office,
            decided_at=timezone.now(),
            valid_from=month,
            valid_to=month + datetime.timedelta(days=2),
        )
        filed["reopening"][reopening.pk] = area
        committee = Committee.objects.create(
            area=area, name=f"Ban chỉ đạo {area.pk}", valid_from=area.valid_from
        )
        filed["committee"][committee.pk] = area
        for name, person in w.people.items():
            run = ReportRun.objects.create(
                kind="monthly",
                area=area,
                month=month,
                made_by=person,
                state="done",
                finished_at=timezone.now(),
            )
            filed["run", name][run.pk] = area
        if area.level == 3:
            flag = Flag.objects.create(
                commune=area,
                level="THCS",
                month=month,
                indicator="attendance",
                rule="watch",
                written_reason=f"Cờ {area.pk}.",
            )
            filed["flag"][flag.pk] = area
            member = Member.objects.create(
                committee=committee, full_name=f"Thành viên {area.pk}", valid_from=area.valid_from
            )
            Assignment.objects.create(
                committee=committee, member=member, commune=area, valid_from=area.valid_from
            )
            above = InspectionPlan.objects.filter(area_id=area.parent_id).first()
            for of in filter(None, [plan, above]):
                visit = Visit.objects.create(
                    plan=of,
                    commune=area,
                    rank=area.pk,
                    reason="Thấp",
                    state="done",
                    result="Đã đến",
                    visited_on=month,
                    recorded_by=office,
                    recorded_at=timezone.now(),
                )
                filed["visit"][visit.pk] = (of.area, area)
                Recommendation.objects.create(
                    visit=visit,
                    owner="Ủy ban nhân dân xã",
                    text=f"Sửa đường {visit.pk}",
                    due_on=month,
                )
    return filed


def seen_of(filed, kind, w, person):
    return {pk for pk, area in filed[kind].items() if oracle(w, person, area)}


def visits_of(filed, w, person):
    """Visits whose plan somebody reads, or whose commune, when the plan's unit has ended."""
    return {
        pk
        for pk, (of, commune) in filed["visit"].items()
        if (of.valid_to and oracle(w, person, of))
        or (of.valid_to and oracle(w, person, commune))
        or (not of.valid_to and person == "province")
    }


@pytest.fixture
def w(seed, db, today):
    return reorganised(seed)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("person", ["province", "cluster", "member", "other"])
def test_selectors_answer_as_the_oracle(w, person):
    filed = file_everything(w)
    user = w.people[person]
    scope = scope_for(user)

    def ids(rows):
        return {row.pk for row in rows}

    def mine(kind):
        return seen_of(filed, kind, w, person)

    for area in w.ended:
        read_here = area.pk in scope.places_to_read(P.VIEW_FIGURES).areas
        assert read_here == oracle(w, person, area), area
    flags = scope.places_to_read(P.VIEW_FLAGS)
    assert ids(Flag.objects.filter(commune_id__in=flags.areas)) == mine("flag")
    closures = ids(closures_seen(scope)) & set(filed["closure"])
    # Those of units above are shown as well: they held for the territory.
    assert mine("closure") <= closures
    assert ids(frames_seen(scope, w.year)) >= mine("frame")
    for pk in filed["closure"]:
        assert closure_in(scope.places(P.MANAGE_CALENDAR), pk) is None, "reading is not writing"
    for frame in frames_seen(scope, w.year):
        assert not frame.is_own
        assert frame_in(scope.places(P.MANAGE_CALENDAR), frame.pk) is None
    assert ids(asked_or_answered(scope)) == mine("reopening") | (
        set(filed["reopening"]) if person == "province" else set()
    )
    assert not to_decide(scope).exists()
    if person != "province":
        assert not to_close(scope).exists()
    if person in ("province", "cluster"):
        plans = scope.places_to_read(P.VIEW_PLANS)
        assert ids(plans_in(plans)) == mine("plan")
        assert not any(plan_in(scope.places(P.DRAFT_PLANS), pk) for pk in filed["plan"])
        assert ids(visits_seen_by(user, scope)) == visits_of(filed, w, person)
    if person == "province":
        past = targets_past(scope.places_to_read(P.MANAGE_TARGETS), on=scope.date)
        assert ids(past) == set(filed["target"])


PEOPLE = [("province", 1), ("cluster", 2), ("member", 3)]


@pytest.mark.parametrize(("person", "seed"), PEOPLE)
def test_pages_of_figures_flags_and_closures_answer_as_the_oracle(w, person, sign_in):
    filed, client = file_everything(w), sign_in(w.people[person])
    for area in w.ended:
        wanted = 200 if oracle(w, person, area) else 404
        for query in ("", "?map=then") if area.pk % 3 == 0 else ("",):
            page = client.get(reverse("reports:area", args=[area.pk]) + query)
            assert page.status_code == wanted, area
    mine = seen_of(filed, "flag", w, person)
    for pk, area in filed["flag"].items():
        month = Flag.objects.get(pk=pk).month
        page = client.get(reverse("reports:flags") + f"?month={month:%Y-%m}")
        assert (f"Cờ {area.pk}." in read(page).one("main").text) == (pk in mine)
        listed = client.get(f"/api/v1/flags/?month={month:%Y-%m}").json()["results"]
        assert (pk in {row["id"] for row in listed}) == (pk in mine)
    for pk in seen_of(filed, "closure", w, person):
        assert client.get(reverse("attendance:closure", args=[pk])).status_code == 200
    for pk in filed["closure"]:
        assert client.get(reverse("attendance:closure_remove", args=[pk])).status_code == 404
    last = w.closed_school.placements.order_by("-valid_from").first().commune
    wanted = oracle(w, person, last) if last.valid_to else last.pk in w.holds[person]
    page = client.get(reverse("reports:school", args=[w.closed_school.pk]))
    assert page.status_code == (200 if wanted else 404)


@pytest.mark.parametrize(("person", "seed"), PEOPLE)
def test_each_thing_filed_opens_for_those_the_oracle_names(w, person, sign_in):
    filed, client = file_everything(w), sign_in(w.people[person])
    pages = {("run", person): "reports:run"}
    if person != "member":
        pages |= {"plan": "inspections:plan", "committee": "inspections:committee"}
    for kind, name in pages.items():
        mine = seen_of(filed, kind, w, person)
        for pk in filed[kind]:
            status = client.get(reverse(name, args=[pk])).status_code
            assert status == (200 if pk in mine else 404), (kind, pk)


@pytest.mark.parametrize(("person", "seed"), PEOPLE[:2])
def test_visits_and_recommendations_open_for_those_the_oracle_names(w, person, sign_in):
    filed, client = file_everything(w), sign_in(w.people[person])
    mine = visits_of(filed, w, person)
    for pk in filed["visit"]:
        page = client.get(reverse("inspections:visit", args=[pk]))
        assert page.status_code == (200 if pk in mine else 404), pk
        if pk in mine:
            assert f"Sửa đường {pk}" in read(page).one("main").text
    answer = client.get("/api/v1/inspections/?page_size=500").json()
    assert {row["id"] for row in answer["results"]} == mine
