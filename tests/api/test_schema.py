"""The committed schema is the one the code makes, and the code keeps to it under strange input.

API_EXAMPLES sets how many calls each operation gets for each person; few in the usual suite.
"""

import os
from io import StringIO
from pathlib import Path

import jsonschema
import pytest
import schemathesis
import yaml
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import checks

from accounts.tokens import make_token
from lai_chau_edu.wsgi import application
from tests.permission_table import PEOPLE
from tests.whole import WHOLE

SCHEMA = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
EXAMPLES = int(os.environ.get("API_EXAMPLES", "5"))
# A sample: who sees most, who writes, nobody.
CALLERS = [*PEOPLE[:8], None] if WHOLE else ["province_officer", "teacher_a", None]


def test_the_committed_schema_is_the_one_of_the_code():
    made = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=made)
    assert SCHEMA.read_text(encoding="utf-8") == made.getvalue(), (
        "The API has changed: manage.py spectacular --file docs/openapi.yaml, and look at the"
        " difference: what other systems rely on must not go within version 1."
    )


def test_the_schema_is_served(client):
    answer = client.get("/api/v1/schema/")
    assert answer.status_code == 200
    assert b"/api/v1/registers/{class_id}/{date}/{session}/" in answer.content


def operations():
    document = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield document, f"{method} {path}", operation


def test_every_operation_is_told_in_a_line():
    lines = {name: operation.get("summary", "") for _document, name, operation in operations()}
    assert len(lines) > 30
    assert {name: line for name, line in lines.items() if not 3 < len(line) < 60} == {}


def test_every_body_has_an_example_that_is_one():
    bodies = 0
    for document, name, operation in operations():
        if "requestBody" not in operation:
            continue
        bodies += 1
        content = operation["requestBody"]["content"]["application/json"]
        examples = [each["value"] for each in content.get("examples", {}).values()]
        assert examples, name
        # Its parts are looked up beside it.
        schema = content["schema"] | {"components": document["components"]}
        for example in examples:
            jsonschema.validate(example, schema, cls=jsonschema.Draft4Validator)
    assert bodies > 8


def test_the_document_says_where_and_under_which_licence():
    ((document, _name, _operation), *_others) = operations()
    assert [each["url"] for each in document["servers"]] == ["/"]
    assert document["info"]["license"]["name"] == "Apache 2.0"


@pytest.fixture
def one_connection():
    """Calls of the bare application keep the connection of the test."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("person", CALLERS)
def test_no_call_breaks_the_server_or_gets_an_answer_the_schema_does_not_name(world, person):
    headers = {"Accept-Encoding": "identity"}
    if person:
        _token, secret = make_token(user=getattr(world, person), name="Thử", days=1)
        headers["Authorization"] = f"Bearer {secret}"
    own = {"class_id": world.class_a.pk, "date": str(world.today), "session": "am"}
    schema = schemathesis.openapi.from_path(SCHEMA)
    schema.app = application
    statuses = set()

    for found in schema.get_all_operations():
        operation = found.ok()

        @hypothesis_settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        @given(case=operation.as_strategy(), at_home=st.booleans())
        def call(case, at_home):
            if at_home:
                # Invented ids meet nobody; half of the calls go to a class of the caller.
                for name in set(own) & set(case.path_parameters or {}):
                    case.path_parameters[name] = own[name]
            cache.clear()
            with transaction.atomic():
                answer = case.call(headers=headers)
                transaction.set_rollback(True)
            statuses.add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        call()
    assert 401 in statuses if person is None else statuses & {200, 201}
