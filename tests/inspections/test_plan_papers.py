"""The plan and the decision of its team on paper."""

import io

import pytest
from django.urls import reverse
from docx import Document

from inspections.plan_papers import plan_paper, team_decision
from inspections.selectors.plans import visits_of
from inspections.services.plans import cancel_visit


def test_the_plan_says_why_what_who_and_when(approved, flagged):
    paper = plan_paper(approved, list(visits_of(approved)))
    assert (paper.kind, paper.symbol) == ("KẾ HOẠCH", "KH-SGDĐT")
    visit = approved.visits.get()
    (row,) = paper.appendix.rows
    assert row[1] == visit.commune.title
    assert row[2] == f"{visit.planned_on:%d/%m/%Y}"
    assert row[3].startswith(visit.member.full_name)
    assert row[5]
    assert paper.appendix.total[1] == "Tổng: 1 nơi"


def test_the_decision_names_each_member_with_the_duty(approved, flagged):
    visit = approved.visits.get()
    paper = team_decision(approved, list(visits_of(approved)))
    assert (paper.kind, paper.symbol) == ("QUYẾT ĐỊNH", "QĐ-SGDĐT")
    (duty,) = paper.sections[1][1]
    assert duty.startswith(f"1. {visit.member.full_name}")
    assert f"{visit.planned_on:%d/%m/%Y}" in duty


def test_what_was_called_off_stands_in_neither(approved, flagged):
    cancel_visit(visit=approved.visits.get(), by=flagged.province_officer)
    visits = list(visits_of(approved))
    assert plan_paper(approved, visits).appendix.rows == []
    assert team_decision(approved, visits).sections[1][1] == ["Chưa có người được phân công."]


@pytest.mark.parametrize("kind", ["plan", "decision"])
def test_both_come_as_pdf_and_word(approved, flagged, client, kind):
    client.force_login(flagged.province_officer)
    address = reverse("inspections:plan_paper", args=[approved.pk, kind])
    assert client.get(address).content.startswith(b"%PDF")
    word = Document(io.BytesIO(client.get(address + "?as=docx").content))
    said = "\n".join(each.text for each in word.paragraphs)
    assert {"plan": "KẾ HOẠCH", "decision": "QUYẾT ĐỊNH"}[kind] in said
    assert client.get(address + "?as=exe").status_code == 404
    other = reverse("inspections:plan_paper", args=[approved.pk, "other"])
    assert client.get(other).status_code == 404
