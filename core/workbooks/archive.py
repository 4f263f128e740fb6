"""Looking at a workbook as the zip archive it is, before any reader of spreadsheets sees it.

A reader believes what an archive says of itself. So every part is unpacked here once, in
pieces, only as far as the limits go, and its real size is held against the claimed one. What
is in a part is judged where it is read, in `scanning`: pictures, settings of printers and
data of add-ins may be whatever they like.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from zipfile import ZipInfo

from .refusals import MEGABYTE, Limits, WorkbookRefused

PIECE = 64 * 1024
# What a damaged archive makes zipfile and zlib raise.
DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
)

_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
_PACKED = (_OLE, _ZIP, b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00")
_PACKED_NAME = re.compile(r"\.(zip|rar|7z|gz|xls[xmb]?|doc[xm]?|ppt[xm]?|ods|jar)$")
# Pictures that Office packs on its own; no reader of ours opens them.
_PACKED_PICTURES = (".emz", ".wmz")
_DIRECTORY_ENTRY = b"PK\x01\x02"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Archive:
    """The parts of a sound .xlsx; making one refuses everything else.

    Args:
        data: the bytes of the file; name: what the user called it, "" when unknown.

    Raises:
        WorkbookRefused
    """

    def __init__(self, data: bytes, name: str, limits: Limits) -> None:
        self._data, self._limits = data, limits
        _refuse_other_formats(data, name, limits)
        try:
            self.parts = self._sound_parts()
            self._refuse_bombs()
        except DAMAGE as error:
            raise WorkbookRefused("damaged") from error

    def pieces(self, part: ZipInfo) -> Iterator[bytes]:
        """The bytes of a part in pieces, whatever size the archive claims for it."""
        packed = self._packed(part)
        if part.compress_type == zipfile.ZIP_STORED:
            for start in range(0, len(packed), PIECE):
                yield bytes(packed[start : start + PIECE])
            return
        if part.compress_type != zipfile.ZIP_DEFLATED:
            raise NotImplementedError
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        piece = inflate.decompress(packed, PIECE)
        while piece:
            yield piece
            piece = inflate.decompress(inflate.unconsumed_tail, PIECE)
        if not inflate.eof:
            raise EOFError

    def _packed(self, part: ZipInfo) -> memoryview:
        start = part.header_offset
        header = self._data[start : start + 30]
        if header[:4] != _ZIP or len(header) < 30:
            raise zipfile.BadZipFile
        start += 30 + sum(int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
        if start + part.compress_size > len(self._data):
            raise EOFError
        return memoryview(self._data)[start : start + part.compress_size]

    def _sound_parts(self) -> list[ZipInfo]:
        # Counted before the directory is read, since reading it makes an object of each.
        if self._data.count(_DIRECTORY_ENTRY) > self._limits.entries:
            raise WorkbookRefused("too_big")
        with zipfile.ZipFile(io.BytesIO(self._data)) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir()]
        names = [part.filename.lower() for part in parts]
        if any(part.flag_bits & 1 for part in parts):
            raise WorkbookRefused("password")
        if any("vbaproject" in name or "macrosheets/" in name for name in names):
            raise WorkbookRefused("macros")
        if "xl/workbook.xml" not in names:
            raise WorkbookRefused("not_excel")
        if any(_PACKED_NAME.search(name) or "embeddings/" in name for name in names):
            raise WorkbookRefused("files_inside")
        if sum(part.file_size for part in parts) > self._limits.unpacked:
            raise WorkbookRefused("too_big")
        if len(set(names)) < len(names) or _overlap(parts):
            raise zipfile.BadZipFile
        return parts

    def _refuse_bombs(self) -> None:
        total = 0
        for part in self.parts:
            size, checksum, first = 0, 0, b""
            for piece in self.pieces(part):
                first = first or piece[:64]
                size += len(piece)
                total += len(piece)
                checksum = zlib.crc32(piece, checksum)
                ratio = size / max(part.compress_size, 1)
                if total > self._limits.unpacked or (
                    size > MEGABYTE and ratio > self._limits.ratio
                ):
                    raise WorkbookRefused("too_big")
            is_picture = part.filename.lower().endswith(_PACKED_PICTURES)
            if first.startswith(_PACKED) and not is_picture:
                raise WorkbookRefused("files_inside")
            if (size, checksum) != (part.file_size, part.CRC):
                raise WorkbookRefused("damaged")


def _overlap(parts: list[ZipInfo]) -> bool:
    """Whether two parts share bytes, as in bombs that use one part many times."""
    ends = 0
    for part in sorted(parts, key=lambda part: part.header_offset):
        if part.header_offset < ends:
            return True
        ends = part.header_offset + 30 + len(part.orig_filename) + part.compress_size
    return False


def _refuse_other_formats(data: bytes, name: str, limits: Limits) -> None:
    if not data:
        raise WorkbookRefused("empty")
    if len(data) > limits.bytes:
        raise WorkbookRefused("too_large", limit=limits.bytes // MEGABYTE)
    if data.startswith(_OLE):
        secret = "EncryptedPackage".encode("utf-16-le") in data
        raise WorkbookRefused("password" if secret else "old_xls")
    if not data.startswith(b"PK"):
        raise WorkbookRefused(_kind_of_text(data))
    if name and not name.lower().endswith(".xlsx"):
        raise WorkbookRefused("macros" if name.lower().endswith(".xlsm") else "not_xlsx")


def _kind_of_text(data: bytes) -> str:
    start = data[:4096]
    if start.startswith(_UTF16):
        start = start.decode("utf-16", "ignore").encode()
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<head", b"<meta")):
        return "web_page"
    # A text has no control characters but those that end lines and separate columns.
    is_text = not re.search(rb"[\x00-\x08\x0e-\x1f]", start) and not start.startswith(b"%pdf")
    return "text_file" if is_text else "not_xlsx"
