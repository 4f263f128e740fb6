"""Plans of action and tasks, written directly."""

import datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from inspections.models import ActionItem, ActionPlan

D = datetime.date
PDF = b"%PDF-1.7\n1 0 obj\n"


def make_action_plan(area, *, by, state="in_force", **more):
    """A plan of the year 2026 with number, day and paper."""
    values = {
        "title": "Kế hoạch duy trì sĩ số năm 2026",
        "number": "15/KH-UBND",
        "issued_on": D(2026, 1, 15),
        "issued_by": "UBND",
        "valid_from": D(2026, 1, 1),
        "valid_to": D(2027, 1, 1),
        "document": SimpleUploadedFile("ke-hoach.pdf", PDF),
        "document_by": by,
        "document_at": timezone.now() - datetime.timedelta(days=2),
    }
    return ActionPlan.objects.create(
        area=area, state=state, drafted_by=by, drafted_at=timezone.now(), **{**values, **more}
    )


def make_action(plan, *, by, state="open", verified_by=None, **more):
    """A task of a plan in its own area, due on 20 November 2026."""
    now = timezone.now()
    done = {"done_on": D(2026, 10, 12), "done_by": by, "percent": 100}
    of_state = {
        "open": {},
        "done": done,
        "verified": done | {"verified_by": verified_by, "verified_at": now},
        "cancelled": {"cancelled_because": "Trùng việc"},
    }
    values = {
        "what": "Mỗi bản họp một buổi về việc đi học",
        "area": plan.area,
        "due_on": D(2026, 11, 20),
        "made_by": by,
        "made_at": now,
    }
    return ActionItem.objects.create(
        plan=plan, state=state, **{**values, **of_state[state], **more}
    )
