"""Campaigns of a committee as a log, and what offices above the commune see of the cases."""

import datetime

import pytest
from django.urls import reverse

from core.models import Event
from mobilisation.cases.selectors.counts import Counts, causes_of, counts_by_commune
from mobilisation.models import Campaign
from schools.areas.selectors.history import AreaHistory
from schools.models import Succession
from tests.frozen import freeze_time
from tests.html_query import read
from tests.mobilisation.case_builders import close, follow, pupil, visit
from tests.world import make_area

pytestmark = pytest.mark.django_db
FORM = {
    "held_on": "2026-10-10", "who": "Hội Phụ nữ xã, biên phòng", "households": "40",
    "children_back": "2", "village": "Háng Lìa",
}  # fmt: skip
URL = "mobilisation:campaigns"


@pytest.fixture(autouse=True)
def _today():
    with freeze_time("2026-10-12 03:00:00"):
        yield


def test_a_commune_notes_a_campaign_and_the_province_reads_it(world, sign_in):
    client = sign_in(world.member_user)
    client.post(reverse(URL), FORM | {"commune": world.commune_a.pk})
    campaign = Campaign.objects.get()
    assert (campaign.households, campaign.recorded_by) == (40, world.member_user)
    event = Event.objects.get(kind="campaign.noted")
    assert (event.area_id, event.changes["households"]) == (world.commune_a.pk, [None, 40])
    text = read(sign_in(world.province_officer).get(reverse(URL))).text
    assert "1 đợt, 40 hộ" in text
    assert read(sign_in(world.commune_officer).get(reverse(URL))).select("tbody a")
    client = sign_in(world.district_officer)
    assert not read(client.get(reverse(URL))).select("tbody a")
    assert client.post(reverse(URL), FORM).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [{"held_on": "2026-10-13"}, {"households": "-1"}, {"who": ""}, {"households": "9999999"}],
)
def test_what_cannot_be_is_refused(world, sign_in, wrong):
    form = FORM | {"commune": world.commune_a.pk} | wrong
    answer = sign_in(world.commune_officer).post(reverse(URL), form)
    assert read(answer).select(".error-summary")
    assert not Campaign.objects.exists()


def test_of_another_commune_nothing_is_noted(world, sign_in):
    form = FORM | {"commune": world.commune_b.pk}
    sign_in(world.commune_officer).post(reverse(URL), form)
    assert not Campaign.objects.exists()


def test_a_campaign_is_mended(world, sign_in):
    client = sign_in(world.commune_officer)
    client.post(reverse(URL), FORM | {"commune": world.commune_a.pk})
    url = reverse("mobilisation:campaign", args=[Campaign.objects.get().pk])
    client.post(url, FORM | {"commune": world.commune_a.pk, "households": "41"})
    assert Campaign.objects.get().households == 41
    assert Event.objects.get(kind="campaign.changed").changes == {"households": ["40", "41"]}


def test_lateness_and_outcomes_are_counted_above_without_names(world, sign_in):
    names = ["Giàng A Chua", "Lò Thị Hương", "Ma A Dơ", "Phàn Lở Mẩy", "Tẩn Tả Mẩy"]
    cases = [follow(world, pupil(name), causes=["tet"]) for name in names]
    visit(world, cases[0])
    close(world, cases[3], "returned")
    close(world, cases[4], "mistake")
    later = world.today + datetime.timedelta(days=8)
    with freeze_time("2026-10-20 03:00:00"):
        found = counts_by_commune(
            [world.commune_a.pk, world.commune_b.pk], AreaHistory(later), today=later,
            since=world.since,
        )  # fmt: skip
        assert found == {world.commune_a.pk: Counts(open=3, late=3, unasked=2, returned=1)}
        assert causes_of([world.commune_a.pk], AreaHistory(later)) == [("Nghỉ sau Tết", 3)]
        for person in (world.district_officer, world.province_officer):
            text = read(sign_in(person).get(reverse("mobilisation:case_counts"))).text
            assert "3 em đang được theo dõi" in text
            assert not any(name in text for name in names)
        assert sign_in(world.head_a).get(reverse("mobilisation:case_counts")).status_code == 404


def test_cases_of_a_unit_that_ended_count_with_what_followed_it(world):
    old = make_area(
        3, "xa", "03009", "Cũ", world.province, datetime.date(2020, 1, 1),
        valid_to=datetime.date(2025, 7, 1),
    )  # fmt: skip
    Succession.objects.create(
        old=old, new=world.commune_a, effective_on=datetime.date(2025, 7, 1), decree="NQ"
    )
    follow(world, pupil("Giàng A Chua"), commune=old)
    found = counts_by_commune(
        [world.commune_a.pk, world.commune_a2.pk], AreaHistory(world.today), today=world.today,
        since=world.since,
    )  # fmt: skip
    assert found == {world.commune_a.pk: Counts(open=1, unasked=1)}
