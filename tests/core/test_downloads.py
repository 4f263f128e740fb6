"""Files to be kept: named in Vietnamese, and never taken for a page."""

import io
from urllib.parse import unquote

import pytest

from core.documents.downloads import XLSX, download


# The end of an answer looks after the connections of the database.
@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"abc", io.BytesIO(b"abc")])
def test_a_file_is_saved_under_its_vietnamese_name(content):
    answer = download(content, name="Sổ điểm danh 6A.xlsx")
    assert b"".join(answer) == b"abc"
    answer.close()
    assert answer.headers["Content-Type"] == XLSX
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    kind, _space, name = answer.headers["Content-Disposition"].partition("; ")
    assert kind == "attachment"
    assert name.startswith("filename*=utf-8''")
    assert unquote(name.removeprefix("filename*=utf-8''")) == "Sổ điểm danh 6A.xlsx"
    assert name.isascii()


def test_what_no_file_name_may_have_is_replaced():
    answer = download(b"", name='lop 1/2\r\n"a".pdf', content_type="application/pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lop 1-2---a-.pdf"'
