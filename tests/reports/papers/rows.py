"""Issued papers without the service: a row with its file."""

import datetime
import hashlib

from django.utils import timezone

from reports.models import IssuedFile, IssuedPaper
from reports.month_review.freezing import code_of


def make_issued(area, by, *, number=1, kind="report", report="report", content=b"%PDF-1.7", **more):
    """A paper that the office of an area issued about the area's September."""
    paper = IssuedPaper.objects.create(
        **{
            "office_area": area,
            "office_name": f"Ủy ban nhân dân {area.title}",
            "kind": kind,
            "year": 2026,
            "number": number,
            "symbol": "BC-UBND",
            "issued_on": datetime.date(2026, 10, 5),
            "report": report,
            "area": area,
            "month": datetime.date(2026, 9, 1),
            "subject": "Huy động, duy trì sĩ số và chuyên cần",
            "position": "Chủ tịch",
            "signer": "Lò Văn Sơn",
            "recipients": "Như trên;",
            "search_text": "huy dong",
            "code": code_of(f"{area.pk} {kind} {number}"),
            "extension": "pdf",
            "file_hash": hashlib.sha256(content).hexdigest(),
            "issued_by": by,
            "issued_at": timezone.now(),
        }
        | more
    )
    IssuedFile.objects.create(paper=paper, content=content)
    return paper
