"""The restore guard: a number beside the database that grows with every pass of mailing.

The database knows the number too. When it knows a smaller one, it is an old backup that does not know what was mailed
since; when the file is of another database, or is gone, nobody can say. Then nothing may be mailed until an operator
says so. The row is committed before the file is written, and both before a mail goes out: a crash in between leaves the
database ahead, which is no reason to doubt.
"""

import contextlib
import json
import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from storage import mailing
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.schema import mail_epoch

RESTORED = "restored"
NOTHING_YET = 0  # no mail went out before the file was there


@dataclass(frozen=True, slots=True)
class Epoch:
    """Of which database, and how far it has come; the number is -1 in a file that cannot be understood."""

    identity: str
    number: int


def file_of(database: Database, folder: Path) -> Path:
    """Where the number is kept: beside a SQLite file, in `folder` for a server's database."""
    file = database.file
    return folder / "veilleur.epoch" if file is None else file.with_name(f"{file.name}.epoch")


def suspicion(database: Database, path: Path) -> str:
    """Why the database may not know all that was mailed; nothing when it does."""
    with database.read() as connection:
        known = _stored(connection)
    kept = _read(path)
    if kept is None:
        # Another machine may take over a server's database; a SQLite file that moved came without what is beside it.
        is_alone = known is None or known.number == NOTHING_YET or database.file is None
        return "" if is_alone else f"{path.name} is not beside the database: it may be an old backup"
    if known is None or known.identity != kept.identity:
        return f"the database is not the one that mails went out from before ({path})"
    if known.number < kept.number:
        return f"the database is an old backup: mails went out since it was made ({path})"
    return ""


def guard(database: Database, path: Path, now: datetime) -> bool:
    """Puts all mailing on hold when the database may not know all that was mailed; whether it did so now."""
    reason = suspicion(database, path)
    if not reason:
        return False
    with database.write() as connection:
        return mailing.hold(connection, RESTORED, reason, now)


def advance(database: Database, path: Path) -> None:
    """One further: to be called before and after mails go out. Raises DatabaseUnavailable; then nothing may go out."""
    known = _begun(database)
    if known.number == NOTHING_YET:
        _write(path, known)
    following = Epoch(known.identity, known.number + 1)
    with database.write() as connection:
        _store(connection, following)
    _write(path, following)


def _begun(database: Database) -> Epoch:
    """What the database knows; from the first time on it has an identity, before there is a file."""
    with database.write() as connection:
        known = _stored(connection)
        if known is None:
            known = Epoch(uuid.uuid4().hex, NOTHING_YET)
            _store(connection, known)
    return known


def adopt(database: Database, path: Path) -> None:
    """The database is the right one from now on, whatever the file says: an operator looked."""
    kept = _read(path)
    with database.write() as connection:
        known = _stored(connection)
        if known is None and kept is None:
            return
        number = max(each.number for each in (known, kept) if each) + 1
        adopted = Epoch(known.identity if known else uuid.uuid4().hex, number)
        _store(connection, adopted)
    _write(path, adopted)


def _stored(connection: Connection) -> Epoch | None:
    row = connection.execute(select(mail_epoch).order_by(mail_epoch.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else Epoch(row.identity, row.epoch)


def _store(connection: Connection, epoch: Epoch) -> None:
    connection.execute(delete(mail_epoch))
    connection.execute(insert(mail_epoch).values(identity=epoch.identity, epoch=epoch.number))


def _read(path: Path) -> Epoch | None:
    try:
        told = json.loads(path.read_text(encoding="ascii"))
        return Epoch(str(told["database"]), int(told["epoch"]))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatabaseUnavailable(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError):
        return Epoch("", -1)


def _write(path: Path, epoch: Epoch) -> None:
    """Replaces the file at once, whole and on disk."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with new.open("w", encoding="ascii") as opened:
            json.dump({"database": epoch.identity, "epoch": epoch.number}, opened)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        raise DatabaseUnavailable(f"{path} cannot be written: {error.strerror}") from error
