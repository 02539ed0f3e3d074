"""Opening the database for a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from crawler.outlets import Outlet, merged, parse_catalogue
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError, SchedulerError, reading
from storage.database import Database, sqlite_file
from storage.migrate import check_schema, migrate

SAVED_CATALOGUE = "outlets.toml"


@contextmanager
def opened_database(configuration: Configuration) -> Iterator[Database]:
    """The database at the current schema; a SQLite file is migrated by itself, a server only by `veilleur migrate`."""
    database = Database(configuration.database)
    try:
        if database.file is not None:
            migrate(database)
        else:
            check_schema(database)
        yield database
    finally:
        database.close()


def has_database(configuration: Configuration) -> bool:
    """Whether there is a file; a server is taken to be there."""
    file = sqlite_file(configuration.database)
    return file is None or file.exists()


@contextmanager
def existing_database(configuration: Configuration) -> Iterator[Database]:
    """The same for a command that only reads: a database that is not there is not made."""
    if not has_database(configuration):
        file = sqlite_file(configuration.database)
        raise SchedulerError(f"{file}: there is no database yet: `veilleur run` or `veilleur crawl` makes it")
    with opened_database(configuration) as database:
        yield database


def with_saved(configuration: Configuration, folder: str | None) -> Configuration:
    """The configuration for saved pages: the outlets of DIR/outlets.toml where there is one, else those that have
    pages in DIR."""
    if folder is None:
        return configuration
    path = Path(folder)
    if not path.is_dir():
        raise ConfigurationError(f"--saved {folder}: this is no folder of saved pages (HOST/PATH)")
    with reading():
        hosts = {each.name.lower() for each in path.iterdir() if each.is_dir()}
    known = merged(configuration.outlets, catalogue_in(path))
    saved = tuple(outlet for outlet in known if any(_has(host, hosts) for host in outlet.own_hosts))
    if not saved:
        raise ConfigurationError(
            f"--saved {folder}: no watched outlet has pages there: describe them in {path / SAVED_CATALOGUE}"
            " or in [[outlets]]"
        )
    return replace(configuration, outlets=saved)


def catalogue_in(folder: Path) -> tuple[Outlet, ...]:
    """The outlets that are described beside saved pages, in outlets.toml; none where there is no such file."""
    file = folder / SAVED_CATALOGUE
    with reading():
        raw = file.read_bytes() if file.is_file() else b""
    try:
        return parse_catalogue(raw.decode("utf-8-sig"), str(file))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: this is not UTF-8: {error}") from error


def _has(host: str, saved: set[str]) -> bool:
    return host in saved or f"www.{host}" in saved
