"""Whoever was overtaken, or comes in a crowd, is told to try again; a real fault stays one."""

import pytest
from django.db import IntegrityError, OperationalError
from django.urls import reverse

from core.contention import AtMost, Busy, Overtaken, is_overtaken
from core.text import TextRefused, check_text

pytestmark = pytest.mark.django_db


def database_error(code, kind=OperationalError):
    cause = Exception()
    cause.pgcode = code
    error = kind("refused")
    error.__cause__ = cause
    return error


@pytest.fixture(params=["", "0e4f1c9a-5a53-4d33-9c3b-0d2f0a1b2c3d"], ids=["plain", "operation"])
def page(world, sign_in, monkeypatch, request):
    """Function: the answer of a page whose service raises an error, to a form with and without an
    operation."""

    def answer(error, *, at="request_report"):
        def fail(*args, **kwargs):
            raise error

        monkeypatch.setattr(f"reports.views.runs.{at}", fail)
        client = sign_in(world.commune_officer)
        client.raise_request_exception = False
        form = {"kind": "monthly", "area": world.commune_a.pk, "month": "2026-10"}
        form["operation"] = request.param
        return client.post(reverse("reports:runs"), form)

    return answer


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError("UNIQUE constraint failed"),
        OperationalError("database is locked"),
        database_error("40P01"),
        database_error("40001"),
        database_error("55P03"),
        Overtaken(),
    ],
    ids=["unique", "locked", "deadlock", "serialization", "lock timeout", "again and again"],
)
def test_who_was_overtaken_reads_a_page(page, error):
    assert is_overtaken(error)
    answer = page(error)
    assert (answer.status_code, answer["Retry-After"]) == (409, "3")
    assert "Có người khác đang sửa đúng mục này" in answer.content.decode()


def test_a_text_that_no_form_refused_is_told(page):
    with pytest.raises(TextRefused) as refused:
        check_text("a" * 11, most=10)
    answer = page(refused.value, at="ReportForm")
    assert answer.status_code == 400
    assert "dài quá 10 ký tự" in answer.content.decode()


@pytest.mark.parametrize(
    "error",
    [ValueError("a fault of ours"), OperationalError("no such table")],
)
def test_another_fault_stays_a_fault(page, error):
    assert page(error).status_code == 500


def test_program_is_told_to_send_again(world, sign_in, monkeypatch):
    def fail(*args, **kwargs):
        raise Overtaken

    monkeypatch.setattr("attendance.registers.services.sending.store", fail)
    client = sign_in(world.teacher_a)
    client.raise_request_exception = False
    answer = client.put(
        reverse("api:register", args=[world.class_a.pk, world.today, "am"]),
        '{"op_id": "0b8f3f6e-44a5-4b8f-9d2c-5d7b1d4b9d11", "base_revision": 0, "marks": []}',
        "application/json",
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")


def test_place_is_given_back_also_after_a_fault():
    work = AtMost(1)
    with pytest.raises(ValueError, match="broken"), work():
        raise ValueError("broken")
    with work(), pytest.raises(Busy), work():
        pass
    with work():
        pass
