"""The day of an approved visit changes: an event, a paper, and the commune is told."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.scoping import scope_for
from core.models import Event, Notification
from core.permission_holders import holders
from core.workflow import IllegalTransition
from inspections.actions import visits_to_us
from inspections.models import Visit
from inspections.papers.services import issue_visit_paper
from inspections.papers.visit_papers import moved
from inspections.services import plans
from inspections.services.plans import (
    Conflicting,
    Scheduled,
    change_visit,
    mark_of,
    schedule_visits,
)
from reports.papers.issuing import Particulars
from tests.html_query import read
from tests.inspections.conftest import add_communes
from tests.inspections.test_recommendations import plan_of

D = datetime.date
BEFORE, NEW = D(2026, 10, 12), D(2026, 10, 14)


@pytest.fixture
def visit(approved):
    return approved.visits.get()


@pytest.fixture
def mail(settings):
    """So that there is a way to tell people anything."""
    settings.EMAIL_CONFIGURED = True


def move(world, visit, day=NEW, because="Trường thi giữa kỳ."):
    return change_visit(
        visit=visit, member=world.member, planned_on=day, because=because, by=world.province_officer
    )


def moves():
    return Event.objects.filter(kind="visit.day_moved")


def issue(world, visit, **more):
    said = {"symbol": "TB-SGDĐT", "on": BEFORE, "position": "Giám đốc", "signer": "Lò Văn Sơn"}
    (paper,) = issue_visit_paper(
        visit=visit,
        kind="moved",
        extension="pdf",
        said=Particulars(**said | more),
        by=world.province_officer,
    )
    return paper


def test_a_new_day_leaves_an_event_with_the_commune(visit, flagged):
    visit = move(flagged, visit)
    assert (visit.moved_from, visit.moved_because) == (BEFORE, "Trường thi giữa kỳ.")
    event = moves().get()
    assert (event.area_id, event.reason) == (flagged.commune_a.pk, "Trường thi giữa kỳ.")
    assert event.changes == {"planned_on": ["2026-10-12", "2026-10-14"]}
    (action,) = visits_to_us(scope_for(flagged.commune_officer), area_id=None)
    assert action.text == "Đoàn kiểm tra đến ngày 14/10/2026, không phải ngày 12/10/2026."


def test_who_answers_for_the_commune_is_notified_each_time(visit, flagged, mail):
    move(flagged, visit)
    move(flagged, visit, D(2026, 10, 15), "Mưa lớn.")
    told = Notification.objects.filter(kind="inspections.day_moved").order_by("pk")
    assert {each.recipient for each in told} == {flagged.commune_officer}
    assert [each.params["day"] for each in told] == ["14/10/2026", "15/10/2026"]


def test_another_member_on_the_same_day_tells_nobody(visit, flagged):
    change_visit(
        visit=visit, member=flagged.member, planned_on=BEFORE, team=[], by=flagged.province_officer
    )
    assert not moves().exists()
    visit.refresh_from_db()
    assert visit.moved_at is None


def test_the_day_of_a_draft_tells_nobody(draft, flagged):
    visit = draft.visits.order_by("rank")[0]
    for day in (BEFORE, NEW):
        move(flagged, visit, day)
    assert not moves().exists()


def test_the_table_of_days_tells_the_commune_too(visit, flagged):
    row = Scheduled(
        *(visit.pk, flagged.member, NEW, [], mark_of(visit, [])),
        may_stay=True,
        because=" Mưa lớn. ",
    )
    schedule_visits(plan=visit.plan, rows=[row], by=flagged.province_officer)
    visit.refresh_from_db()
    assert (visit.moved_from, visit.moved_by) == (BEFORE, flagged.province_officer)
    event = moves().get()
    assert event.changes == {"planned_on": ["2026-10-12", "2026-10-14"]}
    assert event.reason == visit.moved_because == "Mưa lớn."
    assert "Lý do: Mưa lớn." in str(moved(visit).sections)


def test_an_approved_day_is_not_changed_without_a_reason(visit, flagged):
    """On either page; another member on the same day needs none."""
    with pytest.raises(ValidationError) as refused:
        move(flagged, visit, because="  ")
    assert list(refused.value.error_dict) == ["because"]
    row = Scheduled(visit.pk, flagged.member, NEW, [], mark_of(visit, []), may_stay=True)
    with pytest.raises(Conflicting) as at_odds:
        schedule_visits(plan=visit.plan, rows=[row], by=flagged.province_officer)
    (found,) = at_odds.value.conflicts[visit.pk]
    assert (found.field, found.text) == ("because", "Hãy ghi vì sao đổi ngày.")
    visit.refresh_from_db()
    assert (visit.planned_on, moves().count()) == (BEFORE, 0)


def test_the_table_asks_why_row_by_row(approved, flagged, sign_in):
    client = sign_in(flagged.province_officer)
    visit = approved.visits.get()
    address = reverse("inspections:plan_schedule", args=[approved.pk])
    page = read(client.get(address))
    assert "Vì sao đổi ngày" in page.texts("thead th")
    told = {
        f"visit-{visit.pk}-member": flagged.member.pk,
        f"visit-{visit.pk}-planned_on": "14/10/2026",
        f"visit-{visit.pk}-seen": mark_of(visit, []),
        f"visit-{visit.pk}-may_stay": "on",
    }
    refused = client.post(address, told)
    assert refused.status_code == 422
    assert "Hãy ghi vì sao đổi ngày." in read(refused).text
    assert (
        client.post(address, told | {f"visit-{visit.pk}-because": "Trường thi"}).status_code == 302
    )
    visit.refresh_from_db()
    assert (visit.planned_on, visit.moved_because) == (NEW, "Trường thi")


@pytest.mark.parametrize("count", [2, 9])
def test_who_answers_for_the_communes_is_asked_once(flagged, count, monkeypatch, mail):
    """However many days change at once; each commune is told of its own visit alone."""
    communes = [flagged.commune_a, *add_communes(flagged, count - 1)]
    plan = plan_of(flagged.province, flagged.province_officer)
    rows = []
    for place, commune in enumerate(communes, start=1):
        visit = Visit.objects.create(
            plan=plan,
            commune=commune,
            rank=place,
            reason="Thấp",
            member=flagged.member,
            planned_on=D(2026, 9, place),
        )
        rows.append(
            Scheduled(
                *(visit.pk, flagged.member, D(2026, 9, place + 10), [], mark_of(visit, [])),
                may_stay=True,
                because="Mưa lớn",
            )
        )
    asked = []

    def once(permission, **more):
        asked.append(more["area_ids"])
        return holders(permission, **more)

    monkeypatch.setattr(plans, "holders", once)
    schedule_visits(plan=plan, rows=rows, by=flagged.province_officer)
    assert asked == [[each.pk for each in communes]]
    assert moves().count() == count
    (told,) = Notification.objects.filter(kind="inspections.day_moved")
    assert (told.recipient, told.params["commune"]) == (flagged.commune_officer, "Xã A Một")


def test_the_notice_says_both_days_why_and_by_whom(visit, flagged):
    paper = moved(move(flagged, visit))
    said = " ".join(each for _heading, of in paper.sections for each in of)
    for asked in (
        "kế hoạch kiểm tra tháng 10/2026",
        "ngày 12/10/2026.",
        "chuyển sang ngày 14/10/2026",
        "Lý do: Trường thi giữa kỳ.",
        flagged.member.described,
        f"Người quyết định: {flagged.province_officer.full_name}, ngày 12/10/2026.",
    ):
        assert asked in said, asked
    # Of before a reason was asked for.
    visit = move(flagged, visit, D(2026, 10, 15))
    visit.moved_because = ""
    assert "Lý do" not in str(moved(visit).sections)


def test_the_notice_is_issued_and_a_second_change_replaces_it(visit, flagged, sign_in):
    with pytest.raises(IllegalTransition, match="Ngày của lượt kiểm tra này vẫn như khi duyệt"):
        issue(flagged, visit)
    client = sign_in(flagged.province_officer)
    address = reverse("inspections:visit", args=[visit.pk])
    assert "Thông báo đổi ngày" not in read(client.get(address)).text
    visit = move(flagged, visit)
    assert "Thông báo đổi ngày" in read(client.get(address)).text
    first = issue(flagged, visit)
    visit = move(flagged, visit, D(2026, 10, 15))
    with pytest.raises(ValidationError, match="Đã có Thông báo"):
        issue(flagged, visit)
    second = issue(flagged, visit, reason="Đổi ngày lần nữa")
    assert (second.replaces, second.number) == (first, 2)
    page = read(
        sign_in(flagged.commune_officer).get(reverse("inspections:visit_here", args=[visit.pk]))
    )
    assert "02/TB-SGDĐT" in page.text
    assert "không phải ngày 14/10/2026" in page.text


def test_the_form_asks_why_only_of_an_approved_plan(approved, flagged, sign_in):
    client = sign_in(flagged.province_officer)
    visit = approved.visits.get()
    page = read(client.get(reverse("inspections:plan", args=[approved.pk])))
    assert page.select(f"[name=visit-{visit.pk}-because]")
    told = {
        f"visit-{visit.pk}-member": flagged.member.pk,
        f"visit-{visit.pk}-planned_on": "14/10/2026",
        f"visit-{visit.pk}-because": "Trường thi",
        f"visit-{visit.pk}-may_lack_lessons": "on",
    }
    client.post(reverse("inspections:plan_visit", args=[approved.pk, visit.pk]), told)
    visit.refresh_from_db()
    assert (visit.planned_on, visit.moved_because) == (NEW, "Trường thi")


def test_no_because_in_a_draft(draft, flagged, sign_in):
    page = read(sign_in(flagged.other_officer).get(reverse("inspections:plan", args=[draft.pk])))
    assert page.select(f"[name=visit-{draft.visits.first().pk}-planned_on]")
    assert "Vì sao đổi ngày" not in page.text
