"""Supervision clusters on their page: made, renamed, ended, and which communes lie in them."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse

from attendance.models import PeriodLock
from core.models import Event
from schools.areas.selectors.tree import AreaTree
from schools.areas.services.units import clusters_on_file
from schools.clusters.services import (
    end_cluster,
    make_cluster,
    put_communes,
    rename_cluster,
    take_back,
)
from schools.models import Area, ClusterMembership
from tests.html_query import read
from tests.world import make_area, make_user

D = datetime.date
TODAY, TOMORROW, NEXT_YEAR = D(2026, 10, 12), D(2026, 10, 13), D(2027, 1, 1)
DECREE = "Quyết định 15/QĐ-SGDĐT ngày 10/10/2026"


def made(world, *communes, name="Than Uyên", valid_from=TOMORROW):
    return make_cluster(
        name=name,
        valid_from=valid_from,
        communes=communes,
        decree=DECREE,
        by=world.province_officer,
    )


def put(world, cluster, *communes, valid_from=TOMORROW):
    return put_communes(
        cluster=cluster, communes=communes, valid_from=valid_from, by=world.province_officer
    )


def communes_on(day, cluster):
    return [each.name for each in AreaTree.on(day).children(cluster.pk)]


def test_a_cluster_has_its_communes_from_its_day_on(world):
    cluster = made(world, world.commune_b, world.commune_a)
    assert (cluster.title, cluster.code, cluster.parent) == (
        "Cụm Than Uyên",
        "C2",
        world.province,
    )
    assert communes_on(TODAY, world.cluster) == ["A Hai", "A Một"]
    assert communes_on(TOMORROW, cluster) == ["A Một", "B Một"]
    assert communes_on(TOMORROW, world.cluster) == ["A Hai"]
    event = Event.objects.get(kind="cluster.made")
    assert (event.actor, event.reason) == (world.province_officer, DECREE)
    assert event.changes["communes"] == [None, "B Một, A Một"]


def test_two_clusters_of_a_day_have_two_names(world):
    made(world)
    with pytest.raises(ValidationError, match="đã mang tên này"):
        made(world, name="than uyên ")


def test_a_commune_goes_out_and_the_change_is_taken_back(world):
    put(world, None, world.commune_a)
    assert communes_on(TOMORROW, world.cluster) == ["A Hai"]
    row = ClusterMembership.objects.get(commune=world.commune_a)
    take_back(membership=row, by=world.province_officer)
    assert communes_on(TOMORROW, world.cluster) == ["A Hai", "A Một"]
    assert Event.objects.get(kind="cluster.taken_back").changes["valid_from"] == [
        "2026-10-13",
        None,
    ]


def test_a_commune_that_was_to_go_elsewhere_stays_when_it_is_taken_back(world):
    cluster = made(world, valid_from=TODAY)
    put(world, cluster, world.commune_a, valid_from=NEXT_YEAR)
    leaving, coming = ClusterMembership.objects.filter(commune=world.commune_a).order_by("pk")
    with pytest.raises(ValidationError, match="sang cụm khác"):
        take_back(membership=leaving, by=world.province_officer)
    take_back(membership=coming, by=world.province_officer)
    assert communes_on(NEXT_YEAR, world.cluster) == ["A Hai", "A Một"]
    with pytest.raises(ValidationError, match="Vừa có người rút"):
        take_back(membership=coming, by=world.province_officer)
    leaving.refresh_from_db()
    with pytest.raises(ValidationError, match="Đã đến ngày"):
        take_back(membership=leaving, by=world.province_officer)


def test_what_is_decided_for_later_is_taken_back_first(world):
    cluster = made(world, valid_from=TODAY)
    put(world, cluster, world.commune_a, valid_from=NEXT_YEAR)
    with pytest.raises(ValidationError, match=r"đã có thay đổi từ ngày 01/01/2027"):
        put(world, None, world.commune_a)


def test_who_changes_nothing_is_told(world):
    with pytest.raises(ValidationError, match="Không có gì thay đổi"):
        put(world, world.cluster, world.commune_a)
    with pytest.raises(ValidationError, match="ít nhất một xã"):
        put(world, world.cluster)


def test_a_commune_of_a_district_lies_there(world):
    district = make_area(2, "huyen", "106", "Tam Đường", world.province)
    commune = make_area(3, "xa", "03008", "Hồ Thầu", district)
    with pytest.raises(ValidationError, match="thuộc một huyện"):
        put(world, world.cluster, commune)


def test_a_closed_month_keeps_its_clusters(world):
    PeriodLock.objects.create(
        area=world.commune_b,
        valid_from=D(2026, 9, 1),
        valid_to=D(2026, 10, 1),
        locked_at="2026-10-08T00:00Z",
    )
    for act in (
        lambda: put(world, world.cluster, world.commune_b, valid_from=D(2026, 9, 30)),
        lambda: made(world, valid_from=D(2026, 9, 30)),
        lambda: end_cluster(cluster=world.cluster, on=D(2026, 9, 30), by=world.province_officer),
    ):
        with pytest.raises(ValidationError, match=r"đã chốt.*01/10/2026"):
            act()
    put(world, world.cluster, world.commune_b, valid_from=D(2026, 10, 1))


def test_a_cluster_that_ends_leaves_its_communes_in_the_province(world):
    put(world, world.cluster, world.commune_b, valid_from=NEXT_YEAR)
    end_cluster(cluster=world.cluster, on=TOMORROW, by=world.province_officer)
    assert communes_on(TODAY, world.cluster) == ["A Hai", "A Một"]
    assert [each.name for each in AreaTree.on(NEXT_YEAR).children(world.province.pk)] == [
        "A Hai",
        "A Một",
        "B Một",
    ]
    with pytest.raises(ValidationError, match="thôi từ ngày 13/10/2026"):
        put(world, world.cluster, world.commune_b)


def test_a_name_changes_and_what_hangs_on_the_cluster_goes_on(world):
    rename_cluster(cluster=world.cluster, name=" Mường Than ", by=world.province_officer)
    assert Area.objects.get(pk=world.cluster.pk).title == "Cụm Mường Than"
    assert Event.objects.get(kind="cluster.renamed").changes["name"] == [
        "Cụm Cụm A",
        "Cụm Mường Than",
    ]
    with pytest.raises(ValidationError, match="đang mang tên này"):
        rename_cluster(cluster=world.cluster, name="Mường Than", by=world.province_officer)


def test_the_page_shows_clusters_what_comes_and_communes_without_one(world, sign_in):
    client, address = sign_in(world.province_officer), reverse("schools:clusters")
    page = read(client.get(address))
    assert "1 xã chưa thuộc cụm nào: Xã B Một" in page.one(".notice--warning").text
    answer = client.post(
        reverse("schools:cluster_communes", args=[world.cluster.pk]),
        {"valid_from": "2026-11-01", "communes": [world.commune_b.pk]},
    )
    assert (answer.status_code, answer.url) == (302, address)
    page = read(client.get(address))
    assert "Xã B Một vào cụm từ ngày 01/11/2026" in page.one("main").text
    # A commune that lies there already is not offered.
    form = read(client.get(reverse("schools:cluster_communes", args=[world.cluster.pk])))
    assert [each.strip() for each in form.texts("main form fieldset label")] == ["Xã B Một"]


@pytest.mark.django_db
def test_clusters_of_the_installation_are_offered_while_there_is_none(sign_in):
    call_command("load_units", verbosity=0)
    province = Area.objects.get(kind="tinh", valid_to=None)
    since = D(2026, 9, 1)
    officer = make_user("so", "Lê Thị Mai", "province_officer", since=since, area=province)
    client = sign_in(officer)
    address = reverse("schools:clusters")
    page = read(client.get(address))
    offered = page.one("#offer").parent.text
    assert all(name in offered for name in clusters_on_file())
    assert client.post(reverse("schools:clusters_take_over")).url == address
    page = read(client.get(address))
    assert not page.select("#offer")
    assert not page.select(".notice--warning")
    # Loading the units again leaves what was decided here.
    cluster = Area.objects.filter(kind="cum").first()
    Area.objects.filter(pk=cluster.pk).update(name="Tên mới")
    moved = ClusterMembership.objects.filter(cluster=cluster).first()
    moved.delete()
    ClusterMembership.objects.create(
        cluster=cluster, commune=moved.commune, valid_from=D(2026, 9, 1)
    )
    call_command("load_units", clusters=True, verbosity=0)
    assert Area.objects.get(pk=cluster.pk).name == "Tên mới"
    assert ClusterMembership.objects.filter(commune=moved.commune).count() == 1
