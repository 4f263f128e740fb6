"""Recording a visit and following its recommendations."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import Event
from inspections.models import Recommendation, RecommendationProof, Visit
from inspections.services import visits
from inspections.services.plans import cancel_visit
from inspections.services.visits import (
    Asked,
    answer_recommendation,
    finish_recommendation,
    record_visit,
    reopen_recommendation,
)
from reports.models import Flag
from tests.html_query import read
from tests.photos import JPEG

D = datetime.date
ROWS = [Asked("Nộp sổ trước 8 giờ", "Hiệu trưởng", D(2026, 10, 30))]


def record(w, plan, **more):
    values = {
        "visit": plan.visits.first(),
        "visited_on": D(2026, 10, 12),
        "result": "Đếm được 30/35 em.",
        "recommendations": ROWS,
        "by": w.member_user,
    }
    return record_visit(**{**values, **more})


def test_a_recorded_visit_keeps_day_result_recorder_and_recommendations(approved, flagged):
    visit = record(flagged, approved)
    visit.refresh_from_db()
    assert (visit.state, visit.visited_on, visit.result, visit.recorded_by) == (
        "done",
        D(2026, 10, 12),
        "Đếm được 30/35 em.",
        flagged.member_user,
    )
    assert visit.recorded_at is not None
    assert list(visit.recommendations.values_list("text", "owner", "due_on", "state")) == [
        ("Nộp sổ trước 8 giờ", "Hiệu trưởng", D(2026, 10, 30), "open")
    ]
    assert Flag.objects.get(pk=flagged.flag_a.pk).state == "visited"
    assert Flag.objects.get(pk=flagged.flag_b.pk).state == "open"


def test_a_withdrawn_flag_stays_withdrawn_after_the_visit(approved, flagged):
    Flag.objects.filter(pk=flagged.flag_a.pk).update(state="withdrawn")
    record(flagged, approved)
    assert Flag.objects.get(pk=flagged.flag_a.pk).state == "withdrawn"


@pytest.mark.parametrize("who", ["province_officer", "commune_officer", "nobody"])
def test_only_the_member_in_charge_records(approved, flagged, who):
    with pytest.raises(ValidationError) as refused:
        record(flagged, approved, by=getattr(flagged, who))
    assert refused.value.code == "not_in_charge"
    assert Visit.objects.get().state == "planned"


def test_a_visit_of_nobody_is_recorded_by_nobody(draft, flagged):
    with pytest.raises(ValidationError) as refused:
        record(flagged, draft, visit=draft.visits.get(commune=flagged.commune_b))
    assert refused.value.code == "not_in_charge"


def test_a_visit_of_a_draft_is_not_recorded(draft, flagged):
    with pytest.raises(ValidationError) as refused:
        record(flagged, draft, visit=draft.visits.get(commune=flagged.commune_a))
    assert refused.value.code == "draft"


@pytest.mark.parametrize("day", [D(2026, 10, 13), D(2026, 9, 30)])
def test_a_day_to_come_or_before_the_plan_is_refused(approved, flagged, day):
    with pytest.raises(ValidationError) as refused:
        record(flagged, approved, visited_on=day)
    assert list(refused.value.error_dict) == ["visited_on"]


def test_a_visit_without_a_result_is_refused(approved, flagged):
    with pytest.raises(ValidationError) as refused:
        record(flagged, approved, result="  ")
    assert list(refused.value.error_dict) == ["result"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (Asked("Nộp sổ", "Hiệu trưởng", D(2026, 10, 11)), "có hạn trước ngày kiểm tra"),
        (Asked(" ", "Hiệu trưởng", D(2026, 10, 30)), "text.*không được để trắng"),
        (Asked("Nộp sổ", " ", D(2026, 10, 30)), "owner.*không được để trắng"),
    ],
)
def test_a_wrong_recommendation_leaves_nothing_half_written(approved, flagged, row, why):
    with pytest.raises(ValidationError, match=why):
        record(flagged, approved, recommendations=[*ROWS, row])
    assert Visit.objects.get().state == "planned"
    assert Recommendation.objects.count() == 0
    assert Flag.objects.get(pk=flagged.flag_a.pk).state == "planned"


def test_a_visit_is_recorded_once(approved, flagged):
    record(flagged, approved)
    with pytest.raises(ValidationError) as refused:
        record(flagged, approved, result="Khác")
    assert refused.value.code == "state"
    assert Visit.objects.get().result == "Đếm được 30/35 em."


def test_a_visit_called_off_is_not_recorded(approved, flagged):
    cancel_visit(visit=approved.visits.get(), reason="Mưa lũ", by=flagged.province_officer)
    with pytest.raises(ValidationError) as refused:
        record(flagged, approved)
    assert refused.value.code == "state"


def carried_out(recommendation, by, **changed):
    data = {"done_on": recommendation.visit.visited_on, "evidence": "Sổ tháng 10 đủ 26 buổi."}
    return finish_recommendation(recommendation=recommendation, by=by, **(data | changed))


def test_a_recommendation_carried_out_knows_who_when_and_what_shows_it(approved, flagged):
    recommendation = record(flagged, approved).recommendations.get()
    carried_out(recommendation, flagged.member_user)
    found = Recommendation.objects.get()
    assert (found.state, found.done_by) == ("done", flagged.member_user)
    assert (found.done_on, found.evidence) == (found.visit.visited_on, "Sổ tháng 10 đủ 26 buổi.")
    assert found.done_at is not None


def test_a_recommendation_carried_out_twice_keeps_the_first_note(approved, flagged):
    recommendation = record(flagged, approved).recommendations.get()
    carried_out(recommendation, flagged.member_user)
    carried_out(recommendation, flagged.province_officer, evidence="Khác")
    found = Recommendation.objects.get()
    assert (found.done_by, found.evidence) == (flagged.member_user, "Sổ tháng 10 đủ 26 buổi.")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"evidence": "  "}, "evidence"),
        ({"done_on": D(2000, 1, 3)}, "done_on"),
        ({"done_on": D(2099, 1, 1)}, "done_on"),
    ],
)
def test_a_recommendation_without_proof_or_day_stays_open(approved, flagged, changed, field):
    recommendation = record(flagged, approved).recommendations.get()
    with pytest.raises(ValidationError) as refused:
        carried_out(recommendation, flagged.member_user, **changed)
    assert list(refused.value.message_dict) == [field]
    assert Recommendation.objects.get().state == "open"


def test_a_recommendation_is_opened_again_for_a_reason(approved, flagged):
    recommendation = record(flagged, approved).recommendations.get()
    with pytest.raises(ValidationError, match="Kiến nghị này đang mở"):
        reopen_recommendation(recommendation=recommendation, reason="x", by=flagged.member_user)
    carried_out(recommendation, flagged.member_user)
    with pytest.raises(ValidationError, match="Ghi lý do mở lại"):
        reopen_recommendation(recommendation=recommendation, reason=" ", by=flagged.member_user)
    reopen_recommendation(
        recommendation=recommendation, reason="Sổ lại thiếu", by=flagged.province_officer
    )
    found = Recommendation.objects.get()
    assert (found.state, found.done_by, found.done_on, found.evidence) == ("open", None, None, "")


# --- What those inspected answer ------------------------------------------------------------


@pytest.fixture
def asked(approved, flagged):
    """One recommendation to commune A and one to its school A."""
    rows = [*ROWS, Asked("Đếm lại sĩ số", "Hiệu trưởng", D(2026, 10, 30), flagged.school_a)]
    return record(flagged, approved, recommendations=rows).recommendations


def answered(recommendation, by, **changed):
    data = {"remedied_on": D(2026, 10, 12), "remedy": "Đã gửi đủ sổ tuần này."}
    return answer_recommendation(recommendation=recommendation, by=by, **(data | changed))


def test_the_commune_answers_and_the_member_confirms(asked, flagged):
    recommendation = asked.get(school=None)
    answered(recommendation, flagged.commune_officer)
    found = Recommendation.objects.get(pk=recommendation.pk)
    assert (found.state, found.answered_by) == ("answered", flagged.commune_officer)
    assert (found.remedied_on, found.remedy) == (D(2026, 10, 12), "Đã gửi đủ sổ tuần này.")
    carried_out(found, flagged.member_user)
    assert Recommendation.objects.get(pk=found.pk).state == "done"


def test_a_head_answers_for_the_own_school_alone(asked, flagged):
    answered(asked.get(school=flagged.school_a), flagged.head_a)
    for recommendation, who in (
        (asked.get(school=None), flagged.head_a),
        (asked.get(school=flagged.school_a), flagged.head_b),
    ):
        with pytest.raises(PermissionDenied):
            answered(recommendation, who)


def test_an_answer_not_enough_is_given_back_and_given_again(asked, flagged):
    recommendation = asked.get(school=None)
    answered(recommendation, flagged.commune_officer)
    reopen_recommendation(
        recommendation=recommendation, reason="Còn thiếu 3 sổ", by=flagged.member_user
    )
    found = Recommendation.objects.get(pk=recommendation.pk)
    assert (found.state, found.remedy, found.answered_by, found.remedied_on) == (
        ("open", "", None, None)
    )
    answered(found, flagged.commune_officer, remedy="Đã đủ 26 buổi.")
    assert Recommendation.objects.get(pk=found.pk).remedy == "Đã đủ 26 buổi."


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"remedy": "  "}, "remedy"),
        ({"remedied_on": D(2026, 10, 11)}, "remedied_on"),
        ({"remedied_on": D(2026, 10, 13)}, "remedied_on"),
    ],
)
def test_an_answer_says_what_was_done_and_when(asked, flagged, changed, field):
    recommendation = asked.get(school=None)
    with pytest.raises(ValidationError) as refused:
        answered(recommendation, flagged.commune_officer, **changed)
    assert list(refused.value.error_dict) == [field]
    assert Recommendation.objects.get(pk=recommendation.pk).state == "open"


def test_a_photo_sent_with_an_answer_stays_for_those_who_read_it(asked, flagged, client):
    recommendation = asked.get(school=None)
    answered(recommendation, flagged.commune_officer, proof=SimpleUploadedFile("họp.jpg", JPEG))
    proof = RecommendationProof.objects.get()
    folder, _slash, name = proof.file.name.rpartition("/")
    assert (folder, name.endswith(".jpg"), "họp" in name) == ("recommendation_proof", True, False)
    event = Event.objects.get(kind="recommendation.answered")
    assert event.changes["proof"] == [None, proof.pk]
    reopen_recommendation(
        recommendation=recommendation, reason="Còn thiếu 3 sổ", by=flagged.member_user
    )
    answered(recommendation, flagged.commune_officer, proof=SimpleUploadedFile("b.jpg", JPEG))
    assert recommendation.proofs.count() == 2
    address = reverse("inspections:recommendation_proof", args=[proof.pk])
    for who, status in (
        (flagged.member_user, 200),
        (flagged.province_officer, 200),
        (flagged.commune_officer, 200),
        (flagged.head_b, 404),
    ):
        client.force_login(who)
        assert client.get(address).status_code == status, who
    client.force_login(flagged.member_user)
    visit = read(client.get(reverse("inspections:visit", args=[recommendation.visit_id])))
    assert [a.get("href") for a in visit.select("a") if "/proof/" in a.get("href")] == [
        reverse("inspections:recommendation_proof", args=[each.pk])
        for each in recommendation.proofs.all()
    ]


def test_what_is_no_photo_or_paper_is_refused_with_the_answer(asked, flagged, client):
    recommendation = asked.get(school=None)
    client.force_login(flagged.commune_officer)
    answer = client.post(
        reverse("inspections:recommendation_answer", args=[recommendation.pk]),
        {
            "remedied_on": "2026-10-12",
            "remedy": "Đã họp",
            "proof": SimpleUploadedFile("a.jpg", b"<html>"),
        },
    )
    assert answer.status_code == 422
    assert read(answer).select("#id_proof_error")
    assert not RecommendationProof.objects.exists()
    assert Recommendation.objects.get(pk=recommendation.pk).state == "open"


def test_so_many_files_an_hour_and_no_more(asked, flagged, monkeypatch):
    monkeypatch.setattr(visits, "PROOFS_PER_HOUR", 1)
    recommendation = asked.get(school=None)
    answered(recommendation, flagged.commune_officer, proof=SimpleUploadedFile("a.jpg", JPEG))
    with pytest.raises(ValidationError) as refused:
        answered(recommendation, flagged.commune_officer, proof=SimpleUploadedFile("b.jpg", JPEG))
    assert "proof" in refused.value.error_dict


def test_a_school_elsewhere_is_asked_nothing(approved, flagged):
    row = Asked("Nộp sổ", "Hiệu trưởng", D(2026, 10, 30), flagged.school_b)
    with pytest.raises(ValidationError) as refused:
        record(flagged, approved, recommendations=[row])
    assert refused.value.code == "other_school"
    assert Visit.objects.get().state == "planned"
