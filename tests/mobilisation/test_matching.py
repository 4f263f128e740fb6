"""Children of the survey and pupils on the rolls: what is proposed, and what a person decides."""

import datetime
import io

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.scoping import scope_for
from core.models import Event
from mobilisation.matching.pupil_records import anonymise, give_back, move, obstacles, tables
from mobilisation.matching.scoring import LEAST, Record, pairs, score
from mobilisation.matching.selectors.lists import (
    certain_of,
    found_of,
    on_roll_only,
    proposals_of,
    to_bring,
)
from mobilisation.matching.services.matching import confirm, confirm_certain, search_rolls, undo
from mobilisation.models import Match, Proposal, RejectedPair, SurveyEntry, SurveyPerson
from mobilisation.surveys.services import anonymising
from schools.event_log.selectors import events_for
from schools.models import NamesShown, Pupil
from tests.html_query import read
from tests.mobilisation.case_builders import follow
from tests.mobilisation.invented_children import best_of, children, measure
from tests.mobilisation.survey_workbooks import make_child, make_round

DAY = datetime.date(2015, 4, 9)


def record(pk=1, name="giang a pao", born=DAY, sex="M", group="08", number=""):
    return Record(pk, name, born.year if born else 2015, born, sex, group, number)


@pytest.mark.parametrize(
    ("other", "least", "most"),
    [
        (record(), 100, 100),
        (record(born=datetime.date(2015, 9, 4)), 90, 99),  # day and month swapped
        (record(born=datetime.date(2015, 4, 19)), 80, 95),
        (record(born=datetime.date(2014, 4, 9)), LEAST, 90),
        (record(born=None), LEAST, 90),
        (record(name="giang pao"), 90, 99),  # the middle name left out
        (record(sex="F"), LEAST, 90),
        (record(name="lo van inh"), 0, LEAST - 1),
        (record(born=datetime.date(2009, 1, 2)), 0, LEAST - 1),
    ],
)
def test_points_fall_with_each_slip(other, least, most):
    assert least <= score(record(), other) <= most


def test_a_pair_is_certain_only_when_nobody_else_is_as_like():
    (pair,) = pairs([record(1)], [record(7)])
    assert pair.is_certain
    two = pairs([record(1)], [record(7), record(8)])
    assert [each.is_certain for each in two] == [False, False]
    # Twins have one day and one family, and names of their own.
    twins = pairs(
        [record(1, "giang a pao"), record(2, "giang a tua")],
        [record(7, "giang a pao"), record(8, "giang a tua")],
    )
    assert [(each.person, each.pupil, each.is_certain) for each in twins] == [
        (1, 7, True),
        (2, 8, True),
    ]


def test_what_is_not_shown_counts_against_certainty_too():
    """Of five pupils of one name and day three are shown to a child; each of them has a rival."""
    people = [record(1), record(2, number="012345678901")]
    pupils = [record(n, number=f"01234567890{n}") for n in (3, 4, 5, 6)] + [record(7)]
    found = pairs(people, pupils)
    assert not [each for each in found if each.is_certain]
    (alone,) = pairs(
        [record(2, number="012345678901")],
        [record(7, number="012345678901"), record(8, "giang a tua", number="012345678902")],
    )
    assert alone.is_certain


@pytest.mark.parametrize("swapped", [False, True])
def test_who_is_as_much_alike_takes_the_certainty_of_either_side(swapped):
    """A name without its middle, in the same village: as many points as another ethnic group."""
    one = record(1, group="03")
    other = Record(2, "giang pao", 2015, DAY, "M", "08", village="nam cay")
    pupil = Record(7, "giang a pao", 2015, DAY, "M", "08", village="nam cay xa a")
    if swapped:
        person = Record(1, "giang a pao", 2015, DAY, "M", "08", village="nam cay")
        two = [
            record(7, group="03"),
            Record(8, "giang pao", 2015, DAY, "M", "08", village="nam cay"),
        ]
        found = pairs([person], two)
    else:
        found = pairs([one, other], [pupil])
    assert [each.score for each in found] == [96, 96]
    assert not [each for each in found if each.is_certain]


def test_who_lives_elsewhere_may_be_the_pupil_too():
    (pair,) = pairs([record(1)], [record(7)], rivals=[record(2)])
    assert (pair.person, pair.is_certain) == (1, False)
    (pair,) = pairs([record(1)], [record(7)], rivals=[record(2, "giang a tua")])
    assert pair.is_certain


def test_a_number_decides_against_everything_but_another_child():
    number = "012345678901"
    (pair,) = pairs(
        [record(number=number)], [record(7, name="giang pao", number=number, group="03")]
    )
    assert pair.is_certain
    assert pairs([record(number=number)], [record(7, number="012345678902")]) == []
    assert pairs([record(number=number)], [record(7, "lo thi mai", number=number, sex="F")]) == []


def test_who_was_told_apart_is_proposed_no_more():
    assert pairs([record(1)], [record(7)], apart={(1, 7)}) == []


def test_nobody_is_like_another_for_having_no_name():
    number = "012345678901"
    assert pairs([record(name="")], [record(7, name="")]) == []
    assert pairs([record(name="", number=number)], [record(7, name="", number=number)]) == []


def test_invented_children_are_found_as_the_documentation_says():
    people, pupils, truth = children(2_000, seed=5)
    found = pairs(people, pupils)
    precision, recall = measure({(p.person, p.pupil) for p in found if p.is_certain}, truth)
    assert precision >= 0.999
    assert recall >= 0.83
    precision, recall = measure(best_of(found), truth)
    assert precision >= 0.995
    assert recall >= 0.985


# --- With the database -----------------------------------------------------------------------


@pytest.fixture
def surveyed(world):
    """6A against a survey: three found exactly, one with a slip, one who is on no roll."""
    survey_round = make_round(world.commune_a)
    pupils = list(Pupil.objects.filter(spells__school_class=world.class_a).order_by("pk"))
    for pupil in pupils[:3]:
        make_child(
            survey_round, pupil.full_name, pupil.birth_date, sex=pupil.sex,
            ethnic_group=pupil.ethnic_group,
        )  # fmt: skip
    slip = pupils[3]
    make_child(
        survey_round, slip.full_name, slip.birth_date.replace(day=11), sex=slip.sex,
        ethnic_group=slip.ethnic_group,
    )  # fmt: skip
    make_child(survey_round, "Sùng Thị Dính", datetime.date(2014, 5, 6), sex="F")
    make_child(survey_round, "Sùng A Lềnh", datetime.date(2014, 5, 6), can_learn=False)
    make_child(survey_round, "Sùng A Của", datetime.date(2025, 5, 6))
    make_child(survey_round, "Sùng A Chính", datetime.date(2014, 7, 8), presence="left")
    make_child(survey_round, "Sùng A Kiên", datetime.date(2010, 7, 8), finished_level="THCS")
    world.survey_round, world.slip = survey_round, slip
    return world


def names(entries):
    return sorted(entry.person.full_name for entry in entries)


@pytest.mark.django_db
def test_three_lists(surveyed):
    w = surveyed
    assert search_rolls(survey_round=w.survey_round, on=w.today, by=w.commune_officer) == 4
    assert confirm_certain(survey_round=w.survey_round, seen=3, by=w.commune_officer) == 3
    (doubtful,) = Proposal.objects.all()
    assert (doubtful.pupil, doubtful.is_certain) == (w.slip, False)
    assert doubtful.score >= LEAST
    bring = names(to_bring(w.survey_round, w.today))
    assert bring == sorted([w.slip.full_name, "Sùng Thị Dính"])
    assert found_of(w.survey_round, w.today).count() == 3
    # Two classes of ten pupils, three of them matched.
    assert on_roll_only(w.survey_round, w.today).count() == 7
    match = confirm(proposal=doubtful, by=w.commune_officer)
    assert names(to_bring(w.survey_round, w.today)) == ["Sùng Thị Dính"]
    undo(match=match, area=w.commune_a.pk, by=w.commune_officer)
    assert names(to_bring(w.survey_round, w.today)) == bring
    kinds = Event.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds)[-4:] == [
        "survey.searched",
        "survey.matched_together",
        "survey.matched",
        "survey.match_undone",
    ]


@pytest.mark.django_db
def test_who_leaves_the_roll_is_to_be_brought_back(surveyed):
    w = surveyed
    search_rolls(survey_round=w.survey_round, on=w.today, by=None)
    confirm_certain(survey_round=w.survey_round, seen=3, by=w.commune_officer)
    match = Match.objects.first()
    match.pupil.spells.update(valid_to=w.today, exit_reason="dropout")
    assert match.person.full_name in names(to_bring(w.survey_round, w.today))


@pytest.mark.django_db
def test_a_child_who_learns_in_another_commune_is_found_by_name(surveyed):
    w = surveyed
    pupil = Pupil.objects.get(full_name="Lò Văn Hặc")
    make_child(
        w.survey_round, pupil.full_name, pupil.birth_date, sex=pupil.sex,
        ethnic_group=pupil.ethnic_group,
    )  # fmt: skip
    search_rolls(survey_round=w.survey_round, on=w.today, by=None)
    assert certain_of(w.survey_round).filter(pupil=pupil).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("year", [2025, 2023])
def test_a_pupil_far_away_is_not_certain_when_a_child_lives_there(surveyed, year):
    """A namesake of another commune who is not matched yet may be that pupil as well."""
    w = surveyed
    pupil = Pupil.objects.get(full_name="Lò Văn Hặc")
    told = {"sex": pupil.sex, "ethnic_group": pupil.ethnic_group}
    make_child(w.survey_round, pupil.full_name, pupil.birth_date, **told)
    there = make_child(
        make_round(w.commune_b, year), pupil.full_name, pupil.birth_date, form="b", **told
    )
    search_rolls(survey_round=w.survey_round, on=w.today, by=None)
    is_asked = year == 2025  # older rounds are no word of who lives there now
    assert certain_of(w.survey_round).filter(pupil=pupil).exists() is not is_asked
    assert proposals_of(w.survey_round).filter(pupil=pupil).exists() is is_asked
    SurveyEntry.objects.filter(pk=there.pk).update(presence="left")
    search_rolls(survey_round=w.survey_round, on=w.today, by=None)
    assert certain_of(w.survey_round).filter(pupil=pupil).exists()


@pytest.mark.django_db
def test_what_another_confirmed_meanwhile_is_told(surveyed, sign_in):
    w = surveyed
    search_rolls(survey_round=w.survey_round, on=w.today, by=None)
    client = sign_in(w.commune_officer)
    url = reverse("mobilisation:confirm_certain", args=[w.commune_a.pk])
    page = read(client.post(url, {"seen": "2"}, follow=True))
    assert "vừa thay đổi" in page.text
    assert not Match.objects.exists()
    proposal = Proposal.objects.filter(is_certain=False).get()
    Match.objects.create(
        person=proposal.person, pupil=proposal.pupil, score=1, confirmed_by=w.commune_officer,
        confirmed_at="2026-10-12T00:00:00Z",
    )  # fmt: skip
    url = reverse("mobilisation:answer", args=[proposal.pk])
    assert "vừa được xác nhận" in read(client.post(url, {"answer": "one"}, follow=True)).text


@pytest.mark.django_db
def test_two_children_are_proposed_no_more(surveyed, sign_in):
    w = surveyed
    search_rolls(survey_round=w.survey_round, on=w.today, by=None)
    proposal = Proposal.objects.get(is_certain=False)
    url = reverse("mobilisation:answer", args=[proposal.pk])
    sign_in(w.commune_officer).post(url, {"answer": "two"})
    assert RejectedPair.objects.count() == 1
    search_rolls(survey_round=w.survey_round, on=w.today, by=None)
    assert not Proposal.objects.filter(is_certain=False).exists()


@pytest.mark.django_db
def test_a_pupil_outside_the_commune_is_not_named(surveyed, sign_in):
    w = surveyed
    pupil = Pupil.objects.get(full_name="Sùng A Páo")
    make_child(w.survey_round, "Sùng Páo", pupil.birth_date, sex=pupil.sex)
    Proposal.objects.create(
        survey_round=w.survey_round, person=w.survey_round.entries.last().person, pupil=pupil,
        score=90, is_certain=False,
    )  # fmt: skip
    url = reverse("mobilisation:rolls", args=[w.commune_a.pk]) + "?list=decide"
    text = read(sign_in(w.commune_officer).get(url)).text
    assert "ở trường ngoài xã" in text
    assert "Sùng A Páo" not in text


@pytest.mark.django_db
def test_a_match_goes_with_a_merged_record_and_comes_back(surveyed):
    w = surveyed
    search_rolls(survey_round=w.survey_round, on=w.today, by=None)
    confirm_certain(survey_round=w.survey_round, seen=3, by=w.commune_officer)
    one, two = (match.pupil for match in Match.objects.order_by("pk")[:2])
    assert obstacles(one, two)
    kept = w.slip
    assert obstacles(kept, one) == []
    before = move(kept, one)
    assert kept.survey_match.pk == before
    assert tables(kept)[0].rows[0][0] == 2026
    give_back(kept, one, before, lambda *_: True)
    assert Match.objects.get(pk=before).pupil == one
    assert anonymise(one, [], "—") == {"mobilisation.match": [before]}
    assert not Match.objects.filter(pupil=one).exists()


def test_the_list_to_bring_is_taken_as_a_file_with_trail_and_event(world, sign_in):
    """The rows of the page, with who follows the child; nobody above the commune gets it."""
    survey = make_round(world.commune_a)
    first = make_child(survey, "Sùng Thị Dính", datetime.date(2014, 5, 6), sex="F")
    make_child(survey, "Lù A Sử", village="Bản Mới", grade=3, school_name="<b>TH & X")
    make_child(survey, "Lù A Xa", presence="left")
    follow(world, person=first)
    url = reverse("mobilisation:to_bring_file", args=[world.commune_a.pk])
    client = sign_in(world.commune_officer)
    page = client.get(reverse("mobilisation:rolls", args=[world.commune_a.pk]))
    assert f'href="{url}"' in page.content.decode()
    answer = client.get(url)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
    rows = [[str(cell) for cell in row] for row in sheet.to_python()]
    assert rows[0][:3] == ["STT", "Họ và tên", "Ngày sinh"]
    assert sorted(row[1] for row in rows[1:]) == ["Lù A Sử", "Sùng Thị Dính"]
    by_name = {row[1]: row for row in rows[1:]}
    assert by_name["Sùng Thị Dính"][2:4] == ["06/05/2014", "Nữ"]
    assert by_name["Sùng Thị Dính"][9:] == [
        "không đi học",
        "Giàng A Tủa đang theo dõi",
        "19/10/2026",
    ]
    assert by_name["Lù A Sử"][9] == "khối 3 · <b>TH & X"
    shown = NamesShown.objects.get(kind="file")
    # Two children, and the heads of their two households.
    assert (shown.names, shown.user) == (4, world.commune_officer)
    event = Event.objects.get(kind="survey.to_bring_fetched")
    assert (event.changes["children"][1], event.actor) == (2, world.commune_officer)
    for other in (world.district_officer, world.member_user, world.head_a):
        assert sign_in(other).get(url).status_code in (403, 404)


@pytest.mark.django_db
def test_who_was_made_anonymous_is_matched_with_nobody(surveyed):
    """Neither by a new search nor by a proposal of before; and nothing says who it was like."""
    w = surveyed
    search_rolls(survey_round=w.survey_round, on=w.today, by=None)
    one, two, three = certain_of(w.survey_round)
    Proposal.objects.filter(pk=one.pk).update(is_certain=False)
    RejectedPair.objects.create(person=one.person, pupil=w.slip)
    anonymising.anonymise([one.person_id])
    assert not Proposal.objects.filter(person=one.person).exists()
    assert not RejectedPair.objects.filter(person=one.person).exists()
    # As if it were made anonymous a moment after the page was shown.
    SurveyPerson.objects.filter(pk=two.person_id).update(anonymised_at=timezone.now())
    with pytest.raises(ValidationError):
        confirm(proposal=two, by=w.commune_officer)
    assert confirm_certain(survey_round=w.survey_round, seen=1, by=w.commune_officer) == 1
    assert Match.objects.get().person == three.person
    search_rolls(survey_round=w.survey_round, on=w.today, by=None)
    assert not Proposal.objects.filter(person__in=[one.person, two.person]).exists()
    assert not proposals_of(w.survey_round).filter(person__in=[one.person, two.person]).exists()


@pytest.mark.django_db
def test_who_was_matched_is_read_where_the_survey_is_kept(surveyed):
    w = surveyed
    search_rolls(survey_round=w.survey_round, on=w.today, by=None)
    proposal = certain_of(w.survey_round)[0]
    match = confirm(proposal=proposal, by=w.commune_officer)
    undo(match=match, area=w.commune_a.pk, by=w.commune_officer)
    named = Event.objects.filter(object_name=proposal.person.full_name)

    def read_by(user):
        return events_for(scope_for(user)).filter(pk__in=named).count()

    assert read_by(w.commune_officer) == 2
    assert read_by(w.province_officer) == read_by(w.district_officer) == 0
    # How many were searched and found names nobody, and is read above.
    assert events_for(scope_for(w.province_officer)).filter(kind="survey.searched").exists()
