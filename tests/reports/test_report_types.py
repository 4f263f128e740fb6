"""The registry of reports: each type has its own permission, needs and renderer."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.scoping import scope_for
from core.hooks import AlreadyRegistered
from core.permissions import Permission as P
from reports import report_types
from reports.exports.monthly_report import MONTHLY
from reports.forms import ReportForm
from reports.models import ReportRun
from reports.selectors.runs import areas_by_type, runs_of, types_for
from reports.services import runs as services
from tests.html_query import read
from tests.reports.register_builders import OCTOBER

pytestmark = pytest.mark.django_db


def render(order, path, progress):
    progress(1, 1)
    path.write_text(f"{order.month} {order.by_name} {order.filters}", encoding="utf-8")
    return 1


LETTERS = report_types.ReportType(
    code="letters",
    name="Thư",
    permission=P.EXPORT_FIGURES,
    file_stem="thu",
    extension="txt",
    render=render,
    needs_area=False,
)


@pytest.fixture
def letters(monkeypatch):
    """A second type, without an area, for the time of a test."""
    monkeypatch.setattr(report_types, "_types", {MONTHLY.code: MONTHLY})
    report_types.register(LETTERS)
    return LETTERS


def test_a_code_is_registered_once(letters):
    with pytest.raises(AlreadyRegistered, match="letters"):
        report_types.register(LETTERS)
    assert report_types.all_types() == [MONTHLY, LETTERS]


def test_a_report_without_an_area_is_asked_for_made_and_fetched(
    letters, world, sign_in, django_capture_on_commit_callbacks
):
    client = sign_in(world.commune_officer)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("reports:runs"), {"kind": "letters", "month": "2026-10"})
    run = ReportRun.objects.get()
    assert answer.url == reverse("reports:run", args=[run.pk])
    assert (run.kind, run.area, run.state) == ("letters", None, "done")
    assert (run.rows_done, run.rows_total) == (1, 1)
    assert read(client.get(answer.url)).one("h1").text == "Thư · 10/2026"
    file = client.get(reverse("reports:run_file", args=[run.pk]))
    assert 'filename="thu-2026-10.txt"' in file.headers["Content-Disposition"]
    assert b"".join(file.streaming_content).startswith(b"2026-10 ")


def test_what_a_type_needs_is_asked_for_at_its_field(letters, world, sign_in):
    client = sign_in(world.commune_officer)
    page = client.post(reverse("reports:runs"), {"kind": "monthly", "month": "2026-10"})
    assert "Báo cáo này cần chọn đơn vị." in page.content.decode()
    assert not ReportRun.objects.exists()


@pytest.mark.parametrize(
    ("kind", "month", "code"),
    [("unknown", OCTOBER, "unknown_report"), ("letters", None, None)],
)
def test_an_order_that_no_type_takes_is_refused(letters, world, kind, month, code):
    with pytest.raises(ValidationError) as refused:
        services.request_report(kind=kind, month=month, filters={}, by=world.commune_officer)
    found = refused.value
    assert set(found.error_dict) == {"month"} if code is None else found.code == code


def test_a_type_is_for_those_who_hold_its_permission(letters, monkeypatch, world):
    officer, area = world.commune_officer, world.commune_a
    plans = report_types.ReportType(
        code="plans",
        name="Kế hoạch",
        permission=P.MANAGE_TARGETS,
        file_stem="ke-hoach",
        extension="txt",
        render=render,
    )
    report_types.register(plans)
    made = {
        kind: ReportRun.objects.create(kind=kind, area=area, made_by=officer)
        for kind in ("monthly", "plans", "gone")
    }
    scope = scope_for(officer)
    assert types_for(scope) == [MONTHLY, LETTERS]
    assert list(runs_of(officer, scope)) == [made["monthly"]]
    # Of the other type only where its own permission is held.
    of_type = {"monthly": [area], "plans": [world.province]}
    form = ReportForm(
        {"kind": "plans", "area": area.pk, "month": "2026-10"},
        types=[MONTHLY, plans],
        areas=of_type,
    )
    assert list(form.errors) == ["area"]
    assert set(areas_by_type([MONTHLY], scope)) == {"monthly"}


def test_a_type_that_is_made_no_more_fails_and_says_so(world, monkeypatch):
    run = ReportRun.objects.create(kind="gone", made_by=world.commune_officer)
    made = services.make_report(run_id=run.pk)
    assert (made.state, made.problem_code, str(made)) == ("failed", "crashed", "gone")


def test_a_report_that_waits_is_cancelled_on_its_page(world, sign_in):
    run = services.request_report(
        kind="monthly",
        area=world.commune_a,
        month=OCTOBER,
        filters={},
        by=world.commune_officer,
    )
    client = sign_in(world.commune_officer)
    address = reverse("reports:run", args=[run.pk])
    cancel = reverse("reports:run_cancel", args=[run.pk])
    assert read(client.get(address)).one(f'form[action="{cancel}"] button').text == "Huỷ việc này"
    client.post(cancel)
    page = client.get(address).content.decode()
    assert "Đã huỷ việc lập báo cáo này" in page
    assert cancel not in page
    assert services.make_report(run_id=run.pk) is None
    assert "Không kịp huỷ" in client.post(cancel, follow=True).content.decode()
