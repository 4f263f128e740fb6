"""A backup that was cut or altered anywhere is refused, each in its own words."""

import hashlib
import io
import json
import stat
import zipfile

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from operations.backup.archive import SEAL, BackupReader, BackupWriter, has_seal
from operations.backup.digests import DigestingStream, TableDigest
from operations.backup.manifest import FileEntry, Manifest, TableEntry
from operations.backup.refusals import (
    AlteredBackup,
    CutBackup,
    NotABackup,
    UnknownFormat,
    UnknownMigrations,
)
from operations.backup.tables import Column, Table

LINES = {"a": b"".join(b"%d\tx\n" % number for number in range(500)), "b": b""}
CONTENT = {"reports/một.txt": b"one" * 1000, "imports/two.bin": bytes(range(256))}


@pytest.fixture
def whole(tmp_path):
    """Path of a small backup made by hand: two tables and two files."""
    path = tmp_path / "lai-chau-edu-20261012-0710.backup"
    write_backup(path)
    return path


def write_backup(path, *, state=("schools.0001_initial",), **changed):
    with BackupWriter(path) as writer:
        tables = []
        for name, lines in LINES.items():
            meter = DigestingStream()
            meter.write(lines)
            columns = (Column("id", "integer"), Column("name", "text"))
            entry = TableEntry(
                Table(name, "id", columns), TableDigest(meter.rows, meter.sha256, 500)
            )
            tables.append(entry)
            with writer.member(f"tables/{name}.tsv") as sink:
                sink.write(lines)
        files = []
        for name, content in CONTENT.items():
            files.append(FileEntry(name, len(content), hashlib.sha256(content).hexdigest()))
            with writer.member(f"files/{name}") as sink:
                sink.write(content)
        values = {"tables": tuple(tables), "files": tuple(files)} | changed
        writer.finish(Manifest(timezone.now(), "sqlite", tuple(state), **values))


def rewrite(path, change):
    """Write the zip anew with changed members and a fresh seal, as a forger or a fool would.

    `change` gets {name: content} and alters it.
    """
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name, content)
        new.comment = SEAL + b"0" * 64
    sealed = buffer.getvalue()[:-64]
    path.write_bytes(sealed + hashlib.sha256(sealed).hexdigest().encode())


def examine(path):
    with BackupReader(path) as backup:
        backup.verify()
        return backup.manifest


def test_whole_backup_is_read_and_is_for_its_owner_only(whole):
    manifest = examine(whole)
    assert manifest.rows == 500
    assert [entry.path for entry in manifest.files] == list(CONTENT)
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600


def test_manifest_reads_what_it_wrote(whole):
    manifest = examine(whole)
    assert Manifest.from_json(manifest.to_json()) == manifest


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.25, 0.5, 0.9, 0.99])
def test_cut_backup_is_refused(whole, kept):
    content = whole.read_bytes()
    whole.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(CutBackup if kept > 0.001 else NotABackup):
        examine(whole)


@pytest.mark.parametrize("missing", [1, 2, 63, 64, 65, len(SEAL) + 64, len(SEAL) + 65])
def test_backup_without_its_last_bytes_is_refused(whole, missing):
    whole.write_bytes(whole.read_bytes()[:-missing])
    assert not has_seal(whole)
    with pytest.raises(CutBackup):
        examine(whole)


def test_bytes_after_the_end_are_refused(whole):
    whole.write_bytes(whole.read_bytes() + b"\0")
    with pytest.raises(CutBackup):
        examine(whole)


def test_a_flipped_bit_is_refused_wherever_it_is(whole):
    content = whole.read_bytes()
    step = max(1, len(content) // 400)
    places = sorted({*range(0, len(content), step), *range(len(content) - 120, len(content))})
    damaged = whole.with_name("damaged.backup")
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << (place % 8)
        damaged.write_bytes(flipped)
        with pytest.raises((AlteredBackup, CutBackup, NotABackup)):
            examine(damaged)


def test_a_piece_taken_out_of_the_middle_is_refused(whole):
    content = whole.read_bytes()
    whole.write_bytes(content[:300] + content[400:])
    with pytest.raises(AlteredBackup):
        examine(whole)


@pytest.mark.parametrize("name", ["tables/a.tsv", "tables/b.tsv", "files/imports/two.bin"])
def test_an_altered_member_with_a_new_seal_is_refused(whole, name):
    rewrite(whole, lambda members: members.update({name: members[name] + b"501\ty\n"}))
    with pytest.raises(AlteredBackup, match=name.rpartition("/")[2].partition(".")[0]):
        examine(whole)


@pytest.mark.parametrize(
    "name", ["tables/a.tsv", "tables/b.tsv", "files/imports/two.bin", "manifest.json"]
)
def test_a_missing_member_is_refused(whole, name):
    rewrite(whole, lambda members: members.pop(name))
    with pytest.raises(AlteredBackup, match=name):
        examine(whole)


def test_a_member_too_many_is_refused(whole):
    rewrite(whole, lambda members: members.update({"files/evil": b""}))
    with pytest.raises(AlteredBackup, match="files/evil"):
        examine(whole)


def change_manifest(path, change):
    def alter(members):
        content = json.loads(members["manifest.json"])
        change(content)
        members["manifest.json"] = json.dumps(content)

    rewrite(path, alter)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["tables"].pop(),
        lambda content: content["files"].pop(),
        lambda content: content["tables"][0]["print"].update(rows=499),
        lambda content: content["tables"][0]["print"].update(sha256="0" * 64),
        lambda content: content["files"][0].update(size=1),
        lambda content: content.pop("state"),
        lambda content: content.update(tables="all"),
        lambda content: content.update(made_at="yesterday"),
        lambda content: content["tables"][0]["table"]["columns"][0].update(kind="money"),
        lambda content: content["files"].append(content["files"][0]),
    ],
)
def test_an_altered_manifest_is_refused(whole, change):
    change_manifest(whole, change)
    with pytest.raises(AlteredBackup):
        examine(whole)


@pytest.mark.parametrize(
    "path", ["../evil", "/etc/passwd", "a/../../b", ".hidden", "C:/x", "a\\b", "", "a//b"]
)
def test_a_path_out_of_the_folder_is_refused(whole, path):
    entry = FileEntry(path, 0, hashlib.sha256(b"").hexdigest())
    whole.unlink()
    write_backup(whole, files=(entry,))
    with pytest.raises(AlteredBackup, match=r"manifest\.json"):
        examine(whole)


@pytest.mark.parametrize("number", [0, 2, "1", None])
def test_another_format_is_named(whole, number):
    change_manifest(whole, lambda content: content.update(format=number))
    with pytest.raises(UnknownFormat, match=str(number)):
        examine(whole)


@pytest.mark.parametrize("content", [b"", b"PK", b"SQLite format 3\0" * 20])
def test_another_file_is_no_backup(tmp_path, content):
    path = tmp_path / "x.backup"
    path.write_bytes(content)
    with pytest.raises(NotABackup):
        examine(path)


def test_what_is_not_there_is_no_backup(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(NotABackup):
            examine(path)


def test_an_unfinished_backup_is_removed(tmp_path):
    with pytest.raises(RuntimeError), BackupWriter(tmp_path / "x.backup") as writer:  # noqa: PT012
        with writer.member("tables/a.tsv") as sink:
            sink.write(b"1\n")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_check_says_that_a_backup_is_whole(whole, capsys):
    call_command("backup", check=whole)
    assert "còn nguyên vẹn" in capsys.readouterr().out


def test_check_ends_with_the_code_of_the_refusal(whole):
    whole.write_bytes(whole.read_bytes()[:-1])
    with pytest.raises(CommandError, match="bị cắt") as refusal:
        call_command("backup", check=whole)
    assert refusal.value.returncode == CutBackup.code


def test_check_refuses_a_backup_of_a_version_to_come(whole):
    whole.unlink()
    write_backup(whole, state=("schools.0001_initial", "schools.9999_of_tomorrow"))
    with pytest.raises(CommandError, match=r"schools\.9999_of_tomorrow") as refusal:
        call_command("backup", check=whole)
    assert refusal.value.returncode == UnknownMigrations.code
