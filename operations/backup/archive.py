"""The backup file: a zip that says itself whether it is whole.

    tables/<name>.tsv   the lines of a table
    files/<path>        a file of FILES_DIR
    manifest.json       last: rows, sizes and SHA-256 of all the above
    comment             the seal: SHA-256 of every byte before it

Any zip program opens it. The seal finds accidents, a cut copy as well as a flipped bit; it is
no signature against a forger.
"""

import contextlib
import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from .digests import DigestingStream
from .manifest import FORMAT, BadManifest, FileEntry, Manifest, OtherFormat, TableEntry
from .refusals import AlteredBackup, CutBackup, NotABackup, UnknownFormat
from .streams import Sink

MAGIC = b"PK\x03\x04"
SEAL = b"lai-chau-edu backup sha256:"
SEAL_SIZE = len(SEAL) + 64
MANIFEST = "manifest.json"
PIECE = 1024 * 1024  # bytes


class BackupWriter:
    """Writes a backup under a name of its own; only `finish` gives it the final one.

    Raises OSError when it cannot be written. As a context manager it removes what was not
    finished.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
        # Names, birth dates and password hashes: for the eyes of the operator alone.
        handle = os.open(self._unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        self._is_finished = False
        self._file = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(
            self._file, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=1
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_finished:
            return
        # The zip would still try to write its end, perhaps onto a full disk.
        self._zip.fp = None
        with contextlib.suppress(OSError):
            self._file.close()
        self._unfinished.unlink(missing_ok=True)

    @contextlib.contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """Context: a sink for the content of a member."""
        with self._zip.open(name, "w", force_zip64=True) as sink:
            yield sink

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and the seal, and give the file its name."""
        self._zip.writestr(MANIFEST, manifest.to_json())
        self._zip.comment = SEAL + b"0" * 64
        self._zip.close()
        self._file.seek(-64, os.SEEK_END)
        length = self._file.tell()
        self._file.write(_digest(self._file, length).encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.rename(self._unfinished, self._path)
        self._is_finished = True


class BackupReader:
    """A backup whose seal and manifest are in order. A context manager.

    Raises `NotABackup`, `CutBackup`, `AlteredBackup` or `UnknownFormat`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        require_seal(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError) as error:
            raise AlteredBackup(path, error) from error
        try:
            self.manifest = self._read_manifest()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def verify(self) -> None:
        """Read everything once and compare it with the manifest; raises `AlteredBackup`."""
        for entry in self.manifest.tables:
            with self.table(entry) as meter:
                while meter.read(PIECE):
                    pass
        for file in self.manifest.files:
            self.copy_file(file, None)

    @contextlib.contextmanager
    def table(self, entry: TableEntry) -> Iterator[DigestingStream]:
        """Context: the lines of a table; a difference is raised when all were read."""
        with self._member(f"tables/{entry.table.name}.tsv") as meter:
            yield meter
            if (meter.rows, meter.sha256) != (entry.print.rows, entry.print.sha256):
                raise AlteredBackup(self.path, entry.table.name)

    def copy_file(self, entry: FileEntry, sink: Sink | None) -> None:
        """Copy a file into `sink` (None: nowhere), comparing it with the manifest."""
        with self._member(f"files/{entry.path}") as meter:
            shutil.copyfileobj(meter, sink or DigestingStream(), PIECE)
            if (meter.size, meter.sha256) != (entry.size, entry.sha256):
                raise AlteredBackup(self.path, entry.path)

    @contextlib.contextmanager
    def _member(self, name: str) -> Iterator[DigestingStream]:
        try:
            with self._zip.open(name) as source:
                yield DigestingStream(source=source)
        except (zipfile.BadZipFile, KeyError, EOFError, ValueError) as error:
            raise AlteredBackup(self.path, f"{name}: {error}") from error

    def _read_manifest(self) -> Manifest:
        try:
            text = self._zip.read(MANIFEST).decode()
            manifest = Manifest.from_json(text)
        except OtherFormat as error:
            raise UnknownFormat(self.path, error.found, FORMAT) from error
        except (zipfile.BadZipFile, KeyError, BadManifest, UnicodeDecodeError) as error:
            raise AlteredBackup(self.path, f"{MANIFEST}: {error}") from error
        named = [f"tables/{entry.table.name}.tsv" for entry in manifest.tables]
        named += [f"files/{entry.path}" for entry in manifest.files]
        found = self._zip.namelist()
        if sorted([*named, MANIFEST]) != sorted(found):
            odd = sorted(set(found) ^ {*named, MANIFEST}) or [MANIFEST]
            raise AlteredBackup(self.path, ", ".join(odd[:5]))
        return manifest


def has_seal(path: Path) -> bool:
    """Whether a file ends as a finished backup does, without reading the rest."""
    with open(path, "rb") as file:
        return _claimed_digest(file) is not None


def require_seal(path: Path) -> None:
    """Read the whole file; raises `NotABackup`, `CutBackup` or `AlteredBackup`."""
    try:
        with open(path, "rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise NotABackup(path)
            claimed = _claimed_digest(file)
            if claimed is None:
                raise CutBackup(path)
            file.seek(-64, os.SEEK_END)
            if _digest(file, file.tell()) != claimed:
                raise AlteredBackup(path, "SHA-256")
    except OSError as error:
        raise NotABackup(path) from error


def _claimed_digest(file: IO[bytes]) -> str | None:
    if file.seek(0, os.SEEK_END) < SEAL_SIZE:
        return None
    file.seek(-SEAL_SIZE, os.SEEK_END)
    found = re.fullmatch(re.escape(SEAL) + rb"([0-9a-f]{64})", file.read(SEAL_SIZE))
    return found[1].decode() if found else None


def _digest(file: IO[bytes], length: int) -> str:
    """SHA-256 of the first `length` bytes; leaves the file at that place."""
    file.seek(0)
    digest = hashlib.sha256()
    while length:
        piece = file.read(min(PIECE, length))
        if not piece:
            break
        digest.update(piece)
        length -= len(piece)
    return digest.hexdigest()
