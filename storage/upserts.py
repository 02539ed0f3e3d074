"""INSERT … ON CONFLICT, which SQLite and PostgreSQL both have and SQLAlchemy spells per dialect."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> int | None:
    """Inserts a row and returns its id, or None when a unique constraint says that it is already there."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(table.c.id)
    found = connection.execute(statement).scalar_one_or_none()
    return None if found is None else int(found)
