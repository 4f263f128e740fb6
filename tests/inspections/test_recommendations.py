"""Recommendations as offices follow them: the list, its file, and what is overdue below."""

import datetime
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.scoping import scope_for
from core.models import Event, Notification, Rule
from core.months import Month
from inspections.actions import answer_recommendations
from inspections.models import Assignment, InspectionPlan, Recommendation, Visit
from inspections.notifications import RECOMMENDATIONS_OVERDUE
from inspections.papers.remedy_papers import remedies
from inspections.recommendations import selectors, views
from inspections.recommendations.services import escalate
from inspections.recommendations.suggestions import overdue_below
from inspections.selectors.my_communes import my_communes
from inspections.selectors.visits import recommendations_told_to
from inspections.services.visits import reopen_recommendation
from inspections.tasks import escalate_recommendations
from inspections.visit_report.selectors import visits_of_period
from schools.models import Area, ClusterMembership, Succession
from tests.html_query import read
from tests.inspections.conftest import add_communes
from tests.world import make_user

pytestmark = pytest.mark.django_db
D = datetime.date
DAY = datetime.timedelta(days=1)
LIST = "inspections:recommendation_list"


def plan_of(area, by):
    plan, _made = InspectionPlan.objects.get_or_create(
        area=area,
        month=D(2026, 9, 1),
        defaults={
            "based_on": D(2026, 9, 1),
            "capacity": 1,
            "drafted_by": by,
            "state": "approved",
            "approved_by": by,
            "approved_at": timezone.now(),
        },
    )
    return plan


def recommend(world, commune, *, plan=None, **more):
    """A recommendation of a visit of September, by default in a plan of the province."""
    plan = plan or plan_of(world.province, world.province_officer)
    visit, _made = Visit.objects.get_or_create(
        plan=plan,
        commune=commune,
        defaults={
            "rank": plan.visits.count() + 1,
            "reason": "Thấp",
            "member": world.member,
            "planned_on": D(2026, 9, 15),
            "state": "done",
            "visited_on": D(2026, 9, 15),
            "result": "Đủ",
            "recorded_by": world.member_user,
            "recorded_at": timezone.now(),
        },
    )
    values = {"text": "Vận động học sinh", "owner": "Chủ tịch xã", "due_on": world.today}
    return Recommendation.objects.create(visit=visit, **values | more)


def answered(world, commune, **more):
    return recommend(
        world,
        commune,
        **{
            "state": "answered",
            "remedy": "Đã họp",
            "remedied_on": world.today,
            "answered_by": world.commune_officer,
            "answered_at": timezone.now(),
        }
        | more,
    )


def listed(client, query=""):
    """(Tree of the page, texts of the recommendations it lists)."""
    answer = client.get(reverse(LIST) + query)
    assert answer.status_code == 200
    tree = read(answer)
    rows = tree.select("main section ul.list li")
    return tree, [row.select("p")[1].text.split()[0] for row in rows]


# --- The list --------------------------------------------------------------------------------


def test_each_office_follows_its_communes_and_its_own_plans(world, sign_in):
    of_cluster = plan_of(world.cluster, world.district_officer)
    recommend(world, world.commune_a, text="Một")
    recommend(world, world.commune_a2, text="Hai", plan=of_cluster)
    recommend(world, world.commune_b, text="Ba")
    for who, seen, opened in (
        ("province_officer", ["Một", "Hai", "Ba"], 3),
        # The province's visit of commune A is told without the way to the province's plan.
        ("district_officer", ["Một", "Hai"], 1),
    ):
        tree, texts = listed(sign_in(getattr(world, who)), "?order=commune")
        assert sorted(texts) == sorted(seen), who
        assert len(tree.select("main li strong a")) == opened, who


@pytest.mark.parametrize("who", ["commune_officer", "head_a", "member_user", "system_admin"])
def test_it_is_closed_to_who_follows_none(world, sign_in, who):
    assert sign_in(getattr(world, who)).get(reverse(LIST)).status_code == 403


def test_tabs_say_how_each_stands(world, sign_in):
    recommend(world, world.commune_a, text="Mới", due_on=world.today)
    recommend(world, world.commune_a, text="Muộn", due_on=world.today - DAY)
    recommend(world, world.commune_a, text="Lâu", due_on=D(2026, 9, 20))
    recommend(world, world.commune_a, text="Lại", reopened_at=timezone.now())
    answered(world, world.commune_a, text="Đáp", due_on=world.today + 9 * DAY)
    recommend(world, world.commune_a, text="Xong", state="done", done_on=world.today)
    client = sign_in(world.district_officer)
    tree, texts = listed(client)
    assert tree.texts(".segments a") == [
        "Chưa xong (5)",
        "Quá hạn (2)",
        "Quá hạn lâu (1)",
        "Chờ xác nhận (1)",
        "Mở lại (1)",
        "Đã thực hiện (1)",
    ]
    # What waits for the office comes first, then what is due soonest.
    assert texts == ["Đáp", "Lâu", "Muộn", "Mới", "Lại"]
    expected = {
        "overdue": ["Lâu", "Muộn"],
        "raised": ["Lâu"],
        "answered": ["Đáp"],
        "reopened": ["Lại"],
        "done": ["Xong"],
        "no-such": ["Đáp", "Lâu", "Muộn", "Mới", "Lại"],
    }
    for show, wanted in expected.items():
        assert listed(client, f"?show={show}")[1] == wanted, show
    tree, _texts = listed(client, "?show=raised")
    row = tree.one("main section ul.list li").text
    assert "Quá hạn đã lâu: đã báo lên Tỉnh Lai Châu" in row
    # Once, where other recommendations say how they stand.
    assert row.casefold().count("quá hạn 22 ngày") == 1


def test_it_is_searched_filtered_and_sorted(world, sign_in):
    recommend(world, world.commune_a, text="Nộp sổ", kind="registers", due_on=D(2026, 11, 1))
    recommend(world, world.commune_b, text="Bếp bán trú", owner="Hiệu trưởng", kind="boarding")
    client = sign_in(world.province_officer)
    for query, wanted in {
        "?text=nop so": ["Nộp"],
        "?text=HIEU truong": ["Bếp"],
        "?text=khong co": [],
        "?kind=boarding": ["Bếp"],
        f"?area={world.cluster.pk}": ["Nộp"],
        f"?area={world.commune_b.pk}": ["Bếp"],
        "?order=commune": ["Nộp", "Bếp"],
        "?order=due": ["Bếp", "Nộp"],
        "?area=999999&kind=x&order=y": ["Bếp", "Nộp"],
    }.items():
        assert listed(client, query)[1] == wanted, query
    tree, _texts = listed(client, "?text=khong co")
    assert tree.texts(".empty__title") == ["Không có kiến nghị phù hợp"]


def test_it_is_chosen_and_ordered_by_severity(world, sign_in):
    for text, severity in (("Nhẹ", "light"), ("Nặng", "serious"), ("Chưa", ""), ("Vừa", "notable")):
        recommend(world, world.commune_a, text=text, severity=severity)
    client = sign_in(world.province_officer)
    for query, wanted in {
        "?severity=serious": ["Nặng"],
        "?severity=none": ["Chưa"],
        "?severity=awful": ["Nhẹ", "Nặng", "Chưa", "Vừa"],
        "?order=severity": ["Nặng", "Vừa", "Nhẹ", "Chưa"],
        "?severity=notable&area=x": ["Vừa"],
    }.items():
        assert listed(client, query)[1] == wanted, query
    file = client.get(reverse("inspections:recommendation_list_excel") + "?severity=serious")
    lines = CalamineWorkbook.from_filelike(io.BytesIO(file.content)).get_sheet_by_index(0)
    assert [line[4:6] for line in lines.to_python()[3:]] == [["Nghiêm trọng", "Nặng"]]


def test_a_long_list_is_paged(world, sign_in):
    for _each in range(views.PER_PAGE + 1):
        recommend(world, world.commune_a)
    client = sign_in(world.province_officer)
    assert len(listed(client)[1]) == views.PER_PAGE
    assert len(listed(client, "?page=2")[1]) == 1


def test_the_office_of_the_plan_confirms_from_the_list(world, sign_in):
    row = answered(world, world.commune_a)
    for who, offered in (("province_officer", True), ("district_officer", False)):
        tree, _texts = listed(sign_in(getattr(world, who)))
        urls = [a.get("href") for a in tree.select("main section a.button")]
        assert (reverse("inspections:recommendation_done", args=[row.pk]) in urls) == offered, who


def test_the_file_holds_what_the_page_shows(world, sign_in):
    recommend(world, world.commune_a, text="Nộp sổ", due_on=world.today - DAY, severity="serious")
    answered(world, world.commune_b, text="=1+1", school=world.school_b)
    client = sign_in(world.province_officer)
    answer = client.get(reverse("inspections:recommendation_list_excel") + "?show=unfinished")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    lines = book.get_sheet_by_index(0).to_python()[3:]
    assert [(line[0], line[4], line[5], line[8]) for line in lines] == [
        ("Xã B Một", "", "=1+1", "Đã trả lời, chờ xác nhận"),
        ("Xã A Một", "Nghiêm trọng", "Nộp sổ", "quá hạn 1 ngày"),
    ]
    assert lines[0][9:12] == ["Đã họp", "12/10/2026", str(world.commune_officer)]


def test_a_file_has_its_limit(world, sign_in, monkeypatch):
    monkeypatch.setattr(views, "MOST_EXPORTED", 1)
    recommend(world, world.commune_a)
    recommend(world, world.commune_a)
    answer = sign_in(world.province_officer).get(
        reverse("inspections:recommendation_list_excel") + "?order=commune"
    )
    assert answer.url == f"{reverse(LIST)}?order=commune"


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize(
    ("name", "who", "ceiling"),
    [
        ("recommendation_list", "province_officer", 20),
        ("recommendation_list", "district_officer", 20),
        ("recommendation_list_excel", "province_officer", 16),
    ],
)
def test_queries_do_not_grow_with_rows(
    world, sign_in, django_assert_max_num_queries, name, who, ceiling, count
):
    for commune in [world.commune_a, world.commune_a2, *add_communes(world, count)]:
        recommend(world, commune, due_on=D(2026, 9, 16))
        answered(world, commune)
    client = sign_in(getattr(world, who))
    with django_assert_max_num_queries(ceiling):
        assert client.get(reverse(f"inspections:{name}")).status_code == 200


# --- Overdue: one level up, and one more -----------------------------------------------------


@pytest.fixture
def mail(settings):
    settings.EMAIL_CONFIGURED = True


def raised(world):
    return {
        who: selectors.count_raised_to(scope_for(getattr(world, who)))
        for who in ("commune_officer", "district_officer", "province_officer")
    }


def test_after_ten_days_the_cluster_sees_it_after_twenty_the_province(world):
    row = recommend(world, world.commune_a)
    for late, cluster, province in ((10, 0, 0), (11, 1, 0), (20, 1, 0), (21, 1, 1)):
        Recommendation.objects.filter(pk=row.pk).update(due_on=world.today - late * DAY)
        assert raised(world) == {
            "commune_officer": 0,
            "district_officer": cluster,
            "province_officer": province,
        }, late
    # Commune B lies in no cluster: the province stands right above it.
    Recommendation.objects.all().delete()
    recommend(world, world.commune_b, due_on=world.today - 11 * DAY)
    assert raised(world)["province_officer"] == 1


@pytest.mark.parametrize("late", [-1, 0, 1, 10, 11, 20, 21])
def test_every_place_draws_the_line_on_the_same_day(world, late):
    """Page, API, digest, start page, papers and the night job; of a day overdue, and of a level."""
    row = recommend(world, world.commune_a, due_on=world.today - late * DAY)
    is_late, levels = late > 0, (late > 10) + (late > 20)
    cluster, province = scope_for(world.district_officer), scope_for(world.province_officer)
    everything = Recommendation.objects.all()
    told = recommendations_told_to(world.province_officer, province, late=True)
    commune = scope_for(world.commune_officer)
    text = " ".join(each.text for each in answer_recommendations(commune, area_id=None))
    paper = str(remedies(row.visit))
    assert {
        "page": bool(selectors.counts(everything, province)["overdue"]),
        "api": told.exists(),
        "row": row.is_overdue,
        "of whom it is asked": "quá hạn" in text,
        "paper": ", quá hạn)" in paper and "trong đó 1 quá hạn" in paper,
        "report": bool(visits_of_period(world.province, [Month(2026, 9)]).recommendations.overdue),
    } == dict.fromkeys(["page", "api", "row", "of whom it is asked", "paper", "report"], is_late)
    (stands,) = selectors.lateness([row], tree=province.tree, on=world.today).values()
    assert stands.days == max(late, 0)
    shown_to = (None, world.cluster, world.province)[levels]
    assert stands.above == shown_to
    for level, scope in ((1, cluster), (2, province)):
        people = {scope.user.pk: scope}
        assert {
            "page": selectors.counts(everything, scope)["raised"],
            "digest": selectors.count_raised(people, on=world.today)[scope.user.pk],
            "start": selectors.count_raised_to(scope),
        } == dict.fromkeys(["page", "digest", "start"], int(levels >= level)), level
    escalate(today=world.today)
    row.refresh_from_db()
    assert row.told_above == levels


@pytest.fixture
def merged(world):
    """Commune A ended on 1 October and went into A2; it was asked something before."""
    world.row = recommend(world, world.commune_a, due_on=D(2026, 9, 30))
    Area.objects.filter(pk=world.commune_a.pk).update(valid_to=D(2026, 10, 1))
    Succession.objects.create(
        old=world.commune_a, new=world.commune_a2, effective_on=D(2026, 10, 1)
    )
    return world


def test_what_was_asked_of_a_commune_that_ended_goes_up_from_its_successor(merged, mail, sign_in):
    world = merged
    assert raised(world) == {"commune_officer": 0, "district_officer": 1, "province_officer": 0}
    scope = scope_for(world.district_officer)
    assert selectors.count_raised({7: scope}, on=world.today) == {7: 1}
    tree, texts = listed(sign_in(world.district_officer), "?show=raised")
    assert texts == ["Vận"]
    assert "đã báo lên Cụm Cụm A" in tree.text
    assert escalate(today=world.today) == 1
    assert told() == [("cluster_a", 1)]


@pytest.mark.parametrize("apart", [False, True])
def test_where_several_follow_it_goes_up_to_what_stands_above_all(merged, apart):
    """Commune B lies in the cluster of A2, or in none: then the province alone is above both."""
    Succession.objects.create(
        old=merged.commune_a, new=merged.commune_b, effective_on=D(2026, 10, 1)
    )
    if not apart:
        ClusterMembership.objects.create(
            cluster=merged.cluster, commune=merged.commune_b, valid_from=D(2026, 10, 1)
        )
    person, other = "district_officer", "province_officer"
    if apart:
        person, other = other, person
    assert (raised(merged)[person], raised(merged)[other]) == (1, 0)
    scope = scope_for(getattr(merged, person))
    assert selectors.count_raised({7: scope}, on=merged.today) == {7: 1}
    above = merged.province if apart else merged.cluster
    (stands,) = selectors.lateness([merged.row], tree=scope.tree, on=merged.today).values()
    assert stands.above == above
    assert escalate(today=merged.today) == 1
    # It is in the list of whoever reads one of them.
    scope = scope_for(merged.district_officer)
    assert selectors.counts(selectors.find(scope), scope)["overdue"] == 1


def test_the_report_of_a_period_tells_of_communes_that_ended(merged):
    found = visits_of_period(merged.province, [Month(2026, 9), Month(2026, 10)])
    assert [each.visit.commune for each in found.made] == [merged.commune_a]
    after = visits_of_period(merged.province, [Month(2026, 10)])
    assert (after.older.given, after.older.overdue) == (1, 1)


def test_a_member_reads_at_the_commune_what_was_asked_before_it_was_merged(merged):
    Assignment.objects.create(
        committee=merged.committee,
        member=merged.member,
        commune=merged.commune_a2,
        valid_from=merged.since,
    )
    recommend(merged, merged.commune_a2, due_on=D(2026, 10, 30))
    found = {
        each.area: (each.open, each.overdue, each.visited_on)
        for each in my_communes(scope_for(merged.member_user), Month(2026, 10))
    }
    assert found == {merged.commune_a2: (2, 1, D(2026, 9, 15))}


def test_of_how_many_days_is_a_dated_rule(world):
    recommend(world, world.commune_a, due_on=world.today - 6 * DAY)
    assert raised(world)["district_officer"] == 0
    Rule.objects.filter(key="recommendations.escalation_days").update(value=5)
    assert raised(world)["district_officer"] == 1


def test_what_is_answered_is_shown_to_nobody_above(world):
    answered(world, world.commune_a, due_on=D(2026, 9, 16))
    recommend(world, world.commune_a, due_on=D(2026, 9, 16), state="done", done_on=world.today)
    assert set(raised(world).values()) == {0}
    assert escalate(today=world.today) == 0


def test_the_start_page_leads_to_them(world):
    recommend(world, world.commune_a, due_on=D(2026, 9, 30))
    recommend(world, world.commune_a2, due_on=D(2026, 9, 30))
    (step,) = overdue_below(scope_for(world.district_officer), area_id=None)
    assert step.text == "2 kiến nghị với xã quá hạn lâu, chưa được trả lời."
    assert step.url == f"{reverse(LIST)}?show=raised"
    for who in (world.province_officer, world.commune_officer, world.head_a):
        assert not list(overdue_below(scope_for(who), area_id=None))


def told():
    return sorted(
        Notification.objects.filter(kind=RECOMMENDATIONS_OVERDUE.code).values_list(
            "recipient__username", "params__count"
        )
    )


def test_the_night_tells_each_level_once(world, mail):
    make_user("cluster_2", "Lý A Páo", "district_officer", since=world.since, area=world.cluster)
    row = recommend(world, world.commune_a, due_on=world.today - 11 * DAY)
    recommend(world, world.commune_a2, due_on=world.today - 11 * DAY)
    assert escalate_recommendations() == 2
    assert told() == [("cluster_2", 2), ("cluster_a", 2)]
    event = Event.objects.filter(kind="recommendation.raised", object_id=row.pk).get()
    assert event.actor is None
    assert event.changes == {"told": [None, "Cụm Cụm A"], "days_late": [None, 11]}
    assert escalate(today=world.today) == 0
    assert escalate(today=world.today + DAY) == 0
    # Answered, found not to be enough, and overdue still: nobody is told a second time.
    Recommendation.objects.filter(pk=row.pk).update(
        state="answered",
        remedy="Đã họp",
        remedied_on=world.today,
        answered_by=world.commune_officer,
        answered_at=timezone.now(),
    )
    assert escalate(today=world.today + 10 * DAY) == 1
    reopen_recommendation(
        recommendation=Recommendation.objects.get(pk=row.pk),
        reason="Chưa đủ",
        by=world.member_user,
    )
    assert Recommendation.objects.get(pk=row.pk).reopened_at is not None
    assert escalate(today=world.today + 9 * DAY) == 0
    assert escalate(today=world.today + 10 * DAY) == 1
    assert [name for name, _count in told()] == ["cluster_2", "cluster_a", "province"]
    assert Event.objects.filter(kind="recommendation.raised").count() == 4
    assert escalate(today=world.today + 99 * DAY) == 0


def test_long_overdue_when_first_looked_at_is_told_to_both_levels_at_once(world, mail):
    row = recommend(world, world.commune_a, due_on=D(2026, 9, 16))
    assert escalate(today=world.today) == 1
    assert told() == [("cluster_a", 1), ("province", 1)]
    assert Recommendation.objects.get(pk=row.pk).told_above == 2
