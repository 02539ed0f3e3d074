"""INSERT … ON CONFLICT, which SQLite and PostgreSQL both have and SQLAlchemy spells per dialect."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> int | None:
    """Inserts a row and returns its id, or None when a unique constraint says that it is already there."""
    found = connection.execute(_new(connection.dialect.name, table), dict(values)).scalar_one_or_none()
    return None if found is None else int(found)


def insert_all_new(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *told: Column[Any]
) -> list[tuple[Any, ...]]:
    """Inserts rows and returns these columns of those that were not there, in no order."""
    if not rows:
        return []
    statement = _insert(connection, table).on_conflict_do_nothing().returning(*told)
    return [tuple(row) for row in connection.execute(statement, list(rows))]


@cache
def _new(dialect: str, table: Table) -> ReturningInsert[int]:
    """Made once a table: to build a statement costs as much as to run it."""
    made = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return made.on_conflict_do_nothing().returning(table.c.id)


def _insert(connection: Connection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
