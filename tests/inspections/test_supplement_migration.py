"""Late lines of before learn from their words which part and school they are of."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from inspections.models import ChecklistItem, Supplement
from tests.inspections.visits import planned_visit
from tests.migrating import migrate

LATE = "Ghi tại chỗ lúc 09:10 ngày 12/10/2026, máy chủ nhận sau khi đã lập biên bản. "


@pytest.mark.django_db(transaction=True)
def test_late_lines_of_before_are_private_too(flagged):
    visit, by = planned_visit(flagged), flagged.member_user
    school, question = flagged.school_a, ChecklistItem.objects.order_by("place").first()
    texts = {
        "Đoàn làm việc thêm buổi chiều": ("", None),
        f"{LATE}{question.text}: Không. Thiếu": ("checklist", None),
        f"{LATE}{school.name}, 6A, sáng 12/10/2026: đếm được 4, sĩ số 6, chưa có sổ": (
            "counts",
            school.pk,
        ),
        f"{LATE}Bản Nậm Cáy · 2: Khác phiếu. Một em đi nương": ("households", None),
        "Ghi tại chỗ, không rõ gì": ("households", None),
    }
    try:
        then = migrate(("inspections", "0016_points_of_a_visit")).get_model(
            "inspections", "Supplement"
        )
        for text in texts:
            then.objects.create(
                visit_id=visit.pk, text=text, made_by_id=by.pk, made_at=timezone.now()
            )
    finally:
        call_command("migrate", verbosity=0)
    found = Supplement.objects.order_by("pk")
    assert {each.text: (each.part, each.school_id) for each in found} == texts
