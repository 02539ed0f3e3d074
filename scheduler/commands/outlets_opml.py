"""`veilleur outlets import` and `veilleur outlets export`."""

import os
import sys
import tempfile
import tomllib
from pathlib import Path

from crawler.errors import CatalogueError
from crawler.grouping import Group
from crawler.opml import NO_FEED, Imported, read_opml, toml_of, write_opml
from crawler.outlets import Outlet, parse_catalogue
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError, reading
from scheduler.terminal import counted, err, plain

MOST_SHOWN = 20


def import_outlets(configuration: Configuration, file: str, into: str | None) -> int:
    """Prints the outlets of an OPML file as entries for a configuration, or appends them to the file `into`.

    What stands in that file stays as it is, byte for byte; 1 when the OPML file names no feed at all.
    """
    there = _outlets_of(Path(into)) if into else ()
    with reading():
        listed = Path(file).read_bytes()
    try:
        imported = read_opml(listed, configuration.catalogue, there, into or "")
    except CatalogueError as error:
        raise CatalogueError(f"{file}: {error}") from error
    entries = "\n".join(toml_of(each, guessed=each.id in imported.guessed) for each in imported.outlets)
    if into is None:
        sys.stdout.write(entries)
    elif entries:
        _append(Path(into), entries)
    _tell(imported, into)
    if into and imported.outlets and configuration.outlets != configuration.catalogue:
        ids = [each.id for each in imported.outlets]
        shown = f"{', '.join(ids[:MOST_SHOWN])}{' and so on' if len(ids) > MOST_SHOWN else ''}"
        err.print(f"  not watched yet: crawl.outlets names those that are; add {shown}", soft_wrap=True)
    return 0 if imported.outlets or any(why != NO_FEED for _, why in imported.refused) else 1


def export_outlets(configuration: Configuration, file: str | None, group: Group) -> int:
    """Writes the watched outlets as OPML, to the standard output or to a file that is not there yet."""
    written = write_opml(configuration.outlets, group)
    if file is None:
        sys.stdout.write(written.decode())
        return 0
    try:
        with Path(file).open("xb") as opened:
            opened.write(written)
    except FileExistsError as error:
        raise ConfigurationError(f"{file} is there already: name another file, or remove it first") from error
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written: {error.strerror}") from error
    return 0


def _outlets_of(path: Path) -> tuple[Outlet, ...]:
    """The outlets that the file describes already."""
    try:
        return parse_catalogue(_read(path).decode("utf-8"), str(path))
    except CatalogueError as error:
        raise ConfigurationError(f"{path} is left as it is: {error}") from error


def _read(path: Path) -> bytes:
    """The file, where it is TOML; nothing where there is none."""
    with reading():
        before = path.read_bytes() if path.exists() else b""
    try:
        tomllib.loads(before.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: this is not TOML, and is left as it is: {error}") from error
    return before


def _append(path: Path, entries: str) -> None:
    """Puts entries at the end of a TOML file, which is replaced only by one that reads well."""
    path = path.resolve()
    before = _read(path)
    text = before.decode("utf-8")
    between = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    try:
        parse_catalogue(text + between + entries, str(path))
    except CatalogueError as error:
        raise ConfigurationError(f"{path} is left as it is, for with the new entries: {error}") from error
    _replace(path, before + (between + entries).encode())


def _replace(path: Path, body: bytes) -> None:
    """Writes the file whole or not at all, with the mode that it had."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as opened:
            opened.write(body)
            opened.flush()
            os.fsync(opened.fileno())
        Path(opened.name).chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o644)
        Path(opened.name).replace(path)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error


def _tell(imported: Imported, into: str | None) -> None:
    feeds = sum(len(outlet.sources) for outlet in imported.outlets)
    place = f" appended to {into}" if into and imported.outlets else ""
    taken = f"{counted(len(imported.outlets), 'outlet', 'outlets')} with {counted(feeds, 'source', 'sources')}{place}"
    err.print(plain(f"{taken}; {len(imported.refused)} left out"))
    if imported.guessed:
        number = counted(len(imported.guessed), "outlet", "outlets")
        err.print(f"  country and category of {number} are guesses, and marked so: the list does not say them")
    for what, why in imported.refused[:MOST_SHOWN]:
        err.print(f"  {plain(what)}: {why}", soft_wrap=True)
    if len(imported.refused) > MOST_SHOWN:
        err.print(f"  and {len(imported.refused) - MOST_SHOWN} more")
