"""A fresh database takes the short way of squashed migrations to the tables of the long one."""

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader

from operations.backup.migration_state import SingleStepLoader


def changes(before, after):
    """What a migration from one loader's tables to another's would have to do."""
    detector = MigrationAutodetector(before.project_state(), after.project_state())
    return {
        app: [str(operation) for each in migrations for operation in each.operations]
        for app, migrations in detector.changes(graph=after.graph).items()
    }


def test_both_ways_lead_to_the_same_tables():
    short, long = MigrationLoader(None), SingleStepLoader(None)
    assert len(short.graph.nodes) < len(long.graph.nodes) - 40
    assert changes(long, short) == changes(short, long) == {}


def test_the_long_way_is_kept_for_installations_that_are_on_it():
    disk = MigrationLoader(None).disk_migrations
    replaced = [key for each in disk.values() for key in each.replaces]
    assert len(replaced) == len(set(replaced))
    assert set(replaced) <= set(disk)


def test_a_squashed_migration_begins_where_its_app_has_no_rows():
    """It leaves the data migrations out: with rows before it they would be missed."""
    for (app, _name), squashed in MigrationLoader(None).replacements.items():
        first = min(name for of_app, name in squashed.replaces if of_app == app)
        assert first.startswith("0001_"), app


def test_a_squashed_migration_asks_for_nothing_that_the_long_way_had_not_done():
    """Else an installation that has all it replaces, and not all of that, could not go on."""
    short, long = MigrationLoader(None), SingleStepLoader(None)
    for key, squashed in short.replacements.items():
        passed = {each for step in squashed.replaces for each in long.graph.forwards_plan(step)}
        for asked in short.graph.node_map[key].parents:
            wanted = short.disk_migrations[asked.key].replaces or [asked.key]
            assert set(wanted) <= passed, (key, asked.key)
