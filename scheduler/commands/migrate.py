"""`veilleur migrate`."""

from scheduler.config import Configuration
from scheduler.terminal import out, plain
from storage.database import Database, redacted
from storage.migrate import migrate


def migrate_database(configuration: Configuration) -> int:
    database = Database(configuration.database)
    changed = migrate(database)
    state = "brought to the current schema" if changed else "has the current schema already"
    out.print(f"{plain(redacted(configuration.database))}: {state}")
    return 0
