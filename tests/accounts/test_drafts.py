"""What was typed survives the end of a session: every form, without a script."""

import secrets
from urllib.parse import urlencode

import pytest
from django.contrib.admin import site
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client
from django.urls import reverse

from accounts import drafts
from core.bounded_requests import MOST_DRAFT_BYTES, MOST_VALUE_CHARACTERS
from inspections.models import Visit
from lai_chau_edu.checks import walk_views
from tests.frozen import freeze_time
from tests.html_form import forms_of
from tests.html_query import read
from tests.inspections.visits import planned_visit
from tests.permission_table import PEOPLE, ROUTES, own_objects
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db

STILL_HERE = "Những gì đã nhập vẫn còn ở đây"
SIGN_IN = "/accounts/sign-in/"
# Only a password is typed there, by somebody who signs in in two steps.
TWO_STEPS = "accounts:factor_remove"
NAMES = sorted(
    name for name, _route, view in walk_views() if not ROUTES[name].post_only and name != TWO_STEPS
)
# Pages of the administrator, where accounts, roles, patterns and school years are entered.
ADMIN = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in site._registry)


def strong_person(name):
    """Whoever may write there, else read; nobody for addresses without readers."""
    route = ROUTES[name]
    return next((each for each in PEOPLE if each in (route.writers or route.readers)), None)


def page_of(client, url):
    """The text of a page, empty when it is none."""
    answer = client.get(url)
    is_page = answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html")
    if answer.streaming:
        answer.getvalue()
    return answer.content.decode() if is_page and not answer.streaming else ""


def post(client, form):
    return client.post(form.action, form.data())


def end_sessions():
    Session.objects.all().delete()


def same(forms, form):
    """The form of another page that is the same one."""
    names = {each.name for each in form.fields}
    alike = [each for each in forms if each.action == form.action and each.is_post]
    return max(alike, key=lambda each: len(names & {field.name for field in each.fields}))


def sign_in_again(client, page, user, password=PASSWORD):
    """Sign in by the form that the refused post was answered with; return the answer."""
    (door,) = [each for each in forms_of(page, "/") if each.action == SIGN_IN]
    return client.post(SIGN_IN, door.data() | {"username": user.username, "password": password})


def typed_forms(client, url):
    """Forms that a person fills at an address, filled anew."""
    found = [each for each in forms_of(page_of(client, url), url) if each.is_post and each.seen]
    for form in found:
        form.type_another()
    return found


def check_all(client, url, user):
    """Each form comes back as it was typed; returns how many there were.

    A page may open more fields for a draft, the reasons of a register for one: those are empty.
    """
    found = typed_forms(client, url)
    for form in found:
        end_sessions()
        refused = post(client, form)
        assert refused.status_code == 403
        shown = sign_in_again(client, refused.content.decode(), user)
        assert shown.headers["Location"] == f"{url}#{drafts.ANCHOR}"
        again = same(forms_of(page_of(client, url), url), form)
        hushed = {each.name for each in form.fields if each.kind == "password"}
        names = {each.name for each in form.fields}
        opened = [pair for pair in again.typed() if pair[0] not in names]
        assert [pair for pair in again.typed() if pair[0] in names] == [
            (n, "" if n in hushed else v) for n, v in form.typed()
        ]
        assert {value for _name, value in opened} <= {""}
    return len(found)


@pytest.mark.parametrize("name", NAMES)
def test_every_form_is_filled_again_after_signing_in(name, furnished, sign_in):
    person = strong_person(name)
    if person is not None:
        user = getattr(furnished, person)
        check_all(sign_in(user), furnished.objects.url(name), user)


def test_reasons_of_a_sheet_are_there_again(world, sign_in):
    """An unmarked row has no field for a reason; a script adds it with the first mark."""
    client, pupil = sign_in(world.teacher_a), world.class_a.spells.first().pupil_id
    url = reverse("attendance:sheet", args=[world.class_a.pk, world.today, "am"])

    def sheet():
        forms = forms_of(page_of(client, url), url)
        return next(each for each in forms if f"mark-{pupil}" in dict(each.pairs()))

    assert f"reason-{pupil}" not in dict(sheet().pairs())
    sent = dict(sheet().pairs()) | {f"mark-{pupil}": "K", f"reason-{pupil}": "sick"}
    end_sessions()
    refused = client.post(url, sent)
    assert refused.status_code == 403
    sign_in_again(client, refused.content.decode(), world.teacher_a)
    again = dict(sheet().pairs())
    assert (again[f"mark-{pupil}"], again[f"reason-{pupil}"]) == ("K", "sick")


def test_forms_of_many_kinds_are_among_them(world, sign_in):
    """The walk above finds something to compare."""
    objects = own_objects(world)
    found = set()
    for name in NAMES:
        person = strong_person(name)
        if person and typed_forms(sign_in(getattr(world, person)), objects.url(name)):
            found.add(name)
    assert found >= {
        "accounts:password",
        "attendance:closures",
        "attendance:frames",
        "attendance:leave_record",
        "attendance:month",
        "attendance:reopening_open",
        "attendance:sheet",
        "inspections:assign",
        "inspections:committee_found",
        "inspections:member_appoint",
        "inspections:plan",
        "inspections:plans",
        "inspections:visit",
        "reports:targets",
        "schools:class_add",
        "schools:import_upload",
        "schools:move",
        "schools:pupil_add",
        "schools:pupil_edit",
        "schools:readmit",
        "schools:site_add",
    }


@pytest.mark.parametrize("name", ADMIN)
def test_forms_of_the_admin_are_filled_too(name, world, sign_in):
    user = world.system_admin
    user.is_staff = user.is_superuser = True
    user.save()
    client, url = sign_in(user), reverse(f"admin:{name}_add")
    # What is only looked at has no such page.
    assert check_all(client, url, user) or client.get(url).status_code == 403


def test_roles_added_in_the_admin_are_there_again(world, sign_in):
    user = world.system_admin
    user.is_staff = user.is_superuser = True
    user.save()
    client, url = sign_in(user), reverse("admin:accounts_user_change", args=[world.nobody.pk])
    form = next(each for each in forms_of(page_of(client, url), url) if len(each.seen) > 5)
    role = {
        "grants-TOTAL_FORMS": "1",
        "grants-0-role": "teacher",
        "grants-0-school_class": str(world.class_a.pk),
        "grants-0-valid_from": "2026-10-01",
    }
    end_sessions()
    refused = client.post(form.action, form.data() | role)
    sign_in_again(client, refused.content.decode(), user)
    again = same(forms_of(page_of(client, url), url), form).data()
    assert {name: again[name] for name in role} == {n: [v] for n, v in role.items()}


# --- One form, closely: the record of a visit ------------------------------------------------


@pytest.fixture
def visit_page(world):
    """Address of a visit that waits for its record."""
    return reverse("inspections:visit", args=[planned_visit(world).pk])


@pytest.fixture
def typed(world, sign_in, visit_page):
    """A client with the form of the visit, well filled, whose session has ended."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.member_user, "django.contrib.auth.backends.ModelBackend")
    (form,) = [each for each in forms_of(page_of(client, visit_page), visit_page) if each.seen]
    for each in form.seen:
        if each.name == "result":
            each.value = "Đã xem lớp 6A, ba em nghỉ vì đường sạt"
        elif each.name == "visited_on":
            each.value = world.today.isoformat()
    client.form = form
    return client


def refused_page(client):
    answer = post(client, client.form)
    assert answer.status_code == 403
    return answer.content.decode()


def result_shown(client, visit_page):
    (form,) = [each for each in forms_of(page_of(client, visit_page), visit_page) if each.seen]
    return dict(form.pairs())["result"]


def test_what_is_there_again_can_be_saved_once(world, typed, visit_page):
    end_sessions()
    sign_in_again(typed, refused_page(typed), world.member_user)
    page = page_of(typed, visit_page)
    assert STILL_HERE in page
    assert "“Lưu kết quả”" in page
    assert Visit.objects.filter(state="done").count() == 0
    # Asked for again, as after a lost connection, it is still there.
    assert result_shown(typed, visit_page) == "Đã xem lớp 6A, ba em nghỉ vì đường sạt"
    (form,) = [each for each in forms_of(page_of(typed, visit_page), visit_page) if each.seen]
    answer = post(typed, form)
    assert answer.status_code == 302, read(answer).texts(".error-summary")
    assert Visit.objects.filter(state="done").count() == 1
    assert drafts.SESSION_KEY not in typed.session or not typed.session[drafts.SESSION_KEY]
    assert STILL_HERE not in page_of(typed, visit_page)


def test_another_person_sees_nothing_of_it(world, typed, visit_page):
    end_sessions()
    page = refused_page(typed)
    answer = sign_in_again(typed, page, world.province_officer)
    assert answer.headers["Location"] == reverse("home")
    assert "ba em nghỉ" not in page_of(typed, visit_page)
    assert "ba em nghỉ" not in page_of(typed, reverse("inspections:plans"))
    assert drafts.SESSION_KEY not in typed.session


def test_a_page_of_one_person_is_not_taken_from_another(world, typed, visit_page):
    """Another tab: somebody else signed in, and the page has got the token of the session."""
    typed.force_login(world.head_a, "django.contrib.auth.backends.ModelBackend")
    token = typed.get(reverse("accounts:password")).context["csrf_token"]
    answer = typed.post(typed.form.action, typed.form.data() | {"csrfmiddlewaretoken": str(token)})
    assert answer.status_code == 403
    assert Visit.objects.filter(state="done").count() == 0
    # The person whose page it is may go on from there.
    shown = sign_in_again(typed, answer.content.decode(), world.member_user)
    assert shown.headers["Location"].startswith(visit_page)
    assert result_shown(typed, visit_page).startswith("Đã xem")


def test_a_form_with_an_old_token_leads_back_to_its_page(world, typed, visit_page):
    """The same person signed in anew in another tab: a bare 403 before."""
    typed.cookies.clear()
    sign = typed.get(SIGN_IN)
    (door,) = [each for each in forms_of(sign.content.decode(), "/") if each.action == SIGN_IN]
    typed.post(SIGN_IN, door.data() | {"username": "member_a", "password": PASSWORD})
    answer = post(typed, typed.form)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{visit_page}#{drafts.ANCHOR}"
    assert result_shown(typed, visit_page).startswith("Đã xem")


def test_a_form_from_another_site_is_never_carried(world, typed, visit_page):
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ):
        data = typed.form.data() | {"csrfmiddlewaretoken": "x" * 64}
        answer = typed.post(typed.form.action, data, headers=headers)
        assert answer.status_code == 403
        assert "Trang đã mở quá lâu" in answer.content.decode()
    assert STILL_HERE not in page_of(typed, visit_page)


@pytest.mark.parametrize("origin", ["", "1:/", "1:https://evil.example/:abc"])
def test_a_form_without_our_signature_is_never_carried(typed, origin):
    end_sessions()
    answer = typed.post(typed.form.action, typed.form.data() | {drafts.ORIGIN: origin})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(SIGN_IN)


def test_no_way_to_another_site(world, typed):
    """Even one that we had signed."""
    signed = signing.Signer(salt="accounts.form_origin").sign(
        f"{world.member_user.pk}:https://evil.example/"
    )
    end_sessions()
    answer = typed.post(typed.form.action, typed.form.data() | {drafts.ORIGIN: signed})
    assert answer.headers["Location"].startswith(SIGN_IN)


def test_a_wrong_password_and_an_old_sign_in_page_lose_nothing(world, typed, visit_page):
    end_sessions()
    page = refused_page(typed)
    wrong = sign_in_again(typed, page, world.member_user, "sai")
    assert wrong.status_code == 200
    typed.cookies.clear()
    typed.get(SIGN_IN)  # another tab of the phone: a token of its own
    old = sign_in_again(typed, wrong.content.decode(), world.member_user)
    assert old.status_code == 403
    sign_in_again(typed, old.content.decode(), world.member_user)
    assert result_shown(typed, visit_page).startswith("Đã xem")


def test_a_sealed_draft_grows_old(world, typed, visit_page):
    end_sessions()
    page = refused_page(typed)
    with freeze_time("2026-10-13 00:30:00"):
        sign_in_again(typed, page, world.member_user)
        assert STILL_HERE not in page_of(typed, visit_page)


def test_discarded_it_is_gone(world, typed, visit_page):
    end_sessions()
    sign_in_again(typed, refused_page(typed), world.member_user)
    url = reverse("accounts:draft_discard")
    forms = forms_of(page_of(typed, visit_page), visit_page)
    (form,) = [each for each in forms if each.action == url]
    assert post(typed, form).headers["Location"] == visit_page
    assert result_shown(typed, visit_page) == ""


def test_too_long_a_text_is_said_to_be_lost(world, typed):
    end_sessions()
    long = typed.form.data() | {"result": "ă" * drafts.MOST_BYTES}
    page = typed.post(typed.form.action, long).content.decode()
    assert "dài quá" in page
    assert len(page) < 10_000


def test_the_longest_draft_that_is_carried_fits_its_bounds(rf, world, typed, visit_page):
    """In letters of three bytes, which a browser sends as nine."""
    end_sessions()
    words = "".join(secrets.choice("ắằẳẵặấầẩẫậ") for _ in range(MOST_VALUE_CHARACTERS))
    body = urlencode(typed.form.data() | {"result": words}, doseq=True)
    assert len(body) <= MOST_DRAFT_BYTES
    form = "application/x-www-form-urlencoded"
    refused = typed.post(visit_page, body, content_type=form).content.decode()
    (door,) = [each for each in forms_of(refused, "/") if each.action == SIGN_IN]
    assert len(urlencode(door.data(), doseq=True)) <= MOST_DRAFT_BYTES
    sign_in_again(typed, refused, world.member_user)
    assert result_shown(typed, visit_page) == words


def test_only_browsers_that_were_here_may_send_long_bodies(rf, settings):
    cookies = rf.post("/schools/")
    assert not drafts.may_be_long(cookies)
    cookies.COOKIES[settings.CSRF_COOKIE_NAME] = "x"
    assert drafts.may_be_long(cookies)
    assert not drafts.may_be_long(rf.post(SIGN_IN))


def test_a_file_has_to_be_chosen_again(world, sign_in):
    client, url = sign_in(world.teacher_a), own_objects(world).url("attendance:leave_record")
    (form,) = typed_forms(client, url)
    end_sessions()
    with open(__file__, "rb") as file:
        refused = client.post(url, form.data() | {"letter": file}).content.decode()
    assert "Cần chọn lại tệp" in refused
    sign_in_again(client, refused, world.teacher_a)
    assert "Cần chọn lại tệp" in page_of(client, url)


def test_a_post_only_address_leads_to_the_page_of_its_form(world, sign_in):
    client, objects = sign_in(world.district_officer), own_objects(world)
    url = objects.url("inspections:plan")
    forms = {each.action: each for each in typed_forms(client, url)}
    form = forms[objects.url("inspections:plan_visit_add")]
    form.fields = [each for each in form.fields if each.name != "add-reason"]
    # Shown again with errors, it is still the form of the plan's page.
    again = same(forms_of(post(client, form).content.decode(), form.action), form)
    end_sessions()
    refused = post(client, again).content.decode()
    shown = sign_in_again(client, refused, world.district_officer)
    assert shown.headers["Location"] == f"{url}#{drafts.ANCHOR}"


def test_every_secret_field_has_a_telling_name(world, sign_in):
    """Names are all that a post says of its fields: those of secrets are left out by them."""
    user = world.system_admin
    user.is_staff = user.is_superuser = True
    user.save()
    pages = ["accounts:password", "admin:accounts_user_add"]
    urls = [reverse(name) for name in pages]
    urls.append(reverse("admin:auth_user_password_change", args=[world.teacher_a.pk]))
    for url in urls:
        fields = [f for form in forms_of(page_of(sign_in(user), url), url) for f in form.seen]
        hushed = [each.name for each in fields if each.kind == "password"]
        assert hushed
        assert all(drafts.SECRET in name for name in hushed)
