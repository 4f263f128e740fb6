"""Word files for tests: plain ones, and ones that no Word would write."""

import io
import zipfile

from docx import Document


def word_file(*texts):
    """Bytes of a .docx of some paragraphs."""
    document = Document()
    for text in texts:
        document.add_paragraph(text)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def with_part(content, name, data):
    """The same file with a part added or replaced."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def part_of(content, name):
    """A part of a file, as text."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()
