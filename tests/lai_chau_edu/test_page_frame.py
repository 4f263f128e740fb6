"""The frame around every page: language, landmarks, menu, messages, error pages, components."""

import gzip
import re
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

# Budget of the stylesheet over the wire, docs/decisions: pages are read over 3G.
STYLESHEET_LIMIT = 20_000


class PupilForm(forms.Form):
    """One field of each shape."""

    full_name = forms.CharField(label="Họ và tên", help_text="Như giấy khai sinh")
    session = forms.ChoiceField(
        label="Buổi", choices=[("am", "Sáng"), ("pm", "Chiều")], widget=forms.RadioSelect
    )
    boarder = forms.BooleanField(label="Bán trú", required=False)


def test_frame_speaks_vietnamese_until_english_is_chosen(client, db):
    page = reverse("accounts:sign_in")
    assert '<html lang="vi">' in client.get(page).content.decode()
    response = client.post(
        reverse("set_language"), {"language": "en", "next": page}, headers={"accept-language": "vi"}
    )
    assert response.url == page
    assert (
        '<html lang="en">' in client.get(page, headers={"accept-language": "vi"}).content.decode()
    )


def test_frame_has_one_main_and_a_skip_link_to_it(client, db):
    html = client.get(reverse("accounts:sign_in")).content.decode()
    assert html.count("<main") == 1
    assert 'class="skip" href="#content"' in html
    assert 'id="content"' in html


def test_frame_keeps_to_the_content_policy(client, world, sign_in):
    html = sign_in(world.teacher_a).get("/no-such-page/").content.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", html) == []


def test_menu_offers_leaving_by_post_only(world, sign_in):
    html = sign_in(world.teacher_a).get("/no-such-page/").content.decode()
    assert f'method="post" action="{reverse("accounts:sign_out")}"' in html
    assert f'href="{reverse("accounts:sign_out")}"' not in html


def test_missing_page_keeps_the_menu_of_the_reader(world, sign_in):
    response = sign_in(world.teacher_a).get("/no-such-page/")
    assert response.status_code == 404
    # Twice: in the strip of wide screens and in the unfolding menu of phones.
    assert response.content.decode().count(f'href="{reverse("reports:risks")}"') == 2


@pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "500.html"])
def test_fault_page_needs_neither_request_nor_database(name):
    html = get_template(name).render()
    assert html.count("<h1>") == 1
    assert 'href="/"' in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "prefix"), [(PupilForm({}), "Lỗi: "), (PupilForm(), "")], ids=["refused", "fresh"]
)
def test_title_begins_with_error_when_the_form_was_refused(rf, form, prefix):
    html = render_to_string("accounts/sign_in.html", {"form": form}, request_of(rf))
    assert re.search(r"<title>(.*?)Đăng nhập", html)[1] == prefix


def test_error_summary_links_to_controls_that_exist():
    html = render_to_string("components/_form.html", {"form": PupilForm({})})
    targets = re.findall(r'<a href="#([^"]+)"', html)
    assert targets == ["id_full_name", "id_session_0"]
    assert [target for target in targets if f'id="{target}"' not in html] == []


def test_field_notes_are_tied_to_their_control():
    html = render_to_string("components/_form.html", {"form": PupilForm({})})
    described = re.search(r'<input[^>]*name="full_name"[^>]*>', html)[0]
    ids = re.search(r'aria-describedby="([^"]+)"', described)[1].split()
    assert ids == ["id_full_name_helptext", "id_full_name_error"]
    assert [name for name in ids if f'id="{name}"' not in html] == []


def test_figure_never_stands_without_its_parts():
    html = render_to_string(
        "components/_figure.html",
        {
            "label": "Tỷ lệ chuyên cần",
            "value": "91,8%",
            "numerator": 128114,
            "denominator": 139560,
            "unit": "lượt học",
            "coverage": 0.94,
            "counted_to": timezone.now().replace(2026, 11, 23, 0, 40),
            "judgement": "low",
        },
    )
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\u00a0", " ")
    assert "128.114 / 139.560 lượt học" in text
    assert "94% sổ đã gửi" in text
    assert "tính đến 07:40 23/11/2026" in text
    assert "Chắc chắn thấp" in text
    assert f'href="{reverse("reports:indicators")}"' in html


def test_pager_keeps_the_other_choices_of_the_address(rf):
    request = request_of(rf, "/schools/?level=THCS&page=2")
    page = Paginator(range(60), 25).page(2)
    html = render_to_string("components/_pager.html", {"page": page}, request)
    assert re.findall(r'href="([^"]+)"', html) == [
        "/schools/?level=THCS&amp;page=1",
        "/schools/?level=THCS&amp;page=3",
    ]


def test_progress_writes_machine_numbers_into_the_attribute():
    html = render_to_string(
        "components/_progress.html", {"label": "Sổ", "value": 5412, "max": 6000}
    )
    assert 'value="5412" max="6000"' in html
    assert "5.412 / 6.000" in html


def test_todo_says_so_when_nothing_waits():
    html = render_to_string("components/_todo.html", {"items": []})
    assert "Hiện không còn việc nào cần làm." in html


def test_stylesheet_stays_light_and_loads_nothing_else():
    css = (settings.BASE_DIR / "static" / "css" / "site.css").read_bytes()
    assert len(gzip.compress(css, 9)) <= STYLESHEET_LIMIT
    assert re.findall(rb"url\(|@import", css) == []


def test_what_the_phone_has_is_not_sent_again(client, static_files):
    """The service worker asks again for what the page has just fetched, packed or not."""
    for packing in ("gzip", "identity"):
        headers = {"accept-encoding": packing}
        first = client.get("/static/css/site.css", headers=headers)
        assert (first.status_code, bool(first.getvalue())) == (200, True)
        assert first["ETag"].startswith("W/") == (packing == "gzip")
        again = client.get(
            "/static/css/site.css", headers=headers | {"if-none-match": first["ETag"]}
        )
        assert (again.status_code, again.getvalue()) == (304, b"")


def request_of(rf: RequestFactory, path="/"):
    """A request of somebody who has not signed in."""
    request = rf.get(path)
    request.user = SimpleNamespace(is_authenticated=False, is_staff=False)
    return request
