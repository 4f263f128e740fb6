"""The text form of a value is the same whichever database it was read from."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.backup.tables import Column, every_table, kept_tables
from operations.backup.text_format import escape, from_text, json_text, to_text, unescape

FLOATS = {
    -0.0: "-0",
    95.0: "95",
    0.1 + 0.2: "0.30000000000000004",
    1e-4: "0.0001",
    1e-5: "1e-05",
    123456789012345.0: "123456789012345",
    1e15: "1e+15",
    -1.5e300: "-1.5e+300",
    5e-324: "5e-324",
}
MOMENTS = {
    "2026-10-12 00:10:00": "2026-10-12 00:10:00+00",
    "2026-10-12 00:10:00.120000": "2026-10-12 00:10:00.12+00",
    "2026-10-12 00:10:00.000001": "2026-10-12 00:10:00.000001+00",
}
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(("number", "text"), FLOATS.items())
def test_floats_are_written_as_postgresql_does(number, text):
    column = Column("low", "float")
    assert to_text(column)(number) == text
    assert from_text(column)(text) == number


@pytest.mark.parametrize(("stored", "text"), MOMENTS.items())
def test_moments_have_no_trailing_zeros(stored, text):
    column = Column("sent_at", "moment")
    assert to_text(column)(stored) == text
    assert from_text(column)(text) == stored


@pytest.mark.parametrize("stored", [97.5, "97.50", 97])
def test_decimals_keep_their_places(stored):
    text = to_text(Column("percent", "decimal", 2))(stored)
    assert text == f"{Decimal(str(stored)):.2f}"


@given(st.text())
def test_a_text_is_one_field_of_one_line(value):
    escaped = escape(value)
    assert not {"\t", "\n", "\r"} & set(escaped)
    assert unescape(escaped) == value


@given(st.binary())
def test_bytes_are_one_field_as_the_server_writes_them(value):
    column = Column("roll", "bytes")
    text = to_text(column)(value)
    assert text == "\\\\x" + value.hex()
    assert from_text(column)(text) == value


def test_json_puts_short_keys_first_and_keeps_vietnamese():
    assert json_text('{"aa": 1, "b": "\\u0111", "\\u00e9": 1e-7}') == (
        '{"b": "đ", "aa": 1, "é": 0.0000001}'
    )


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("integer", "six"),
        ("boolean", 2),
        ("moment", 7),
        ("uuid", "x"),
        ("json", "{"),
        ("bytes", "x"),
    ],
)
def test_a_value_of_another_kind_is_an_error(kind, stored):
    with pytest.raises((ValueError, LookupError, AttributeError)):
        to_text(Column("any", kind))(stored)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL itself")
@given(st.floats(allow_nan=False, allow_infinity=False, max_value=2**53, min_value=-(2**53)))
@settings(max_examples=300, deadline=None)
def test_floats_agree_with_the_server(django_db_setup, django_db_blocker, number):
    assert _ask(django_db_blocker, "SELECT %s::float8::text", repr(number)) == to_text(
        Column("low", "float")
    )(number)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL itself")
@given(DOCUMENTS)
@settings(max_examples=300, deadline=None)
def test_json_agrees_with_the_server(django_db_setup, django_db_blocker, document):
    stored = json.dumps(document)
    asked = _ask(django_db_blocker, "SELECT %s::jsonb::text", stored)
    assert unescape(json_text(stored)) == asked


def _ask(blocker, statement, value):
    with blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(statement, [value])
        return cursor.fetchone()[0]


def test_every_column_of_the_product_has_a_text_form():
    tables = {table.name: table for table in every_table()}
    assert {"attendance_register", "inspections_visit_flags", "schools_historicalpupil"} <= set(
        tables
    )
    for table in tables.values():
        assert table.key_column
        for column in table.columns:
            assert to_text(column)
            assert from_text(column)


def test_signed_in_browsers_and_locks_are_not_kept():
    left_out = {table.name for table in every_table()} - {table.name for table in kept_tables()}
    assert left_out == {
        "django_session",
        "axes_accessattempt",
        "axes_accessattemptexpiration",
        "accounts_signedin",
        "accounts_failedattempts",
    }
