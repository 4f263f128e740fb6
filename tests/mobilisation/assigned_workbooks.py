"""Files of assigned numbers."""

import io

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from mobilisation.assigned.workbook import COLUMNS
from mobilisation.rates.variants import VARIANTS

HEADERS = [column.header for column in COLUMNS]


def file_of(*rows, headings=HEADERS, name="Chi tieu.xlsx"):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    page = book.add_worksheet("Chỉ tiêu giao")
    for line, row in enumerate([headings, *rows]):
        page.write_row(line, 0, row)
    book.close()
    return SimpleUploadedFile(name, file.getvalue())


def row_of(code, **numbers):
    return [code, "", *(numbers.get(each, "") for each in VARIANTS)]
