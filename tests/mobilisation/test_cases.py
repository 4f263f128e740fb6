"""Following a child: opened from a list, visited, closed; who sees it, what is left of it."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import RoleGrant
from accounts.scoping import scope_for
from core.event_words import told
from core.models import Event, Notification
from core.workflow import IllegalTransition
from mobilisation.cases import pupil_records
from mobilisation.cases.selectors.cases import cases_beside, followed_by, rows_of
from mobilisation.cases.selectors.children import child_of_person, child_of_pupil, who_may_answer
from mobilisation.cases.selectors.returns import Verdict, returns_of
from mobilisation.cases.services import change_case, open_case_of, reopen_case
from mobilisation.models import ChildCase, FamilyVisit, Match
from mobilisation.models.cases import places_followed
from mobilisation.surveys.services.anonymising import anonymise
from schools.models import Enrolment, NamesShown
from tests.frozen import freeze_time
from tests.html_query import read
from tests.mobilisation.case_builders import close, follow, pupil, visit
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.reports.register_builders import take
from tests.world import make_user

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _today():
    with freeze_time("2026-10-12 03:00:00"):
        yield


def scope_of(user):
    return scope_for(user)


def seen_by(user):
    return {case.child_name for case in followed_by(scope_of(user))}


@pytest.fixture
def missing(world):
    """A child of the survey of commune A who is on no roll."""
    return make_child(
        make_round(world.commune_a), "Sùng Thị Dính", datetime.date(2014, 5, 6), sex="F"
    )


# --- From a list to a case, and what is done there --------------------------------------------


def test_two_taps_from_the_list_of_who_is_missing(world, missing, sign_in):
    client = sign_in(world.commune_officer)
    rolls = reverse("mobilisation:rolls", args=[world.commune_a.pk])
    url = reverse("mobilisation:case_of_person", args=[missing.person_id])
    assert f'href="{url}"' in client.get(rolls).content.decode()
    page = read(client.get(url))
    assert "Sùng Thị Dính" in page.text
    # The form as it is shown is right as it is.
    form = {"kind": "out", "owner": world.commune_officer.pk, "due_on": "2026-10-19"}
    answer = client.post(url, form, follow=True)
    case = ChildCase.objects.get()
    assert answer.redirect_chain[0][0] == reverse("mobilisation:case", args=[case.pk])
    assert (case.village, case.commune, case.owner) == (
        "Háng Lìa", world.commune_a, world.commune_officer,
    )  # fmt: skip
    # A second person who comes from the list is led to the case.
    assert client.get(url).url == answer.redirect_chain[0][0]
    visit(world, case)
    text = read(client.get(rolls)).text
    assert "Giàng A Tủa, trưởng bản" in text
    assert "Thứ hai đi học lại" in text


def test_a_member_notes_a_visit_and_sees_who_went_before(world, missing, sign_in):
    case = follow(world, person=missing)
    url = reverse("mobilisation:case", args=[case.pk])
    client = sign_in(world.member_user)
    form = {
        "way": "visit", "made_on": "2026-10-12", "who": "Anh Thắng", "next_on": "2026-10-15",
        "found": "Em đi nương với bố", "promise": "Cho em ra lớp",
    }  # fmt: skip
    assert client.post(url, form | {"made_on": "2026-10-13"}).status_code == 422
    assert client.post(url, form | {"next_on": "2026-10-11"}).status_code == 422
    assert not FamilyVisit.objects.exists()
    text = read(client.post(url, form, follow=True)).text
    assert "Em đi nương với bố" in text
    assert "Cho em ra lớp" in text
    event = Event.objects.get(kind="case.visited")
    assert event.changes == {"made_on": [None, "2026-10-12"], "next_on": [None, "2026-10-15"]}
    assert "nương" not in str(event.changes) + event.object_name


def test_a_case_is_changed_closed_and_opened_again(world):
    case = follow(world, pupil("Giàng A Chua"), causes=["poverty"])
    changed = change_case(
        case=case, owner=world.teacher_a, due_on=datetime.date(2026, 10, 30), village="Nậm Cáy",
        causes=["tet", "harvest"], by=world.head_a,
    )  # fmt: skip
    assert sorted(each.cause for each in changed.causes.all()) == ["harvest", "tet"]
    event = Event.objects.get(kind="case.changed")
    assert event.changes["causes"] == [["poverty"], ["harvest", "tet"]]
    assert event.area_id == world.commune_a.pk
    assert event.object_name == f"Hồ sơ theo dõi số {case.pk}"
    with pytest.raises(ValidationError):
        close(world, case, closed_on=datetime.date(2026, 10, 13))
    closed = close(world, case, "refused", closing_note="Bố không cho đi")
    with pytest.raises(IllegalTransition):
        visit(world, closed)
    again = reopen_case(case=closed, by=world.head_a)
    assert (again.state, again.outcome, again.closed_on) == ("open", "", None)
    assert again.closing_note == "Bố không cho đi"


def test_a_child_is_followed_once_under_whatever_it_is_known_by(world, missing):
    one = pupil("Giàng A Chua")
    Match.objects.create(
        person=missing.person, pupil=one, score=90, confirmed_by=world.commune_officer,
        confirmed_at="2026-10-12T00:00:00Z",
    )  # fmt: skip
    places = places_followed(scope_of(world.commune_officer))
    by_person = child_of_person(places, missing.person_id)
    by_pupil = child_of_pupil(places, one.pk, on=world.today)
    assert by_person == by_pupil
    case = follow(world, one)
    assert open_case_of(by_person) == case
    with pytest.raises(ValidationError, match="đang được theo dõi"):
        follow(world, one)
    beside = cases_beside(persons=[missing.person_id], pupils=[one.pk])
    assert beside.of_person == {missing.person_id: case}
    assert beside.of_pupil == {one.pk: case}
    close(world, case, "mistake")
    assert follow(world, one).pk != case.pk


def test_who_is_given_a_case_is_told_once_and_without_a_name(world, settings):
    settings.EMAIL_CONFIGURED = True
    case = follow(world, pupil("Giàng A Chua"), owner=world.teacher_a)
    follow(world, pupil("Ma A Dơ"))
    for day in (20, 21):
        change_case(
            case=case, owner=world.teacher_a, due_on=datetime.date(2026, 10, day), village="",
            causes=[], by=world.head_a,
        )  # fmt: skip
    told = Notification.objects.get()
    assert (told.kind, told.recipient) == ("mobilisation.case_given", world.teacher_a)
    assert told.params["day"] == "19/10/2026"
    assert "Chua" not in str(told.params)


@pytest.mark.parametrize("due_on", [datetime.date(2026, 10, 11)])
def test_a_deadline_that_is_over_is_refused(world, due_on):
    with pytest.raises(ValidationError):
        follow(world, pupil("Giàng A Chua"), due_on=due_on)


def test_the_list_of_pupils_at_risk_says_who_asked(world, sign_in):
    one = pupil("Giàng A Chua")
    for days in range(8):
        take(world.class_a, world.today - days * ONE_DAY, {one.pk: "K"})
    client, risks = sign_in(world.teacher_a), reverse("reports:risks")
    url = reverse("mobilisation:case_of_pupil", args=[one.pk])
    assert f'href="{url}"' in client.get(risks).content.decode()
    form = {"kind": "away", "owner": world.teacher_a.pk, "due_on": "2026-10-19", "causes": ["tet"]}
    client.post(url, form)
    visit(world, ChildCase.objects.get(), by=world.teacher_a)
    answer = client.get(risks)
    assert "Thứ hai đi học lại" in read(answer).text
    assert f'href="{url}"' not in answer.content.decode()
    # What came of it stays beside the child, who may be followed again.
    close(world, ChildCase.objects.get(), "refused", by=world.teacher_a)
    answer = client.get(risks)
    assert "không đồng ý" in read(answer).text
    assert f'href="{url}"' in answer.content.decode()


# --- Who sees a child, who may own its case ---------------------------------------------------


def test_names_only_where_the_scope_reaches(world, missing, sign_in):
    of_survey, of_class = follow(world, person=missing), follow(world, pupil("Giàng A Chua"))
    other = follow(world, pupil("Lò Văn Hặc"), commune=world.commune_b)
    both, mine = {"Sùng Thị Dính", "Giàng A Chua"}, {"Giàng A Chua"}
    assert seen_by(world.commune_officer) == seen_by(world.member_user) == both
    assert seen_by(world.head_a) == seen_by(world.teacher_a) == mine
    assert seen_by(world.teacher_b) == {"Lò Văn Hặc"}
    for person in (world.district_officer, world.province_officer, world.system_admin):
        assert seen_by(person) == set()
        assert sign_in(person).get(reverse("mobilisation:cases")).status_code == 403
    client = sign_in(world.teacher_a)
    for case, status in ((of_survey, 404), (of_class, 200), (other, 404)):
        assert client.get(reverse("mobilisation:case", args=[case.pk])).status_code == status
    with pytest.raises(PermissionDenied):
        visit(world, other, by=world.teacher_a)
    assert NamesShown.objects.filter(pupil_id=of_class.pupil_id, user=world.teacher_a).exists()


def test_a_member_of_more_than_a_commune_reads_no_names(world, missing):
    follow(world, person=missing)
    wide = make_user("wide", "Thành viên tỉnh", since=world.since)
    RoleGrant.objects.create(
        user=wide, role="committee_member", area=world.province, valid_from=world.since
    )
    assert seen_by(wide) == set()


def test_class_school_and_commune_are_offered_as_owners(world):
    child = child_of_pupil(
        places_followed(scope_of(world.teacher_a)), pupil("Giàng A Chua").pk, on=world.today
    )
    names = [each.name for each in who_may_answer(child, by=world.teacher_a, on=world.today)]
    assert names[0] == str(world.teacher_a)
    assert set(names) == {
        str(each)
        for each in (world.teacher_a, world.head_a, world.commune_officer, world.member_user)
    }


def test_the_round_on_paper_has_one_village(world, missing, sign_in):
    follow(world, person=missing)
    elsewhere = make_child(make_round(world.commune_a), "Lù A Sở", village="Nậm Cáy", form="9")
    follow(world, person=elsewhere)
    client = sign_in(world.member_user)
    url = reverse("mobilisation:visiting_round")
    assert "Lù A Sở" in read(client.get(url)).text
    text = read(client.get(url + "?village=hang+lia")).text
    assert "Sùng Thị Dính" in text
    assert "Lù A Sở" not in text


# --- The return, by the registers -------------------------------------------------------------


def teach_days(world, first, days, away=()):
    for number in range(days):
        date = first + number * ONE_DAY
        take(world.class_a, date, dict.fromkeys(away, "K") if number in range(3) else {})


@pytest.mark.parametrize(
    ("days", "with_absences", "verdict", "checks"),
    [
        (0, False, Verdict.WAITING, []),
        (4, False, Verdict.WAITING, []),
        (5, False, Verdict.ON_THE_WAY, [(5, 5)]),
        (5, True, Verdict.SLIPPING, [(5, 2)]),
        (20, False, Verdict.HOLDS, [(5, 5), (20, 20)]),
        (25, True, Verdict.HOLDS, [(5, 2), (20, 17)]),
    ],
)
def test_a_return_is_checked_against_the_registers(world, days, with_absences, verdict, checks):
    one = pupil("Giàng A Chua")
    case = close(world, follow(world, one))
    with freeze_time("2026-11-20 03:00:00"):
        teach_days(world, world.today, days, away=[one.pk] if with_absences else [])
        found = returns_of([case], datetime.date(2026, 11, 20))[case.pk]
    assert (found.verdict, found.checks) == (verdict, checks)


def test_a_return_of_a_child_on_no_roll_is_not_confirmed(world, missing, sign_in):
    case = close(world, follow(world, person=missing))
    assert returns_of([case], world.today)[case.pk].verdict == Verdict.ON_NO_ROLL
    text = read(
        sign_in(world.commune_officer).get(reverse("mobilisation:cases") + "?list=returned")
    ).text
    assert "chưa xác nhận" in text
    # Matched since with a pupil on a roll.
    Match.objects.create(
        person=missing.person, pupil=pupil("Giàng A Chua"), score=90,
        confirmed_by=world.commune_officer, confirmed_at="2026-10-12T00:00:00Z",
    )  # fmt: skip
    assert returns_of([case], world.today)[case.pk].verdict == Verdict.WAITING


def test_who_left_again_before_the_return_is_on_no_roll(world):
    one = pupil("Giàng A Chua")
    case = close(world, follow(world, one))
    Enrolment.objects.filter(pupil=one).update(valid_to=world.today, exit_reason="dropout")
    places = places_followed(scope_for(world.head_a))
    (row,) = rows_of([case], places=places, today=world.today)
    assert row.checked.verdict == Verdict.ON_NO_ROLL


# --- What hangs on a pupil --------------------------------------------------------------------


def test_cases_go_with_a_merged_record_and_come_back(world):
    kept, gone = pupil("Giàng A Chua"), pupil("Ma A Dơ")
    case = follow(world, gone)
    assert pupil_records.obstacles(kept, gone) == []
    assert pupil_records.hanging(gone)
    before = pupil_records.move(kept, gone)
    case.refresh_from_db()
    assert case.pupil == kept
    pupil_records.give_back(kept, gone, before, lambda class_id, date: False)
    case.refresh_from_db()
    assert case.pupil == gone
    follow(world, kept)
    assert len(pupil_records.obstacles(kept, gone)) == 1


def test_an_anonymous_child_leaves_figures_and_no_words(world, missing):
    one = pupil("Giàng A Chua")
    cases = [follow(world, one), follow(world, person=missing)]
    for case in cases:
        visit(world, case)
    assert pupil_records.tables(one)[1].rows[0][3] == "Em ở nhà trông em bé"
    pupil_records.anonymise(one, ["Giàng A Chua"], "Ẩn danh")
    anonymise([missing.person_id])
    assert set(FamilyVisit.objects.values_list("found", "promise", "who")) == {("—", "", "—")}
    assert set(ChildCase.objects.values_list("village", "kind")) == {("", "drift"), ("", "out")}


def test_reasons_of_a_case_are_told_in_words(world):
    follow(world, pupil("Giàng A Chua"), causes=["poverty", "distance"])
    event = Event.objects.get(kind="case.opened")
    (worded,) = told([event])
    causes = {each.label: each.new for each in worded.changes}["nguyên nhân"]
    assert not causes.isascii()
