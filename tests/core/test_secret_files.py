"""Secrets in files of their own: which counts, and what is refused with which words."""

import os

import pytest

from core.secret_files import MOST_BYTES, NAMES, SecretRefused, filled


def test_the_line_of_a_file_is_the_setting_and_its_name_goes(tmp_path):
    path = tmp_path / "key"
    path.write_text("a key = with %40 and spaces \r\n")
    given = {"SECRET_KEY_FILE": str(path), "REDIS_URL_FILE": "", "LANG": "C"}
    found = filled(given)
    assert found == {"SECRET_KEY": "a key = with %40 and spaces ", "LANG": "C"}
    # Given again, as to a process that this one starts, nothing is said twice.
    assert filled(found) == found
    assert "SECRET_KEY" not in given


def test_a_credential_of_systemd_comes_before_a_file_that_only_root_can_read(tmp_path):
    (tmp_path / "SECRET_KEY").write_text("of systemd\n")
    found = filled({"CREDENTIALS_DIRECTORY": str(tmp_path), "SECRET_KEY_FILE": "/not/there"})
    assert found == {"SECRET_KEY": "of systemd"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "đúng một dòng"),
        (b" \n", "đúng một dòng"),
        (b"one\ntwo\n", "đúng một dòng"),
        (b"x" * (MOST_BYTES + 1), "đúng một dòng"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_file_that_is_no_line_is_refused_without_its_content(tmp_path, content, words):
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(SecretRefused) as refusal:
        filled({"DATABASE_URL_FILE": str(path)})
    assert words in str(refusal.value)
    assert str(path) in str(refusal.value)
    assert "DATABASE_URL" in str(refusal.value)
    assert "two" not in str(refusal.value)


def test_a_file_that_is_not_there_is_told_with_the_reason(tmp_path):
    with pytest.raises(SecretRefused, match="No such file"):
        filled({"SECRET_KEY_FILE": str(tmp_path / "key")})


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_said_twice_is_refused(tmp_path, name):
    path = tmp_path / "secret"
    path.write_text("one")
    with pytest.raises(SecretRefused, match="hai lần"):
        filled({name: "another", f"{name}_FILE": str(path)})
    # What a container leaves empty is not said.
    assert filled({name: "", f"{name}_FILE": str(path)})[name] == "one"


def test_nothing_of_it_reaches_the_environment_of_this_process(tmp_path):
    before = dict(os.environ)
    (tmp_path / "key").write_text("x")
    filled({**os.environ, "EMAIL_URL_FILE": str(tmp_path / "key")})
    assert dict(os.environ) == before
