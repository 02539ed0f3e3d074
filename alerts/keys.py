"""Secrets in files: readable by their owner alone, made once, never shown."""

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from alerts.errors import SecretError

KEY_VARIABLE = "VEILLEUR_KEY"
SHORTEST_KEY = 32


def read_secret(path: Path) -> bytes:
    """A secret file's content; SecretError when it cannot be read, or when others than its owner may read it."""
    if trouble := exposure(path):
        raise SecretError(trouble)
    try:
        return path.read_bytes()
    except OSError as error:
        raise SecretError(f"{path}: cannot be read: {error.strerror}") from error


def exposure(path: Path) -> str:
    """Why a secret file is none: who besides its owner may touch it; nothing when all is well or it is not there."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return ""
    return f"{path}: others than its owner may read it (mode {mode:04o}): chmod 600 {path}" if mode & 0o077 else ""


def signing_key(path: Path, environ: Mapping[str, str]) -> bytes:
    """What links are signed with: $VEILLEUR_KEY, or else the file, which is made when it is not there."""
    if given := environ.get(KEY_VARIABLE):
        if len(given) < SHORTEST_KEY:
            raise SecretError(f"${KEY_VARIABLE} is shorter than {SHORTEST_KEY} characters: `openssl rand -hex 32`")
        return given.encode()
    if not path.exists():
        _make(path)
    key = read_secret(path).strip()
    if len(key) < SHORTEST_KEY:
        raise SecretError(f"{path}: this is no key: remove it, and another is made (links in earlier mails then die)")
    return key


def _make(path: Path) -> None:
    """Writes a new key whole and durable under its name, unless another process was faster."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(secrets.token_hex(32).encode() + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(unfinished, path)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()
    except OSError as error:
        raise SecretError(f"{path}: the key that signs links cannot be written: {error.strerror}") from error
