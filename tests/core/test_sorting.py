"""Every list and select stands in Vietnamese order, by stored keys, on both databases (ADR 33).

The world's names are chosen so that the order of code points, of codes, of ids and of names
without marks are all wrong; what is shown is compared with one slow order.
"""

import datetime
import importlib
import itertools

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from core.months import Month
from core.sorting import fill_sort_keys, sort_keys_of
from core.vietnamese import sort_key, title_key
from inspections.models import Assignment, Committee, Member
from reports.selectors.monthly import monthly_tables
from reports.services.facts import rebuild
from reports.services.flags import raise_flags
from schools.areas.selectors.tree import AreaTree
from schools.models import Area, ClusterMembership, School, SchoolClass, Site
from tests.html_query import read
from tests.permission_table import ROUTES, own_objects
from tests.reports.register_builders import take
from tests.world import make_area, make_class, make_school

pytestmark = pytest.mark.django_db

# In Vietnamese order; each neighbour defeats some other order.
COMMUNES = [
    "An Khê", "Ăn Thề", "Ấn Độ", "Bản Bo", "Dào San", "Dền Sung", "Đa Lộc", "Đoàn Kết", "É Tòng",
    "Hua Bum", "Mù Cả", "Mường Kim", "Mường Tè 2", "Mường Tè 10", "Ơ Kha", "Sin Súi Hồ",
    "Sìn Hồ", "Tà Mung", "Tả Lèng", "Ứng Hòa", "Xà Dề",
]  # fmt: skip
CLASSES = ["6A", "6Ă", "6B", "6C", "6D", "6Đ", "6E", "6G10", "9A", "9B", "10A"]
PEOPLE = ["Giàng A Của", "Lò Thị Dung", "Đỗ Văn Đạt", "Vàng Thị Em", "Bùi Văn Hòa", "Võ Thị Hoà"]


def test_the_words_stand_in_dictionary_order():
    assert sorted(COMMUNES, key=title_key) == COMMUNES
    assert sorted(CLASSES, key=title_key) == CLASSES
    for pair in itertools.combinations(COMMUNES, 2):
        assert title_key(pair[0]) < title_key(pair[1])
    assert title_key("Tổ 09") == title_key("tổ 9")
    assert title_key("6 Đ") > title_key("5E")
    assert title_key("") == ""


def test_keys_hold_nothing_but_digits_and_fit_their_column():
    for field in every_key():
        longest = field.model._meta.get_field(field.source).max_length
        for letter in ("Ể", "9", "ơ̆", "1a", "đ ", "ﬃ"):
            key = field.key_of((letter * longest)[:longest])
            assert not key or key.isdecimal()
            assert len(key) <= field.max_length, (field.model, letter)


def every_key():
    return [field for model in apps.get_models() for field in sort_keys_of(model)]


def test_names_of_what_is_listed_have_a_key():
    keyed = {field.model.__name__ for field in every_key()}
    assert keyed == {
        *("Area", "School", "Site", "SchoolClass"),
        *("Committee", "Member", "StaffMember"),
    }


@pytest.fixture
def disordered(world):
    """The world with communes, schools, sites and classes whose ids and codes go backwards."""
    start = datetime.date(2025, 7, 1)
    for number, name in enumerate(reversed(COMMUNES)):
        commune = make_area(3, "xa", f"{4000 + number:05}", name, world.province)
        ClusterMembership.objects.create(cluster=world.cluster, commune=commune, valid_from=start)
        school = make_school(f"Z{number:03}", f"THCS {name}", "THCS", commune, world.since)
        school_class = make_class(school, world.year, "6A", "THCS", "6", ["Lò Văn Một"])
        take(school_class, world.today, {})
    for name in reversed(CLASSES):
        if not SchoolClass.objects.filter(school=world.school_a, name=name).exists():
            make_class(world.school_a, world.year, name, "THCS", "6", ["Lò Văn Hai"])
    for name in ("Điểm E", "Điểm Đ", "Điểm D"):
        Site.objects.create(school=world.school_a, name=name, valid_from=world.since)
    for name in reversed(PEOPLE):
        Member.objects.create(committee=world.committee, full_name=name, valid_from=world.since)
    for name in ("Ban Ê", "Ban Đ", "Ban D"):
        Committee.objects.create(area=world.province, name=name, valid_from=world.since)
    for area in Area.objects.filter(level=3):
        if area != world.commune_a:
            Assignment.objects.create(
                committee=world.committee,
                member=world.member,
                commune=area,
                valid_from=world.since,
            )
    rebuild(school_ids=list(School.objects.values_list("pk", flat=True)), month=Month.current())
    raise_flags(month=Month.current())
    return world


def test_every_way_of_writing_fills_the_key(world):
    made = make_area(3, "xa", "09001", "Đông", world.province)
    (bulk,) = Area.objects.bulk_create(
        [
            Area(
                level=3,
                kind="xa",
                code="09002",
                name="Ê",
                parent=world.province,
                valid_from=world.since,
            )
        ]
    )
    assert Area.objects.get(code="09002").name_key == title_key("Ê") == bulk.name_key
    made.name = "Dông"
    made.save(update_fields=["name"])
    assert Area.objects.get(pk=made.pk).name_key == title_key("Dông")
    made.name = "Ăng"
    Area.objects.bulk_update([made], ["name"])
    assert Area.objects.get(pk=made.pk).name_key == title_key("Ăng")
    Area.objects.filter(pk=made.pk).update(name="Âng")
    assert Area.objects.get(pk=made.pk).name_key == title_key("Âng")
    Area.objects.update_or_create(
        level=3, code="09001", valid_from=made.valid_from, defaults={"name": "Úc"}
    )
    assert Area.objects.get(pk=made.pk).name_key == title_key("Úc")
    person = Member.objects.create(
        committee=world.committee, full_name="Đỗ Văn Ê", valid_from=world.since
    )
    assert Member.objects.get(pk=person.pk).name_key == sort_key("Đỗ Văn Ê")


def test_every_stored_key_is_that_of_its_row(disordered):
    for field in every_key():
        for source, key in field.model.objects.values_list(field.source, field.name):
            assert key == field.key_of(source), field.model


def test_the_migration_fills_the_rows_there_are(disordered):
    table = connection.ops.quote_name(Area._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET name_key = ''")
    assert fill_sort_keys(Area, using="default") == Area.objects.count()
    assert fill_sort_keys(Area, using="default") == 0
    assert Area.objects.get(name="Đoàn Kết").name_key == title_key("Đoàn Kết")
    for module in ("schools.migrations.0005_sort_keys", "inspections.migrations.0002_sort_keys"):
        assert importlib.import_module(module).fill


def test_the_database_sorts_as_the_keys_say(disordered):
    names = list(
        Area.objects.filter(name__in=COMMUNES).order_by("name_key").values_list("name", flat=True)
    )
    assert names == COMMUNES
    classes = disordered.school_a.classes.filter(name__in=CLASSES).order_by("name_key")
    assert [each.name for each in classes] == CLASSES
    people = Member.objects.filter(full_name__in=PEOPLE).order_by("name_key")
    assert [each.full_name for each in people] == sorted(PEOPLE, key=sort_key)
    tree = AreaTree.on(disordered.today)
    assert [area.name for area in tree.communes() if area.name in COMMUNES] == COMMUNES


def known_sequences(world):
    """The names a list may show, each kind in its one right order."""
    of_areas = [area.title for area in sorted(_communes(), key=lambda each: each.name_key)]
    return {
        "communes": [title for title in of_areas if title.split(" ", 1)[1] in COMMUNES],
        "schools": [f"THCS {name}" for name in COMMUNES],
        "classes": CLASSES,
        "people": sorted(PEOPLE, key=sort_key),
        "sites": ["Điểm D", "Điểm Đ", "Điểm E"],
        "committees": ["Ban D", "Ban Đ", "Ban Ê"],
    }


def _communes():
    return Area.objects.filter(level=3, name__in=COMMUNES)


# Lines of these stand by what is measured, planned or late; their selects do not.
RANKED = {
    "attendance:today": "what is still to be sent first",
    "home": "late schools first",
    "inspections:plan": "by rank",
    "inspections:waiting": "the most pressing first",
    "reports:area": "the lowest rate first",
    "reports:flags": "the gravest first",
    "reports:missing_area": "the most missing first",
    "reports:missing": "the most missing first",
    "schools:pupil_merge": "pupils by name, whatever their class",
}
ASKED = ("province_officer", "head_a", "teacher_a", "member_user")


def test_every_list_and_select_of_every_page_is_in_order(disordered, sign_in):
    """All addresses of the permission table; who reads them, one person each."""
    known, wrong, seen = known_sequences(disordered), [], set()
    objects = own_objects(disordered)
    clients = {person: sign_in(getattr(disordered, person)) for person in ASKED}
    for name, row in sorted(ROUTES.items()):
        for person in [each for each in ASKED if each in row.readers][:1]:
            page = clients[person].get(objects.url(name))
            if page.streaming or "html" not in page.get("Content-Type", ""):
                continue
            for where, texts in _sequences(read(page)):
                for kind, order in known.items():
                    shown = _in_turn(texts, order)
                    if len(shown) < 2 or (where != "select" and name in RANKED):
                        continue
                    seen.add(kind)
                    if shown != sorted(shown, key=order.index):
                        wrong.append((person, name, where, kind, shown))
    assert not wrong, wrong[:5]
    assert seen >= {"communes", "schools", "classes", "sites"}


def test_committees_and_their_members_are_in_order(disordered, sign_in):
    known, client = known_sequences(disordered), sign_in(disordered.province_officer)
    page = read(client.get(reverse("inspections:committee", args=[disordered.committee.pk])))
    shown = [_in_turn(texts, known["people"]) for _where, texts in _sequences(page)]
    assert known["people"] in shown
    page = read(client.get(reverse("inspections:committees")))
    assert _in_turn(page.texts("h2"), known["committees"]) == known["committees"]


def test_lists_of_the_api_are_in_order(disordered, sign_in):
    client = sign_in(disordered.province_officer)

    def names(path, key="name"):
        answer = client.get(f"/api/v1/{path}").json()
        return [row[key] for row in answer["results"]]

    known = known_sequences(disordered)
    assert [name for name in names("areas/") if name in COMMUNES] == COMMUNES
    schools = names("schools/")
    assert [name for name in schools if name in known["schools"]] == known["schools"]
    head = sign_in(disordered.head_a)
    listed = [row["name"] for row in head.get("/api/v1/classes/").json()["results"]]
    assert [name for name in listed if name in CLASSES] == CLASSES
    rows = client.get("/api/v1/figures/?area=12&by=commune&month=2026-10").json()["rows"]
    shown = [row["place"]["name"] for row in rows if row["place"]["name"] in known["communes"]]
    assert shown == known["communes"]


def test_the_monthly_report_is_in_order(disordered):
    tables = monthly_tables(area=disordered.province, month=Month.current())
    known = known_sequences(disordered)
    for rows, key in ((tables.communes, "commune"), (tables.schools, "commune")):
        shown = list(dict.fromkeys(row[key] for row in rows if row[key] in known["communes"]))
        assert shown == known["communes"]


def _sequences(page):
    for select in page.select("select"):
        yield "select", [option.text for option in select.select("option")]
    for part in page.select("table"):
        yield "table", [row.text for row in part.select("tbody tr th")]
    for part in page.select("ul"):
        yield "list", [line.text for line in part.select("li")]


def _in_turn(texts, order):
    """The known names among some texts, in the order shown; the longest that fits each."""
    found = []
    for text in texts:
        fits = [name for name in order if _says(text, name)]
        if fits:
            found.append(max(fits, key=len))
    return list(dict.fromkeys(found))


def _says(text, name):
    return f" {name} " in f" {text} ".replace(",", " ").replace(":", " ").replace("·", " ")
