"""Who gives and ends which role where, and whose account somebody may open again."""

import datetime
import itertools

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.giving.reach import may_end, may_reset, reach, reaches
from accounts.giving.services import end_role, give_roles
from accounts.models import RoleGrant, User
from accounts.roles import AREA_LEVELS, GIVES, ROLES
from accounts.scoping import scope_for
from core.models import Event
from core.permissions import Permission as P
from tests.html_query import read
from tests.world import make_area, make_user

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)
GRANTED = [code for code, role in ROLES.items() if role.is_granted]
# The order of the offices, the highest first.
RANK = ["system_admin", "province_officer", "district_officer", "commune_officer", "school_head"]
RANK += ["teacher"]
# Who holds which role in the small province, and a place of each role that lies below them.
HOLDERS = {
    "system_admin": "system_admin",
    "province_officer": "province_officer",
    "district_officer": "district_officer",
    "commune_officer": "commune_officer",
    "school_head": "head_a",
    "teacher": "teacher_a",
    "committee_member": "member_user",
}


def place_of(world, role, *, side="a"):
    """A place for which a role is held, on the side of A or B."""
    return {
        "teacher": {"a": world.class_a, "b": world.class_b}[side],
        "school_head": {"a": world.school_a, "b": world.school_b}[side],
        "commune_officer": {"a": world.commune_a, "b": world.commune_b}[side],
        "committee_member": {"a": world.commune_a, "b": world.commune_b}[side],
        "district_officer": world.cluster,
        "province_officer": world.province,
        "system_admin": None,
    }[role]


def give(giver, user, role, *places, **more):
    more.setdefault("valid_from", datetime.date(2026, 10, 12))
    return give_roles(scope=scope_for(giver), user=user, role=role, places=places, **more)


def test_table_gives_downward_only_and_closes():
    for giver, given in itertools.product(GRANTED, GRANTED):
        if given not in GIVES.get(giver, ()):
            continue
        # What the other could give, the giver gives too.
        assert set(GIVES.get(given, ())) <= set(GIVES[giver]), (giver, given)
        if giver != "system_admin":
            assert giver not in GIVES.get(given, ())
            assert RANK.index(giver) < RANK.index(given)
    beyond = {P.MANAGE_USERS, P.OVERSEE_NAMES, P.VIEW_OPERATIONS}
    for giver, roles in GIVES.items():
        rights = frozenset().union(*(ROLES[role].permissions for role in roles))
        assert giver == "system_admin" or not rights & beyond
        assert P.GIVE_ROLES in ROLES[giver].permissions
    assert {code for code, role in ROLES.items() if P.GIVE_ROLES in role.permissions} == set(GIVES)
    assert set(AREA_LEVELS) == {code for code in GRANTED if ROLES[code].place == "area"}


@pytest.mark.parametrize("giver", GRANTED)
def test_every_pair_of_roles(giver, world):
    person = getattr(world, HOLDERS[giver])
    for given in GRANTED:
        place, before = place_of(world, given), RoleGrant.objects.count()
        if given not in GIVES.get(giver, ()):
            with pytest.raises(PermissionDenied):
                give(person, world.nobody, given, place)
            assert RoleGrant.objects.count() == before
            continue
        (grant,) = give(person, world.nobody, given, place)
        assert (grant.role, grant.user, grant.granted_by) == (given, world.nobody, person)
        assert Event.objects.filter(kind="role.given", actor=person).count() > 0
        assert may_end(scope_for(person), [grant]) == {grant.pk}
        RoleGrant.objects.filter(pk=grant.pk).update(user=world.teacher_b)


@pytest.mark.parametrize("giver", ["district_officer", "commune_officer", "school_head"])
def test_nothing_is_given_outside_ones_places(giver, world):
    person = getattr(world, HOLDERS[giver])
    for role in GIVES[giver]:
        with pytest.raises(PermissionDenied):
            give(person, world.nobody, role, place_of(world, role, side="b"))
        # Nor one place of one's own with one of another's.
        with pytest.raises(PermissionDenied):
            give(
                person,
                world.nobody,
                role,
                place_of(world, role),
                place_of(world, role, side="b"),
            )
    assert not RoleGrant.objects.filter(user=world.nobody).exists()


def test_role_of_an_area_is_given_for_its_own_level(world):
    village = make_area(4, "ban", "9", "Háng Lìa", world.commune_a)
    for place in (world.cluster, world.province, village):
        with pytest.raises(PermissionDenied):
            give(world.province_officer, world.nobody, "commune_officer", place)
    with pytest.raises(PermissionDenied):
        give(world.province_officer, world.nobody, "district_officer", world.province)


def test_nobody_gives_or_ends_a_role_of_ones_own(world):
    with pytest.raises(ValidationError) as refused:
        give(world.head_a, world.head_a, "teacher", world.class_a)
    assert refused.value.code == "own_role"
    own = RoleGrant.objects.create(
        user=world.head_a, role="teacher", school_class=world.class_a, valid_from=world.since
    )
    assert may_end(scope_for(world.head_a), [own]) == set()
    with pytest.raises(PermissionDenied):
        end_role(scope=scope_for(world.head_a), grant=own, on=world.today + ONE_DAY)
    admin = RoleGrant.objects.get(user=world.system_admin)
    with pytest.raises(PermissionDenied):
        end_role(scope=scope_for(world.system_admin), grant=admin, on=world.today + ONE_DAY)


def test_role_above_or_elsewhere_is_not_ended(world):
    grants = RoleGrant.objects.exclude(user__in=[world.teacher_a, world.head_a])
    assert may_end(scope_for(world.head_a), grants) == set()
    ended = end_role(
        scope=scope_for(world.head_a),
        grant=RoleGrant.objects.get(user=world.teacher_a),
        on=world.today + ONE_DAY,
    )
    assert ended.valid_to == world.today + ONE_DAY
    assert Event.objects.get(kind="role.ended").actor == world.head_a


def test_given_twice_is_given_once(world):
    with pytest.raises(ValidationError) as refused:
        give(world.head_a, world.teacher_a, "teacher", world.class_a)
    assert refused.value.code == "held_already"
    # With another class only that one is added.
    (grant,) = give(world.head_a, world.teacher_a, "teacher", world.class_a, world.class_a12)
    assert grant.school_class == world.class_a12


def test_role_of_the_past_and_of_a_closed_account_is_refused(world):
    with pytest.raises(ValidationError) as refused:
        give(
            world.head_a,
            world.nobody,
            "teacher",
            world.class_a,
            valid_from=world.today - ONE_DAY,
        )
    assert refused.value.code == "in_the_past"
    User.objects.filter(pk=world.nobody.pk).update(is_active=False)
    with pytest.raises(ValidationError) as refused:
        give(world.head_a, world.nobody, "teacher", world.class_a)
    assert refused.value.code == "inactive"


RESETS = {
    "head_a": {"teacher_a"},
    "head_b": {"teacher_b"},
    "commune_officer": {"teacher_a", "head_a"},
    "district_officer": {"teacher_a", "head_a", "commune_officer"},
    "province_officer": {
        *("teacher_a", "teacher_b", "head_a", "head_b"),
        *("commune_officer", "district_officer"),
    },
    "system_admin": {
        *("teacher_a", "teacher_b", "head_a", "head_b", "commune_officer", "district_officer"),
        *("province_officer", "member_user", "nobody"),
    },
    "teacher_a": set(),
    "member_user": set(),
    "nobody": set(),
    "teacher_b": set(),
}


def test_who_opens_whose_account_again(world):
    people = [*RESETS]
    for giver, expected in RESETS.items():
        scope = scope_for(getattr(world, giver))
        found = {name for name in people if may_reset(scope, getattr(world, name))}
        assert found == expected, giver


def test_account_with_a_right_from_elsewhere_is_not_the_heads_to_open(world):
    scope = scope_for(world.head_a)
    assert may_reset(scope, world.teacher_a)
    # A class of another school, from tomorrow on.
    later = RoleGrant.objects.create(
        user=world.teacher_a,
        role="teacher",
        school_class=world.class_b,
        valid_from=world.today + ONE_DAY,
    )
    assert not may_reset(scope, world.teacher_a)
    RoleGrant.objects.filter(pk=later.pk).update(valid_to=world.today + 2 * ONE_DAY)
    # A commune, by an appointment of a committee and not by a grant.
    world.member.user = world.teacher_b
    world.member.save()
    assert not may_reset(scope_for(world.head_b), world.teacher_b)


def test_superuser_is_opened_by_superusers_alone(world):
    boss = make_user("boss", "Chủ hệ thống", since=world.since)
    User.objects.filter(pk=boss.pk).update(is_superuser=True)
    boss.refresh_from_db()
    assert not may_reset(scope_for(world.system_admin), boss)


def test_who_gives_nothing_reaches_nothing(world):
    for person in (world.teacher_a, world.member_user, world.nobody):
        assert reaches(scope_for(person)) == []
        assert not reach(scope_for(person), "teacher")


# --- Pages ---------------------------------------------------------------------------------------


def test_head_gives_a_class_by_name_and_ends_it(world, sign_in):
    client = sign_in(world.head_a)
    page = read(client.get(reverse("accounts:role_give"), {"username": "nobody"}))
    assert "1+2 Háng Lìa" in page.text
    # Of what is shown: a token may hold any two letters.
    assert "6B" not in page.text
    answer = client.post(
        reverse("accounts:role_give") + "?username=nobody",
        {"places": [world.class_a.pk, world.class_a12.pk], "valid_from": world.today},
    )
    assert answer.status_code == 302
    grants = RoleGrant.objects.filter(user=world.nobody)
    assert grants.count() == 2
    assert "1+2 Háng Lìa" in client.get(answer.url).content.decode()
    grant = grants.get(school_class=world.class_a)
    url = reverse("accounts:role_end", args=[grant.pk])
    early = client.post(url, {"last_day": world.today - ONE_DAY})
    assert early.status_code == 422
    assert client.post(url, {"last_day": world.today}).status_code == 302
    grant.refresh_from_db()
    assert grant.valid_to == world.today + ONE_DAY


def test_foreign_place_in_the_form_is_refused(world, sign_in):
    url = (
        reverse("accounts:role_give") + f"?username=nobody&role=teacher&school={world.school_b.pk}"
    )
    answer = sign_in(world.head_a).post(
        url, {"places": [world.class_b.pk], "valid_from": world.today}
    )
    assert answer.status_code in {200, 422}
    assert not RoleGrant.objects.filter(user=world.nobody).exists()


@pytest.mark.parametrize("key", [2**63, -(2**63) - 1, 10**40])
def test_place_with_a_key_that_no_row_has_is_refused(world, sign_in, key):
    answer = sign_in(world.head_a).post(
        reverse("accounts:role_give") + "?username=nobody",
        {"places": [world.class_a.pk, key], "valid_from": world.today},
    )
    assert answer.status_code == 422
    assert f"“{key}” không hợp lệ" in answer.content.decode()
    assert not RoleGrant.objects.filter(user=world.nobody).exists()


def test_other_role_in_the_form_is_refused(world, sign_in):
    url = reverse("accounts:role_give") + "?username=nobody&role=system_admin"
    sign_in(world.head_a).post(url, {"places": [world.class_a.pk], "valid_from": world.today})
    assert not RoleGrant.objects.filter(user=world.nobody).exists()


def test_list_tells_who_has_signed_in(world, sign_in):
    page = sign_in(world.head_a).get(reverse("accounts:people")).content.decode()
    assert "Nguyễn Thị Hoa" in page
    assert "chưa đăng nhập lần nào" in page
    assert "Trần Văn Bình" not in page
    office = sign_in(world.province_officer).get(reverse("accounts:people")).content.decode()
    assert "TH&amp;THCS A Một" in office
    assert "Phạm Văn Hùng" in office
    # A school that is not one's own does not exist.
    url = reverse("accounts:people") + f"?school={world.school_b.pk}"
    assert sign_in(world.commune_officer).get(url).status_code == 404


def test_cannot_find_superusers_by_name(world, sign_in):
    User.objects.filter(pk=world.nobody.pk).update(is_superuser=True)
    page = sign_in(world.head_a).get(reverse("accounts:role_give"), {"username": "nobody"})
    assert "Không ai có tên đăng nhập này" in page.content.decode()
