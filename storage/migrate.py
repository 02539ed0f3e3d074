"""Bringing a database to this program's schema, with Alembic; all steps in one transaction where the database can.

Alembic is loaded only for a database that is not at this schema: every crawl round and every command looks.
"""

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table

from storage.database import Database, redacted
from storage.errors import SchemaMismatch

if TYPE_CHECKING:
    from alembic.config import Config


def migrate(database: Database) -> bool:
    """Brings the database to the newest schema; whether anything had to be done. Raises SchemaMismatch."""
    if _revision(database) == newest():
        return False
    from alembic import command

    config = configuration()
    with database.rebuild() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def configuration() -> "Config":
    """Alembic's, with this program's migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("storage").joinpath("migrations")))
    return config


def check_schema(database: Database) -> None:
    """Raises SchemaMismatch unless the database has this program's schema."""
    revision = _revision(database)
    if revision != newest():
        state = f"is at {revision}" if revision else "is empty"
        raise SchemaMismatch(f"database {redacted(database.url)} {state}: run `veilleur migrate`")


def newest() -> str:
    """The revision of this program's schema, by the names of the migrations (v0001_what.py)."""
    return _known()[-1]


def _known() -> list[str]:
    files = resources.files("storage").joinpath("migrations", "versions").iterdir()
    return sorted(each.name[1:5] for each in files if each.name.startswith("v") and each.name.endswith(".py"))


def _revision(database: Database) -> str | None:
    """The database's revision, None where it has none. Raises SchemaMismatch for an unknown one."""
    with database.read() as connection:
        revision = _noted(connection)
    if revision is not None and revision not in _known():
        raise SchemaMismatch(
            f"database {redacted(database.url)} was made by a newer Veilleur (schema {revision}): install that version"
        )
    return revision


def _noted(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(column("version_num")).select_from(table("alembic_version"))).scalar()
