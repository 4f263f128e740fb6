"""bin/release: an archive of a small project, twice the same, and what its manifest finds.

The whole one, installed without a network, is tried by hand: docs/operations.md, "A release", has
the figures.
"""

import hashlib
import importlib.machinery
import importlib.util
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

import run

ROOT = Path(__file__).resolve().parents[2]
WHEEL = b"not really a wheel"


def load():
    loader = importlib.machinery.SourceFileLoader("bin_release", str(ROOT / "bin" / "release"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bin_release", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def release(tmp_path, monkeypatch):
    """The script, of a project with one commit, a wheel, and texts that need no compiler."""
    project = tmp_path / "project"
    (project / "bin").mkdir(parents=True)
    (project / "pyproject.toml").write_text('[project]\nversion = "7.1.0"\n')
    known = hashlib.sha256(WHEEL).hexdigest()
    (project / "requirements.txt").write_text(f"thing==1 \\\n    --hash=sha256:{known}\n")
    (project / "bin" / "tool").write_text("#!/bin/sh\n")
    (project / "bin" / "tool").chmod(0o755)
    (project / "ngày.txt").write_text("thứ Hai\n", encoding="utf-8")
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "thing-1-py3-none-any.whl").write_bytes(WHEEL)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.vn", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "first"]):
        subprocess.run(["git", *arguments], cwd=project, check=True)
    (project / "untracked").write_text("stays here")
    module = load()
    monkeypatch.setattr(module, "ROOT", project)
    monkeypatch.setattr(module, "compile_translations", lambda folder: None)
    return module


def make(release, tmp_path, to):
    options = ["make", "--wheels", str(tmp_path / "wheels"), "--to", str(tmp_path / to)]
    assert release.main(options) == 0
    return tmp_path / to / "lai_chau_edu-7.1.0.tar.gz"


def unpacked(release, tmp_path):
    with tarfile.open(make(release, tmp_path, "made")) as archive:
        for entry in archive:
            assert (entry.uid, entry.uname) == (0, "root")
            assert not entry.mode & 0o022
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "lai_chau_edu-7.1.0"


def test_the_same_commit_makes_the_same_archive_and_says_its_hash(release, tmp_path):
    one = make(release, tmp_path, "one")
    # Of a checkout with other times and rights.
    os.utime(release.ROOT / "bin" / "tool", (1, 1))
    (release.ROOT / "pyproject.toml").chmod(0o600)
    two = make(release, tmp_path, "two")
    assert one.read_bytes() == two.read_bytes()
    checked = subprocess.run(
        ["sha256sum", "--check", one.name + ".sha256"], cwd=one.parent, capture_output=True
    )
    assert checked.returncode == 0


def test_it_holds_the_commit_and_the_wheels_and_verifies_itself(release, tmp_path, capsys):
    folder = unpacked(release, tmp_path)
    assert release.files_of(folder) == [
        "bin/tool", "ngày.txt", "pyproject.toml", "requirements.txt",
        "wheels/thing-1-py3-none-any.whl",
    ]  # fmt: skip
    assert os.access(folder / "bin" / "tool", os.X_OK)
    # What an installation makes there is no difference.
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").touch()
    (folder / "bin" / "__pycache__").mkdir()
    assert release.main(["verify", str(folder)]) == 0
    assert "nguyên vẹn" in capsys.readouterr().out
    coreutils = ["sha256sum", "--check", "--strict", "--quiet", "MANIFEST.sha256"]
    assert subprocess.run(coreutils, cwd=folder).returncode == 0


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "ngày.txt").write_text("thứ Ba\n"), "changed: ngày.txt"),
        (lambda folder: (folder / "bin" / "tool").unlink(), "missing: bin/tool"),
        (lambda folder: (folder / "bin" / "more").touch(), "not of the release: bin/more"),
    ],
)
def test_a_file_that_is_not_as_it_was_made_is_named(release, tmp_path, capsys, spoil, said):
    folder = unpacked(release, tmp_path)
    spoil(folder)
    assert release.main(["verify", str(folder)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == said


def test_a_folder_without_a_manifest_is_no_release(release, capsys):
    assert release.main(["verify", str(release.ROOT)]) == 1
    assert "MANIFEST.sha256" in capsys.readouterr().err


def test_a_package_whose_hash_is_not_pinned_makes_no_archive(release, tmp_path, capsys):
    (tmp_path / "wheels" / "other-1-py3-none-any.whl").write_bytes(b"something else")
    arguments = ["make", "--wheels", str(tmp_path / "wheels"), "--to", str(tmp_path / "made")]
    assert release.main(arguments) == 1
    assert "other-1-py3-none-any.whl" in capsys.readouterr().err
    assert not list(tmp_path.glob("made/*"))


def test_the_first_start_takes_the_wheels_of_a_release_and_asks_no_index(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "WHEELS", tmp_path / "wheels")
    requirements = ROOT / "requirements.txt"
    assert "--no-index" not in run.sources(requirements)
    (tmp_path / "wheels").mkdir()
    assert run.sources(requirements)[:3] == ["--no-index", "--find-links", tmp_path / "wheels"]
    assert "--require-hashes" in run.sources(requirements)
    # What the tests need besides is not in the archive.
    assert "--no-index" not in run.sources(ROOT / "requirements-dev.txt")
