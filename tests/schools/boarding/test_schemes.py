"""The scheme of a semi-boarding school: who does which step, what is refused, what it changes."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from core.models import Event
from core.workflow import IllegalTransition
from schools.boarding.services import schemes as services
from schools.directory.selectors.schools import status_of
from schools.models import ConversionScheme, SchoolChange, SemiBoarding
from tests.world import MONDAY, make_user

D = datetime.date
NEXT = D(2027, 1, 1)


@pytest.fixture
def ready(world):
    """School A meets the rules: four of ten are semi-boarders."""
    for spell in world.class_a.spells.order_by("pk")[:4]:
        SemiBoarding.objects.create(pupil=spell.pupil, valid_from=D(2026, 8, 1))
    return world


def review(world):
    return services.review(school=world.school_a, by=world.commune_officer)


def draft(world, scheme, by=None):
    return services.draft(
        scheme=scheme, content="Nhà ở xa, có bếp", wanted_from=NEXT, by=by or world.head_a
    )


def appraise(world, scheme, by=None):
    return services.appraise(scheme=scheme, appraisal="Đủ", by=by or world.commune_officer)


def approve(world, scheme, by=None, **more):
    given = {"decision": "12/QĐ-UBND", "decided_on": MONDAY, "effective_on": NEXT, **more}
    return services.approve(scheme=scheme, by=by or world.province_officer, **given)


def test_from_review_to_the_type_of_the_school(ready):
    scheme = review(ready)
    assert scheme.figures["verdict"] == "met"
    assert (scheme.figures["pupils"], scheme.figures["semi_boarders"]) == (10, 4)
    draft(ready, scheme)
    appraise(ready, scheme)
    done = approve(ready, scheme)
    assert (done.state, done.decision, done.effective_on) == ("approved", "12/QĐ-UBND", NEXT)
    before, after = (status_of(ready.school_a, on=day) for day in (D(2026, 12, 31), NEXT))
    assert (before, after.kind, after.decision) == (None, "PTDTBT", "12/QĐ-UBND")
    change = SchoolChange.objects.get()
    assert (change.effective_on, change.decision, change.decided_on) == (NEXT, "12/QĐ-UBND", MONDAY)
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        "scheme.reviewed",
        "scheme.drafted",
        "scheme.appraised",
        "school.changed",
        "scheme.approved",
    ]
    assert all(each.school_id == ready.school_a.pk for each in Event.objects.all())
    # What was seen on the day of the review stays.
    SemiBoarding.objects.all().delete()
    assert ConversionScheme.objects.get().figures["semi_boarders"] == 4


def test_a_review_needs_a_school_that_meets_and_has_no_scheme(world, ready):
    with pytest.raises(ValidationError, match="chưa đạt quy định"):
        services.review(school=world.school_b, by=world.province_officer)
    review(ready)
    with pytest.raises(ValidationError, match="chưa kết thúc"):
        review(ready)
    scheme = ConversionScheme.objects.get()
    services.withdraw(scheme=scheme, reason="Chưa đủ phòng ở", by=world.commune_officer)
    again = review(ready)
    approve(ready, appraise(ready, draft(ready, again)), effective_on=MONDAY)
    with pytest.raises(ValidationError, match="đã là trường"):
        review(ready)


def test_three_people_have_their_hands_in_it(ready, world):
    scheme = draft(ready, review(ready))
    both = make_user("both", "Sùng A Lử", "school_head", since=world.since, school=world.school_a)
    both.grants.create(role="province_officer", valid_from=world.since, area=world.province)
    services.send_back(scheme=scheme, reason="Thiếu bếp", by=world.commune_officer)
    draft(ready, scheme, by=both)
    with pytest.raises(IllegalTransition, match="ba người khác nhau"):
        appraise(ready, scheme, by=both)
    appraise(ready, scheme, by=world.province_officer)
    for person in (both, world.province_officer):
        with pytest.raises(IllegalTransition, match="ba người khác nhau"):
            approve(ready, scheme, by=person)
    other = make_user(
        "other", "Lý Thị Nga", "province_officer", since=world.since, area=world.province
    )
    assert approve(ready, scheme, by=other).state == "approved"


def test_steps_are_taken_in_order_and_by_who_may(ready, world):
    scheme = review(ready)
    for act in (appraise, approve):
        with pytest.raises(IllegalTransition):
            act(ready, scheme)
    with pytest.raises(PermissionDenied):
        draft(ready, scheme, by=world.head_b)
    with pytest.raises(PermissionDenied):
        draft(ready, scheme, by=world.commune_officer)
    draft(ready, scheme)
    with pytest.raises(IllegalTransition, match="thẩm định"):
        draft(ready, scheme)
    with pytest.raises(PermissionDenied):
        appraise(ready, scheme, by=world.head_a)
    appraise(ready, scheme)
    with pytest.raises(PermissionDenied):
        approve(ready, scheme, by=world.commune_officer)
    approve(ready, scheme)
    with pytest.raises(IllegalTransition, match="kết thúc"):
        services.withdraw(scheme=scheme, reason="Thôi", by=world.commune_officer)


def test_a_scheme_sent_back_is_drafted_anew(ready, world):
    scheme = appraise(ready, draft(ready, review(ready)))
    with pytest.raises(ValidationError) as refused:
        services.send_back(scheme=scheme, reason=" ", by=world.commune_officer)
    assert "reason" in refused.value.error_dict
    services.send_back(scheme=scheme, reason="Thiếu bếp", by=world.commune_officer)
    mended = draft(ready, scheme)
    assert (mended.state, mended.reason, mended.appraised_by) == ("drafted", "", None)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"decision": " "}, "decision"),
        ({"effective_on": MONDAY - datetime.timedelta(days=1)}, "effective_on"),
        ({"decided_on": D(2026, 10, 13)}, "decided_on"),
    ],
)
def test_a_decision_that_cannot_be_leaves_everything_as_it_was(ready, world, more, field):
    scheme = appraise(ready, draft(ready, review(ready)))
    events = Event.objects.count()
    with pytest.raises(ValidationError) as refused:
        approve(ready, scheme, **more)
    assert field in refused.value.error_dict
    assert ConversionScheme.objects.get().state == "appraised"
    assert (SchoolChange.objects.count(), Event.objects.count()) == (0, events)
    assert status_of(world.school_a, on=NEXT) is None


def test_a_type_that_changes_later_is_said_at_the_day(ready, world):
    scheme = appraise(ready, draft(ready, review(ready)))
    world.school_a.statuses.create(kind="regular", valid_from=D(2027, 3, 1))
    with pytest.raises(ValidationError) as refused:
        approve(ready, scheme)
    assert "effective_on" in refused.value.error_dict


def test_the_pages_lead_from_the_review_to_the_decision(ready, world, sign_in):
    def post(person, name, pk, **values):
        url = reverse(name, args=[pk])
        return sign_in(person).post(url, {"operation": str(uuid.uuid4()), **values})

    page = reverse("schools:boarding_school", args=[world.school_a.pk])
    assert "Ghi kết quả rà soát" in sign_in(world.commune_officer).get(page).content.decode()
    assert "Ghi kết quả rà soát" not in sign_in(world.head_a).get(page).content.decode()
    post(world.commune_officer, "schools:scheme_review", world.school_a.pk)
    scheme = ConversionScheme.objects.get()
    own = reverse("schools:scheme", args=[scheme.pk])
    assert "Soạn đề án" in sign_in(world.head_a).get(own).content.decode()
    refused = post(world.head_a, "schools:scheme_draft", scheme.pk, content="", wanted_from="")
    assert refused.status_code == 422
    post(
        world.head_a,
        "schools:scheme_draft",
        scheme.pk,
        content="Có bếp",
        wanted_from="2027-01-01",
    )
    post(world.commune_officer, "schools:scheme_appraise", scheme.pk, appraisal="Đủ")
    answer = post(
        world.province_officer,
        "schools:scheme_approve",
        scheme.pk,
        decision="12/QĐ-UBND",
        decided_on="2026-10-12",
        effective_on="2027-01-01",
    )
    assert (answer.status_code, answer.url) == (302, own)
    shown = sign_in(world.head_a).get(own).content.decode()
    assert "Quyết định 12/QĐ-UBND ngày 12/10/2026" in shown
    assert sign_in(world.head_b).get(own).status_code == 404
