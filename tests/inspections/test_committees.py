"""Committees, terms, and who answers for which commune."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.scoping import scope_for
from core.models import Event
from core.permissions import Permission as P
from inspections.meetings.services import Minutes, correct_meeting, set_regulation, write_meeting
from inspections.models import Assignment, Committee, Member
from inspections.papers.services import issue_committee_paper
from inspections.selectors.committees import (
    committees_in,
    communes_free,
    communes_without_anybody,
)
from inspections.services.committees import (
    appoint_member,
    assign_commune,
    change_member,
    end_assignment,
    end_term,
    found_committee,
)
from reports.papers.issuing import Particulars
from schools.areas.selectors.tree import AreaTree

D = datetime.date
TODAY = D(2026, 10, 12)


def found(w, **more):
    values = {
        "area": w.cluster,
        "name": "BCĐ PCGD cụm A",
        "kind": "universal",
        "valid_from": TODAY,
        "by": w.province_officer,
    }
    return found_committee(**{**values, **more})


def appoint(w, **more):
    values = {
        "committee": w.committee,
        "full_name": "Tẩn Thị Sen",
        "role": "member",
        "valid_from": TODAY,
        "by": w.province_officer,
    }
    return appoint_member(**{**values, **more})


def assign(w, **more):
    values = {
        "member": w.member,
        "commune": w.commune_b,
        "valid_from": TODAY,
        "by": w.province_officer,
    }
    return assign_commune(**{**values, **more})


def places_of(user, on):
    return set(scope_for(user, on=on).places(P.RECORD_VISIT).areas)


def test_a_committee_is_founded_for_an_area(world):
    committee = found(world, name="  BCĐ PCGD cụm A ")
    assert (committee.area, committee.name, committee.valid_to) == (
        world.cluster,
        "BCĐ PCGD cụm A",
        None,
    )


def test_a_committee_of_an_area_not_yet_there_is_refused(world):
    with pytest.raises(ValidationError) as refused:
        found(world, valid_from=D(2025, 6, 30))
    assert list(refused.value.error_dict) == ["valid_from"]
    assert Committee.objects.count() == 1


def test_a_member_is_appointed_with_an_account(world):
    member = appoint(world, user=world.nobody)
    assert (member.committee, member.user, member.valid_from) == (
        world.committee,
        world.nobody,
        TODAY,
    )


def test_one_account_does_not_sit_twice_in_a_committee(world):
    with pytest.raises(ValidationError) as refused:
        appoint(world, user=world.member_user)
    assert list(refused.value.error_dict) == ["user"]
    end_term(member=world.member, on=TODAY, by=world.province_officer)
    assert appoint(world, user=world.member_user).user == world.member_user


def test_a_member_of_a_committee_not_yet_founded_is_refused(world):
    with pytest.raises(ValidationError) as refused:
        appoint(world, valid_from=world.since - datetime.timedelta(days=1))
    assert list(refused.value.error_dict) == ["valid_from"]


def test_an_assignment_is_the_members_scope_between_its_days(world):
    assignment = assign(world)
    end_assignment(assignment=assignment, on=D(2026, 11, 1), by=world.province_officer)
    assert places_of(world.member_user, D(2026, 10, 11)) == {world.commune_a.pk}
    assert places_of(world.member_user, TODAY) == {world.commune_a.pk, world.commune_b.pk}
    assert places_of(world.member_user, D(2026, 11, 1)) == {world.commune_a.pk}


def test_a_commune_has_one_member_of_a_committee_at_a_time(world):
    other = appoint(world)
    with pytest.raises(ValidationError) as refused:
        assign(world, member=other, commune=world.commune_a)
    assert refused.value.messages == [
        "Xã này đã có thành viên khác phụ trách trong thời gian đó. "
        "Hãy kết thúc phân công kia trước."
    ]
    end_assignment(assignment=world.assignment, on=TODAY, by=world.province_officer)
    assert assign(world, member=other, commune=world.commune_a).member == other


def test_a_commune_outside_the_committees_area_is_refused(world):
    member = appoint(world, committee=found(world))
    with pytest.raises(ValidationError) as refused:
        assign(world, member=member)
    assert list(refused.value.error_dict) == ["commune"]


def test_an_area_that_is_no_commune_is_refused(world):
    with pytest.raises(ValidationError) as refused:
        assign(world, commune=world.cluster)
    assert list(refused.value.error_dict) == ["commune"]


def test_a_member_out_of_office_gets_no_commune(world):
    end_term(member=world.member, on=TODAY, by=world.province_officer)
    member = Member.objects.get(pk=world.member.pk)
    with pytest.raises(ValidationError) as refused:
        assign(world, member=member)
    assert list(refused.value.error_dict) == ["valid_from"]


def test_an_assignment_does_not_outlast_the_term(world):
    end_term(member=world.member, on=D(2026, 12, 1), by=world.province_officer)
    assignment = assign(world, member=Member.objects.get(pk=world.member.pk))
    assert assignment.valid_to == D(2026, 12, 1)


@pytest.mark.parametrize("on", ["first", "before"])
def test_an_assignment_lasts_at_least_a_day(world, on):
    days = {"first": world.since, "before": world.since - datetime.timedelta(days=1)}
    with pytest.raises(ValidationError) as refused:
        end_assignment(assignment=world.assignment, on=days[on], by=world.province_officer)
    assert list(refused.value.error_dict) == ["valid_to"]


def test_what_is_over_is_not_made_longer(world):
    end_assignment(assignment=world.assignment, on=TODAY, by=world.province_officer)
    with pytest.raises(ValidationError, match="Đã kết thúc từ ngày"):
        end_assignment(assignment=world.assignment, on=D(2026, 12, 1), by=world.province_officer)
    assert Assignment.objects.get().valid_to == TODAY


def test_the_end_of_a_term_ends_its_assignments(world):
    later = assign(world, valid_from=D(2026, 12, 1))
    over = assign(world, commune=world.commune_a2, valid_from=D(2026, 8, 10))
    end_assignment(assignment=over, on=D(2026, 9, 1), by=world.province_officer)
    end_term(member=world.member, on=D(2026, 11, 1), by=world.province_officer)
    ends = dict(Assignment.objects.values_list("pk", "valid_to"))
    assert ends == {world.assignment.pk: D(2026, 11, 1), over.pk: D(2026, 9, 1)}
    assert later.pk not in ends
    assert places_of(world.member_user, D(2026, 11, 1)) == set()


def test_communes_without_anybody_are_those_no_valid_member_has(world):
    places = scope_for(world.province_officer).places(P.VIEW_COMMITTEES)
    tree = AreaTree.on(TODAY)

    def names():
        return [area.name for area in communes_without_anybody(places, tree, on=TODAY)]

    assert names() == ["A Hai", "B Một"]
    Member.objects.filter(pk=world.member.pk).update(valid_to=TODAY)
    assert names() == ["A Hai", "A Một", "B Một"]


def test_communes_free_are_those_of_the_own_area_no_member_has(world):
    tree = AreaTree.on(TODAY)
    assert [a.name for a in communes_free(world.committee, tree, on=TODAY)] == ["A Hai", "B Một"]
    assert [a.name for a in communes_free(found(world), tree, on=TODAY)] == ["A Hai", "A Một"]


def test_members_are_read_by_role_then_by_name(world):
    appoint(world, full_name="Lò Thị An")
    appoint(world, full_name="Đặng Văn Tư", role="head")
    places = scope_for(world.province_officer).places(P.VIEW_COMMITTEES)
    (committee,) = committees_in(places, on=TODAY)
    assert [member.full_name for member in committee.people] == [
        "Đặng Văn Tư",
        "Lò Thị An",
        "Vàng Văn Thắng",
    ]


def test_a_member_has_a_sector_that_is_corrected_and_kept_in_the_event(world):
    member = appoint(world, sector="  Hội viên có con trong độ tuổi ")
    assert member.sector == "Hội viên có con trong độ tuổi"
    event = Event.objects.order_by("pk").last()
    assert event.changes["sector"][1] == member.sector
    told = {"position": "Phó Chủ tịch", "organisation": "Hội Phụ nữ", "sector": "Phụ nữ"}
    changed = change_member(member=member, by=world.province_officer, **told)
    assert {name: getattr(changed, name) for name in told} == told
    event = Event.objects.order_by("pk").last()
    assert (event.kind, event.object_name) == ("member.changed", "Tẩn Thị Sen")
    assert event.changes["sector"] == ["Hội viên có con trong độ tuổi", "Phụ nữ"]
    count = Event.objects.count()
    change_member(member=member, by=world.province_officer, **told)
    assert Event.objects.count() == count


def test_a_term_that_is_over_no_longer_changes(world):
    member = appoint(world)
    Member.objects.filter(pk=member.pk).update(valid_from=D(2026, 9, 1), valid_to=TODAY)
    with pytest.raises(ValidationError, match="Thời gian tham gia đã hết ngày"):
        change_member(
            member=member, position="", organisation="", sector="X", by=world.province_officer
        )


def test_a_sector_has_a_bound(world):
    with pytest.raises(ValidationError) as refused:
        appoint(world, sector="x" * 151)
    assert list(refused.value.message_dict) == ["sector"]


def test_a_service_asks_for_the_right_whoever_calls_it(world):
    """Of every change and paper of a committee, its meetings and regulation; no page is asked."""
    chair = Minutes(TODAY, "Sở", world.member, [], "", "Bàn", "Quyết")
    written = write_meeting(committee=world.committee, minutes=chair, by=world.province_officer)
    said = Particulars(symbol="QĐ", on=TODAY, position="Giám đốc", signer="Lò Văn Sơn")
    before = Event.objects.count()
    refused = [
        lambda by: found(world, area=world.province, by=by),
        lambda by: appoint(world, by=by),
        lambda by: change_member(
            member=world.member, position="", organisation="", sector="", by=by
        ),
        lambda by: assign(world, by=by),
        lambda by: end_assignment(assignment=world.assignment, on=D(2026, 12, 1), by=by),
        lambda by: end_term(member=world.member, on=D(2026, 12, 1), by=by),
        lambda by: set_regulation(
            committee=world.committee,
            paper="QĐ 1",
            meets_every=1,
            reports_every=1,
            articles="",
            valid_from=TODAY,
            by=by,
        ),
        lambda by: write_meeting(committee=world.committee, minutes=chair, by=by),
        lambda by: correct_meeting(meeting=written, minutes=chair, seen=1, by=by),
        lambda by: issue_committee_paper(
            committee=world.committee, kind="founding", extension="pdf", said=said, by=by
        ),
    ]
    for who in (world.district_officer, world.commune_officer, world.member_user, world.nobody):
        for place, call in enumerate(refused):
            with pytest.raises(PermissionDenied):
                call(who)
            assert Event.objects.count() == before, place
