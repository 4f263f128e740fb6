"""Who asked, when, and what came of it, beside the child in every list that names it."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mobilisation.models import ChildCase
from schools.models import Pupil, Transfer
from schools.pupils.following import following
from tests.frozen import freeze_time
from tests.html_query import read
from tests.mobilisation.case_builders import close, follow, visit
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.reports.register_builders import day, take

D = datetime.date


@pytest.fixture(autouse=True)
def _today():
    with freeze_time("2026-10-12 03:00:00"):
        yield


@pytest.fixture
def chua(world):
    """A pupil of 6A who was away, follows a case and was asked after."""
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    for number in range(1, 9):
        take(world.class_a, day(number), {pupil.pk: "K"})
    visit(world, follow(world, pupil))
    return pupil


def lists(world, pupil):
    """Address of each page that names pupils who may be followed."""
    return [
        reverse("reports:risks"),
        reverse("reports:school_class", args=[world.class_a.pk]) + "?month=2026-10",
        reverse("reports:pupil", args=[pupil.pk]),
        reverse("attendance:month", args=[world.class_a.pk, "2026-10"]),
        reverse("schools:school_class", args=[world.class_a.pk]),
        reverse("schools:pupil", args=[pupil.pk]),
        reverse("schools:transfers"),
    ]


def offering(world, pupil):
    """Those that offer to follow: in the grid of a month a second line would cost a screen."""
    return [url for url in lists(world, pupil) if "/month/" not in url]


def send_away(world, pupil):
    Transfer.objects.create(
        pupil=pupil, from_class=world.class_a, to_school=world.school_b, leaves_on=D(2026, 10, 9),
        grade=6, sent_by=world.head_a, sent_on=D(2026, 10, 9),
    )  # fmt: skip


def test_every_list_of_pupils_says_who_asked_and_when_next(world, chua, sign_in):
    send_away(world, chua)
    client = sign_in(world.head_a)
    for url in lists(world, chua):
        said = read(client.get(url)).one("main").text
        assert "Giàng A Tủa đang theo dõi" in said, url
        assert "19/10" in said, url


def test_what_came_of_it_stands_there_too(world, chua, sign_in):
    close(world, chua.cases.get())
    client = sign_in(world.teacher_a)
    answer = client.get(reverse("schools:school_class", args=[world.class_a.pk]))
    assert "Đã ra lớp: Giàng A Chua · từ 12/10/2026" in read(answer).text
    url = reverse("mobilisation:case", args=[chua.cases.get().pk])
    assert f'href="{url}"' in answer.content.decode()


def test_who_follows_nobody_reads_nothing_of_it(world, chua, sign_in):
    for user in (world.province_officer, world.nobody):
        with CaptureQueriesContext(connection) as asked:
            assert following(_scope(user), [chua.pk]) == {}
        assert not [each for each in asked if "childcase" in each["sql"]]


@pytest.mark.parametrize("who", ["head_a", "commune_officer"])
def test_whoever_is_listed_can_be_followed_in_two_taps(world, chua, sign_in, who):
    """The list offers it; the page it leads to lacks nothing but the button."""
    send_away(world, chua)
    other = Pupil.objects.exclude(pk=chua.pk).filter(spells__school_class=world.class_a).first()
    send_away(world, other)
    close(world, chua.cases.get(), outcome="mistake")
    user = getattr(world, who)
    client = sign_in(user)
    for pupil in (chua, other):
        for url in offering(world, pupil)[0 if pupil == chua else 1 :]:
            offered = reverse("mobilisation:case_of_pupil", args=[pupil.pk])
            assert f'href="{offered}"' in client.get(url).content.decode(), url
    answer = client.get(offered)
    form = answer.context["form"]
    assert form.initial["kind"] == "drift"
    client.post(offered, form.initial)
    assert ChildCase.objects.get(pupil=other, state="open").owner == user
    for url in lists(world, other)[1:]:
        assert f'href="{offered}"' not in client.get(url).content.decode(), url


def test_a_pupil_nobody_knows_where_is_followed_from_its_home(world, sign_in):
    """Of a school elsewhere, at home in the commune, arrived nowhere."""
    spell = world.class_b.spells.select_related("pupil").first()
    spell.valid_to, spell.exit_reason = D(2026, 9, 10), "out"
    spell.save()
    pupil = spell.pupil
    url, client = reverse("schools:transfers"), sign_in(world.commune_officer)
    offered = reverse("mobilisation:case_of_pupil", args=[pupil.pk])
    assert client.get(offered).status_code == 404
    pupil.home = world.commune_a
    pupil.save()
    assert client.get(offered).status_code == 404
    send_away(world, pupil)
    Transfer.objects.filter(pupil=pupil).update(
        from_class=world.class_b, to_school=world.school_b, leaves_on=D(2026, 9, 10)
    )
    assert f'href="{offered}"' in client.get(url).content.decode()
    assert client.get(offered).context["form"].initial["kind"] == "out"
    # The head of a school in another commune answers for neither.
    assert f'href="{offered}"' not in sign_in(world.head_a).get(url).content.decode()


def test_who_reads_names_and_follows_nobody_is_offered_nothing(world, chua):
    scope = _scope(world.teacher_a)
    others = [spell.pupil_id for spell in world.class_b.spells.all()]
    assert following(scope, others) == {}
    assert set(following(scope, [chua.pk, *others])) == {chua.pk}


def _scope(user):
    from accounts.scoping import scope_for

    return scope_for(user)


def test_lists_ask_as_often_for_many_cases_as_for_one(world, chua, sign_in):
    client = sign_in(world.head_a)
    send_away(world, chua)
    urls = lists(world, chua)
    asked = []
    for _size in range(2):
        counts = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            counts.append(sum("mobilisation_" in each["sql"] for each in queries))
        asked.append(counts)
        for other in Pupil.objects.filter(spells__school_class=world.class_a, cases=None):
            visit(world, follow(world, other))
    assert asked[0] == asked[1]
    # The cases and their visits; what the menu counts comes with it.
    assert max(asked[1]) <= 4


def test_lists_of_the_survey_offer_to_follow(world, sign_in):
    survey = make_round(world.commune_a)
    child = make_child(survey, "Sùng Thị Dính", D(2010, 5, 6), sex="F")
    make_child(survey, "Sùng A Páo", D(2010, 5, 7), presence="left")
    client = sign_in(world.commune_officer)
    village = reverse("mobilisation:village", args=[world.commune_a.pk]) + "?village=hang+lia"
    missing = reverse("mobilisation:standards_missing", args=[world.commune_a.pk])
    offered = reverse("mobilisation:case_of_person", args=[child.person_id])
    for url in (village, f"{missing}?condition=THCS1-tot-nghiep"):
        links = read(client.get(url)).select("tbody a.button")
        assert [each.get("href") for each in links] == [offered], url
    form = client.get(offered).context["form"]
    assert form.initial["kind"] == "out"
    client.post(offered, form.initial)
    for url in (village, f"{missing}?condition=THCS1-tot-nghiep"):
        assert "Giàng A Tủa đang theo dõi" in read(client.get(url)).one("main").text
        assert not read(client.get(url)).select("tbody a.button"), url


def test_lists_of_the_survey_say_who_asked(world, sign_in):
    survey = make_round(world.commune_a)
    first = make_child(survey, "Sùng Thị Dính", D(2014, 5, 6), sex="F")
    visit(world, follow(world, person=first))
    client = sign_in(world.commune_officer)
    village = reverse("mobilisation:village", args=[world.commune_a.pk]) + "?village=hang+lia"
    asked = []
    for size in range(2):
        with CaptureQueriesContext(connection) as queries:
            said = read(client.get(village)).one("main").text
        asked.append(len(queries))
        assert said.count("Giàng A Tủa") >= 1 + size
        other = make_child(survey, "Sùng A Páo", D(2015, 5, 6))
        visit(world, follow(world, person=other))
    assert asked[1] <= asked[0]
