"""Households compared with the survey during a visit: numbers, no names, two halves one whole."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.models import Event
from core.workflow import IllegalTransition
from inspections.models import HouseholdCheck, Member
from inspections.selectors.households import households_in, survey_of, villages_of
from inspections.services.households import Met, check_households
from inspections.services.lines import WrittenMeanwhile
from inspections.services.visits import record_visit
from inspections.views import findings
from mobilisation.models import Household, SurveyEntry, SurveyPerson, SurveyRound
from tests.html_query import read
from tests.world import make_user

D = datetime.date
VILLAGE = "nam cay"
CHILD = "Giàng Thị Xó"


def entry(survey, household, name, born, **more):
    person = SurveyPerson.objects.create(
        full_name=name, sex="F", birth_year=born, ethnic_group="08"
    )
    return SurveyEntry.objects.create(
        survey_round=survey, person=person, household=household, presence="lives", **more
    )


@pytest.fixture
def visit(approved):
    return approved.visits.get()


@pytest.fixture
def survey(flagged):
    """Bản Nậm Cáy with forms 2 and 10, and a village of one form; of last year nobody is told."""
    SurveyRound.objects.create(commune=flagged.commune_a, year=2025)
    made = SurveyRound.objects.create(commune=flagged.commune_a, year=2026)
    flagged.households = [
        Household.objects.create(
            commune=flagged.commune_a, village=village, form_number=number, head_name="Giàng A Sử"
        )
        for village, number in [("Bản Nậm Cáy", "10"), ("Bản Nậm Cáy", "2"), ("Huổi Só", "1")]
    ]
    ten, two, other = flagged.households
    entry(made, two, "Giàng A Sử", 1980)
    entry(made, two, CHILD, 2015, grade=5)
    entry(made, two, "Giàng A Dếnh", 2012)
    entry(made, two, "Giàng Thị Đi", 2010, grade=6)
    SurveyEntry.objects.filter(person__full_name="Giàng Thị Đi").update(presence="left")
    entry(made, ten, "Lò Văn Inh", 2018, grade=2)
    entry(made, other, "Lò Thị Mơ", 1970)
    return made


@pytest.fixture
def colleague(visit, flagged):
    """Another member of the committee, who goes along."""
    user = make_user("colleague", "Tòng Văn Én", since=flagged.since)
    member = Member.objects.create(
        committee=flagged.committee, user=user, full_name="Tòng Văn Én", valid_from=flagged.since
    )
    visit.team.add(member)
    return user


def check(visit, by, *met, village=VILLAGE):
    return check_households(visit=visit, village=village, met=met, by=by)


def test_the_latest_survey_tells_of_villages_and_their_households_in_numbers(visit, survey):
    assert survey_of(visit) == survey
    assert [(each.name, each.households) for each in villages_of(survey)] == [
        ("Huổi Só", 1),
        ("Bản Nậm Cáy", 2),
    ] or [(each.name, each.households) for each in villages_of(survey)] == [
        ("Bản Nậm Cáy", 2),
        ("Huổi Só", 1),
    ]
    told = [
        (row.household.form_number, row.people, row.children, row.at_school)
        for row in households_in(survey, VILLAGE)
    ]
    assert told == [("2", 3, 2, 1), ("10", 1, 1, 1)]


def test_a_check_keeps_what_the_form_said_then(visit, survey, flagged):
    _ten, two, _other = flagged.households
    (row,) = check(visit, flagged.member_user, Met(two.pk, "differs", " Một em đã đi nương "))
    SurveyEntry.objects.filter(household=two).update(presence="died")
    row = HouseholdCheck.objects.get()
    assert (row.people, row.children, row.at_school, row.note) == (3, 2, 1, "Một em đã đi nương")
    event = Event.objects.order_by("pk").last()
    assert event.kind == "visit.findings"
    assert event.changes["households"][1] == ["Bản Nậm Cáy · 2: Khác phiếu"]


def test_two_write_their_halves_and_do_not_overwrite_each_other(visit, survey, flagged, colleague):
    ten, two, _other = flagged.households
    check(visit, flagged.member_user, Met(two.pk, "same"))
    check(visit, colleague, Met(ten.pk, "same"))
    with pytest.raises(WrittenMeanwhile) as refused:
        check(
            visit, colleague, Met(ten.pk, "differs", "Thiếu một em", 1), Met(two.pk, "differs", "x")
        )
    assert "Đúng như phiếu" in refused.value.messages[0]
    assert set(HouseholdCheck.objects.values_list("result", flat=True)) == {"same"}
    check(visit, colleague, Met(two.pk, "differs", "Thiếu một em", 1))
    assert HouseholdCheck.objects.get(household=two).version == 2


def test_the_same_sent_again_changes_nothing(visit, survey, flagged):
    _ten, two, _other = flagged.households
    assert len(check(visit, flagged.member_user, Met(two.pk, "same"))) == 1
    assert check(visit, flagged.member_user, Met(two.pk, "same")) == []
    assert HouseholdCheck.objects.get().version == 1


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("elsewhere", "không còn trong đợt điều tra"),
        ("silent", "hãy ghi khác phiếu ở điểm nào"),
        ("recorded", "đã ghi kết quả hoặc đã huỷ"),
        ("stranger", "Chỉ thành viên phụ trách"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(visit, survey, flagged, what, why):
    _ten, two, other = flagged.households
    by, met = flagged.member_user, Met(two.pk, "same")
    if what == "elsewhere":
        met = Met(other.pk, "same")
    if what == "silent":
        met = Met(two.pk, "differs", "  ")
    if what == "stranger":
        by = flagged.province_officer
    if what == "recorded":
        record_visit(visit=visit, visited_on=D(2026, 10, 12), result="Đủ", by=by)
    kind = IllegalTransition if what in {"recorded", "stranger"} else ValidationError
    with pytest.raises(kind, match=why):
        check(visit, by, met)
    assert HouseholdCheck.objects.count() == 0


# --- The page ----------------------------------------------------------------------------


def path(visit):
    return reverse("inspections:households", args=[visit.pk]) + f"?village={VILLAGE}"


def test_the_page_shows_numbers_and_no_name_and_saves(visit, survey, flagged, sign_in):
    ten, two, _other = flagged.households
    client = sign_in(flagged.member_user)
    answer = client.get(path(visit))
    text = answer.content.decode()
    assert "Theo phiếu: 3 người, 2 trẻ đến 18 tuổi, 1 trẻ đang học." in text
    assert CHILD not in text
    assert "Giàng A Sử" not in text
    data = {
        f"result_{two.pk}": "differs",
        f"note_{two.pk}": "Một em đã nghỉ học",
        f"result_{ten.pk}": "same",
    }
    assert client.post(path(visit), data).status_code == 302
    tree = read(client.get(reverse("inspections:visit", args=[visit.pk])))
    told = " ".join(tree.texts("section[aria-labelledby=households-title]"))
    assert "đã đối chiếu 2 hộ, trong đó 1 hộ khác phiếu" in told
    assert "Một em đã nghỉ học" in told
    minutes = client.get(reverse("inspections:minutes", args=[visit.pk])).content.decode()
    assert "Khác phiếu: Một em đã nghỉ học" in minutes


def test_a_difference_without_words_is_asked_for(visit, survey, flagged, sign_in):
    _ten, two, _other = flagged.households
    answer = sign_in(flagged.member_user).post(path(visit), {f"result_{two.pk}": "differs"})
    assert answer.status_code == 422
    assert "Hãy ghi khác phiếu ở điểm nào." in " ".join(read(answer).texts(".error-summary li"))
    assert HouseholdCheck.objects.count() == 0


def test_what_does_not_fit_on_the_page_is_told(visit, survey, flagged, sign_in, monkeypatch):
    monkeypatch.setattr(findings, "MOST_HOUSEHOLDS", 1)
    page = read(sign_in(flagged.member_user).get(path(visit)))
    assert page.texts("main fieldset legend") == ["Phiếu số 2"]
    assert "Ở đây có 1 phiếu đầu; còn 1 phiếu không hiện." in page.one("main").text


def test_households_that_left_the_survey_are_counted_still(visit, survey, flagged, sign_in):
    ten, two, _other = flagged.households
    met = [Met(each.pk, "same") for each in (ten, two)]
    check_households(visit=visit, village=VILLAGE, met=met, by=flagged.member_user)
    HouseholdCheck.objects.update(household=None)
    page = read(sign_in(flagged.member_user).get(path(visit)))
    assert "đã đối chiếu 2 hộ" in page.one("main").text


def test_a_commune_without_a_survey_says_so(visit, flagged, sign_in):
    page = read(sign_in(flagged.member_user).get(path(visit)))
    assert page.texts(".empty__title") == ["Xã chưa có phiếu điều tra"]


def test_the_page_asks_as_often_for_many_households(
    visit, survey, flagged, sign_in, django_assert_max_num_queries
):
    client = sign_in(flagged.member_user)
    for count in (1, 12):
        for number in range(count):
            household = Household.objects.create(
                commune=flagged.commune_a, village="Bản Nậm Cáy", form_number=f"{count}-{number}"
            )
            entry(survey, household, "Lò Văn Thêm", 2016)
        with django_assert_max_num_queries(22):
            assert client.get(path(visit)).status_code == 200
