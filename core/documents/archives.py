"""Files whose bytes follow from what is in them, not from the clock of the server."""

import datetime
import io
import zipfile

# What stands for the time of making where a format asks for one.
NO_MOMENT = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
# In zip files the first moment that they know, as XlsxWriter has it.
_OF_ENTRIES = (1980, 1, 1, 0, 0, 0)


def entry(name: str) -> zipfile.ZipInfo:
    """An entry to write, deflated, that says no time."""
    found = zipfile.ZipInfo(name, _OF_ENTRIES)
    found.compress_type = zipfile.ZIP_DEFLATED
    # As `ZipFile.writestr` gives to a plain name.
    found.external_attr = 0o600 << 16
    return found


def without_moments(content: bytes) -> bytes:
    """A zip file, as Word's are, written again with entries that say no time."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for each in source.infolist():
            target.writestr(entry(each.filename), source.read(each))
    return file.getvalue()
