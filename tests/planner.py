"""What PostgreSQL knows of the rows of a test."""

from django.db import connection


def analyse(*models):
    """Tell PostgreSQL how many rows the tables hold now; nothing elsewhere.

    Between tests it finds them empty and notes that; in a test with thousands of rows it would then
    join them row by row, for minutes. A province's tables are looked at every minute.
    """
    if connection.vendor == "postgresql":
        tables = ", ".join(connection.ops.quote_name(each._meta.db_table) for each in models)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")
