"""A month's path: confirmed by the school, assessed, accepted, published; and who is late."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils.translation import override

from core.models import Event, Notification
from core.months import Month
from core.notifications.kinds import compose
from core.workflow import IllegalTransition
from reports.models import MonthAssessment, MonthConfirmation, Publication
from reports.month_review.reminding import (
    ASSESS_LATE,
    CONFIRM_LATE,
    late_ones,
    remind_late,
)
from reports.month_review.services import (
    accept_assessment,
    confirm_month,
    give_back_assessment,
    publish_month,
    reopen_month,
    send_assessment,
    withdraw_confirmation,
    write_assessment,
)
from reports.month_review.steps import (
    ASSESS,
    CONFIRM,
    PUBLISH,
    REVIEW,
    deadlines,
    lacking_of,
    path_of,
)
from reports.services.facts import rebuild
from tests.frozen import freeze_time
from tests.reports.register_builders import pupil_ids, take

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def month(world):
    """A month that is over and counted: one register of class A, the others were not sent."""
    over = Month.of(world.today)
    take(world.class_a, world.today, {pupil_ids(world.class_a)[0]: "K"})
    with freeze_time(f"{(over.end + 2 * DAY).isoformat()}T03:00:00+00:00"):
        rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=over)
        yield over


def confirm(world, month, **more):
    given = {"school": world.school_a, "month": month, "note": "Mất điện", "by": world.head_a}
    return confirm_month(**given | more)


def write(world, month, **more):
    given = {
        "commune": world.commune_a,
        "month": month,
        "text": "Chuyên cần đạt.",
        "measures": "- Đến từng nhà",
        "seen": 0,
        "by": world.commune_officer,
    }
    return write_assessment(**given | more)


def url(name, pk, month):
    return f"{reverse(name, args=[pk])}?month={month}"


def test_what_is_missing_is_listed_before_a_school_confirms(world, month, sign_in):
    client, address = (
        sign_in(world.head_a),
        url("reports:month_school", world.school_a.pk, month),
    )
    lacking = lacking_of(world.school_a, month)
    assert len(lacking.registers) > 30
    page = client.get(address).content.decode()
    assert f"{len(lacking.registers)} sổ chưa gửi" in page
    assert f"Xác nhận tháng {month.label}" in page
    refused = client.post(address, {"note": " ", "operation": uuid.uuid4()})
    assert not MonthConfirmation.objects.filter(state="confirmed").exists()
    assert 'aria-invalid="true"' in refused.content.decode()
    client.post(address, {"note": "Mất điện cả tuần", "operation": uuid.uuid4()})
    made = MonthConfirmation.objects.get()
    assert (made.state, made.missing, made.note) == (
        "confirmed",
        len(lacking.registers),
        "Mất điện cả tuần",
    )
    assert "Mất điện cả tuần" in client.get(address).content.decode()


def test_a_confirmation_is_given_once_and_taken_back_with_a_reason(world, month):
    made = confirm(world, month)
    with pytest.raises(IllegalTransition):
        confirm(world, month)
    with pytest.raises(ValidationError):
        withdraw_confirmation(confirmation=made, reason=" ", by=world.head_a)
    withdraw_confirmation(confirmation=made, reason="Còn sót", by=world.head_a)
    assert confirm(world, month).pk == made.pk
    assert Event.objects.filter(kind="month.confirmed").count() == 2


def test_nobody_confirms_for_another_school_or_a_running_month(world, month):
    with pytest.raises(PermissionDenied):
        confirm(world, month, by=world.head_b)
    with pytest.raises(PermissionDenied):
        confirm(world, month, by=world.commune_officer)
    assert not MonthConfirmation.objects.exists()
    with pytest.raises(IllegalTransition) as refused:
        confirm(world, Month.current())
    assert refused.value.code == "not_over"


def test_an_assessment_is_drafted_from_the_figures(world, month, sign_in):
    address = url("reports:month_assessment", world.commune_a.pk, month)
    page = sign_in(world.commune_officer).get(address).content.decode()
    pupils = len(pupil_ids(world.class_a))
    assert f"{pupils} lượt" in page or str(pupils) in page
    assert "sổ còn thiếu" in page
    assert "Giáo viên hỏi và ghi lý do" in page


def test_an_assessment_goes_from_the_commune_to_the_office_above(world, month, sign_in):
    commune, cluster = sign_in(world.commune_officer), sign_in(world.district_officer)
    address = url("reports:month_assessment", world.commune_a.pk, month)
    sent = {"text": "Đạt.", "measures": "", "seen": 0, "operation": uuid.uuid4(), "send": "1"}
    assert commune.post(address, sent).status_code == 302
    row = MonthAssessment.objects.get()
    assert (row.state, row.text, row.sent_by) == ("sent", "Đạt.", world.commune_officer)
    assert commune.get(address).content.decode().count("<textarea") == 0
    back = url("reports:month_assessment_return", world.commune_a.pk, month)
    cluster.post(back, {"reason": "Nêu rõ bản nào", "operation": uuid.uuid4()})
    assert "Nêu rõ bản nào" in commune.get(address).content.decode()
    commune.post(address, sent | {"text": "Bản Pa.", "seen": 1, "operation": uuid.uuid4()})
    cluster.post(address, {"accept": "1", "operation": uuid.uuid4()})
    row.refresh_from_db()
    assert (row.state, row.text, row.accepted_by) == ("accepted", "Bản Pa.", world.district_officer)
    kinds = list(
        Event.objects.filter(kind__startswith="assessment.").values_list("kind", flat=True)
    )
    assert sorted(set(kinds)) == [
        "assessment.accepted",
        "assessment.given_back",
        "assessment.sent",
        "assessment.written",
    ]


def test_nobody_writes_over_another_unseen(world, month):
    write(world, month)
    with pytest.raises(ValidationError) as refused:
        write(world, month, text="Khác", by=world.district_officer)
    assert refused.value.code == "meanwhile"
    assert write(world, month, text="Khác", seen=1, by=world.district_officer).version == 2


def test_who_may_not_assess_or_accept(world, month):
    for person in (world.head_a, world.member_user, world.province_officer):
        with pytest.raises(PermissionDenied):
            write(world, month, by=person)
    assert not MonthAssessment.objects.exists()
    sent = send_assessment(assessment=write(world, month), by=world.commune_officer)
    with pytest.raises(PermissionDenied):
        accept_assessment(assessment=sent, by=world.commune_officer)


def test_the_path_says_who_is_done_and_who_is_late(world, month):
    path = path_of(world.province, month)
    assert [(step.code, step.done, step.total) for step in path.steps] == [
        (CONFIRM, 0, 2),
        (ASSESS, 0, 2),
        (REVIEW, 0, 2),
        (PUBLISH, 0, 1),
    ]
    assert not any(step.is_late for step in path.steps)
    assert path.step(CONFIRM).due_on == month.last + 5 * DAY
    confirm(world, month)
    with freeze_time(f"{(month.last + 6 * DAY).isoformat()}T03:00:00+00:00"):
        late = [step.code for step in path_of(world.province, month).steps if step.is_late]
        assert late == [CONFIRM]
        assert path_of(world.commune_a, month).step(CONFIRM).is_done
    sent = send_assessment(assessment=write(world, month), by=world.commune_officer)
    accept_assessment(assessment=sent, by=world.district_officer)
    cluster = path_of(world.cluster, month)
    assert all(cluster.step(code).is_done for code in (CONFIRM, ASSESS, REVIEW))
    assert [row.area for row in cluster.communes] == [world.commune_a]


def test_the_province_publishes_though_steps_are_open_only_when_it_says_so(world, month, sign_in):
    client = sign_in(world.province_officer)
    address = url("reports:month_publish", world.province.pk, month)
    client.post(address, {"operation": uuid.uuid4()})
    assert not Publication.objects.exists()
    answer = client.post(address, {"in_spite": "on", "operation": uuid.uuid4()})
    made = Publication.objects.get()
    assert answer["Location"] == reverse("reports:publication", args=[made.pk])
    assert made.published_by == world.province_officer
    page = client.get(url("reports:month_area", world.province.pk, month)).content.decode()
    assert made.code in page
    assert "đã khoá và công bố" in page


def test_nothing_is_late_in_a_month_that_is_published(world, month, sign_in):
    publish_month(area=world.province, month=month, by=world.province_officer)
    with freeze_time(f"{(month.last + 60 * DAY).isoformat()}T03:00:00+00:00"):
        path = path_of(world.province, month)
        assert [step.code for step in path.steps if not step.is_done] == [CONFIRM, ASSESS, REVIEW]
        assert not any(step.is_late for step in path.steps)
        client = sign_in(world.province_officer)
        page = client.get(url("reports:month_area", world.province.pk, month)).content.decode()
    assert "Quá hạn" not in page
    assert "Chưa thực hiện" in page


def test_after_it_is_published_nothing_of_the_path_changes(world, month):
    confirmation, assessment = confirm(world, month), write(world, month)
    made = publish_month(area=world.province, month=month, by=world.province_officer)
    for act in (
        lambda: withdraw_confirmation(confirmation=confirmation, reason="x", by=world.head_a),
        lambda: send_assessment(assessment=assessment, by=world.commune_officer),
        lambda: confirm(world, month, school=world.school_b, by=world.head_b),
    ):
        with pytest.raises(IllegalTransition) as refused:
            act()
        assert refused.value.code == "published"
    reopen_month(publication=made, by=world.province_officer, reason="Gửi nhầm")
    sent = send_assessment(assessment=assessment, by=world.commune_officer)
    give_back_assessment(assessment=sent, reason="Sửa", by=world.district_officer)


@pytest.mark.parametrize(
    ("person", "label"),
    [
        ("head_a", "Xác nhận tháng"),
        ("commune_officer", "Nhận xét tháng"),
        ("district_officer", "Xem các nhận xét tháng"),
        ("province_officer", "Khoá và công bố tháng"),
    ],
)
def test_the_first_page_leads_to_the_step_that_waits(world, month, sign_in, person, label):
    client = sign_in(getattr(world, person))
    page = client.get(reverse("home"), follow=True).content.decode()
    assert f"{label} {month.label}" in page
    publish_month(area=world.province, month=month, by=world.province_officer)
    page = client.get(reverse("home"), follow=True).content.decode()
    assert f"{label} {month.label}" not in page


@pytest.fixture
def late(month, settings):
    """Long after the deadlines of confirming and assessing, where there is a mail server."""
    settings.EMAIL_CONFIGURED = True
    with freeze_time(f"{(month.end + 9 * DAY).isoformat()}T03:00:00+00:00"):
        yield month


def with_addresses(*people):
    for person in people:
        person.email = f"{person.username}@example.vn"
        person.save()


def kinds_by_person():
    return set(Notification.objects.values_list("recipient__username", "kind"))


def test_an_office_reminds_heads_and_communes_that_are_late(world, late):
    with_addresses(world.head_a, world.head_b, world.commune_officer)
    done = remind_late(area=world.province, month=late, by=world.province_officer)
    assert kinds_by_person() == {
        ("head_a", "month.confirm_late"),
        ("head_b", "month.confirm_late"),
        ("commune_a", "month.assess_late"),
    }
    # Two schools, and the two communes they lie in.
    assert len(late_ones(path_of(world.province, late))) == 4
    assert (done.people, done.unreached) == (3, [])
    event = Event.objects.get(kind="month.reminded")
    assert (event.area_id, event.changes["people"]) == (world.province.pk, [None, 3])


def test_a_reminder_says_the_month_the_day_and_what_its_reader_does(world, late):
    with_addresses(world.head_a, world.commune_officer)
    older = late.plus(-1)
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=older)
    for month in (older, late):
        remind_late(area=world.province, month=month, by=world.province_officer)
        for kind, step, person, subject, task in (
            (CONFIRM_LATE, CONFIRM, world.head_a, "trường chưa xác nhận", "rồi xác nhận."),
            (ASSESS_LATE, ASSESS, world.commune_officer, "xã chưa gửi nhận xét", "rồi gửi."),
        ):
            sent = Notification.objects.get(
                kind=kind.code, key__startswith=f"{month}:", recipient=person
            )
            with override("vi"):
                message = compose(kind, [sent])[sent.pk]
            assert message.subject.startswith(f"Tháng {month.label}: {subject}")
            assert f"Hạn là ngày {deadlines(month)[step]:%d/%m/%Y}" in message.body
            assert f"chọn tháng {month.label} ở trang" in message.body
            assert task in message.body
            assert world.province.title in message.body


def test_a_commune_reminds_its_own_schools_alone(world, late):
    with_addresses(world.head_a, world.head_b, world.commune_officer)
    done = remind_late(area=world.commune_a, month=late, by=world.commune_officer)
    assert kinds_by_person() == {("head_a", "month.confirm_late")}
    assert done.people == 1


def test_each_person_is_reminded_once_a_day(world, late):
    with_addresses(world.head_a)
    first = remind_late(area=world.commune_a, month=late, by=world.commune_officer)
    again = remind_late(area=world.province, month=late, by=world.province_officer)
    assert (first.people, again.people) == (1, 0)
    with freeze_time(f"{(late.end + 10 * DAY).isoformat()}T03:00:00+00:00"):
        assert remind_late(area=world.commune_a, month=late, by=world.commune_officer).people == 1


def test_who_has_done_the_step_is_not_reminded(world, late):
    with_addresses(world.head_a, world.commune_officer)
    confirm(world, late)
    assessment = write(world, late)
    send_assessment(assessment=assessment, by=world.commune_officer)
    with pytest.raises(ValidationError, match="Không nơi nào chậm"):
        remind_late(area=world.commune_a, month=late, by=world.commune_officer)
    remind_late(area=world.province, month=late, by=world.province_officer)
    assert kinds_by_person() == set()


def test_nobody_is_late_before_the_deadline(world, month):
    assert not late_ones(path_of(world.province, month))
    with pytest.raises(ValidationError, match="Không nơi nào chậm"):
        remind_late(area=world.province, month=month, by=world.province_officer)
    assert not Event.objects.filter(kind="month.reminded").exists()


def test_only_an_office_reminds_and_only_in_its_places(world, late):
    for person in (world.head_a, world.teacher_a, world.member_user):
        with pytest.raises(PermissionDenied):
            remind_late(area=world.commune_a, month=late, by=person)
    with pytest.raises(PermissionDenied):
        remind_late(area=world.commune_b, month=late, by=world.commune_officer)


def test_the_button_says_who_was_reminded_and_whom_to_call(world, late, sign_in):
    with_addresses(world.head_b)
    world.head_a.phone = "0912 345 678"
    world.head_a.save()
    client = sign_in(world.province_officer)
    page = client.get(url("reports:month_area", world.province.pk, late)).content.decode()
    assert "Nhắc 4 nơi chậm" in page
    answer = client.post(url("reports:month_remind", world.province.pk, late), follow=True)
    said = answer.content.decode()
    assert "Đã nhắc 1 người." in said
    assert "Lù Văn Sơn 0912 345 678" in said
    again = client.post(url("reports:month_remind", world.province.pk, late), follow=True)
    assert "mỗi người một ngày một lần" in again.content.decode()


def test_without_a_mail_server_all_are_to_be_called(world, late, settings):
    settings.EMAIL_CONFIGURED = False
    with_addresses(world.head_a)
    done = remind_late(area=world.commune_a, month=late, by=world.commune_officer)
    assert done.people == 0
    assert [each.name for each in done.unreached] == ["Lù Văn Sơn"]


def test_a_month_in_time_has_no_such_button(world, month, sign_in):
    page = sign_in(world.province_officer).get(url("reports:month_area", world.province.pk, month))
    assert f"month/areas/{world.province.pk}/remind" not in page.content.decode()
