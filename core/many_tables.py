"""Migrations that create many tables: Django renders the models once, not once for each table."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState


class CreateTables(Operation):
    """What the same `CreateModel` operations one after the other do (ADR 86).

    After each of those Django would render every model anew that is related to the new one, which
    is nearly all of them, and that is nearly all the time a fresh database takes.

    ``operations``: `CreateModel` alone, each with its indexes and constraints in its options. They
    may refer to one another in any order.
    """

    category = OperationCategory.ADDITION

    def __init__(self, operations: Sequence[CreateModel]) -> None:
        if not all(type(each) is CreateModel for each in operations):
            raise TypeError("CreateTables takes CreateModel alone.")
        self.operations = operations

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__qualname__, [self.operations], {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # Rendered models would follow each change; without them the next to ask renders all once.
        state.__dict__.pop("apps", None)
        for each in self.operations:
            each.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for each in self.operations:
            each.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for each in reversed(self.operations):
            each.database_backwards(app_label, schema_editor, from_state, to_state)

    def references_model(self, name: str, app_label: str) -> bool:
        return any(each.references_model(name, app_label) for each in self.operations)

    def describe(self) -> str:
        return "Create tables " + ", ".join(each.name for each in self.operations)

    @property
    def migration_name_fragment(self) -> str:
        return "tables"
