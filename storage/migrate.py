"""Bringing a database to this program's schema, with Alembic; all steps in one transaction where the database can."""

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.database import Database, redacted
from storage.errors import SchemaMismatch


def migrate(database: Database) -> bool:
    """Brings the database to the newest schema; whether anything had to be done. Raises SchemaMismatch."""
    config = _config()
    with database.read() as connection:
        if _revision(connection, config, database) == _head(config):
            return False
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def check_schema(database: Database) -> None:
    """Raises SchemaMismatch unless the database has this program's schema."""
    config = _config()
    with database.read() as connection:
        revision = _revision(connection, config, database)
    if revision != _head(config):
        state = f"is at {revision}" if revision else "is empty"
        raise SchemaMismatch(f"database {redacted(database.url)} {state}: run `veilleur migrate`")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("storage").joinpath("migrations")))
    return config


def _head(config: Config) -> str | None:
    return ScriptDirectory.from_config(config).get_current_head()


def _revision(connection: Connection, config: Config, database: Database) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaMismatch(
            f"database {redacted(database.url)} was made by a newer Veilleur (schema {revision}): install that version"
        )
    return revision
