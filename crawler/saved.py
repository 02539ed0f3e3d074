"""Saved pages: HOST/PATH below a folder, the layout of fixtures, of `record` and of --saved."""

import ipaddress
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from crawler.errors import UnreadablePage
from crawler.mhtml import unwrapped
from matching.gate import is_wide

_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE)
MHTML_ENDINGS = (".mhtml", ".mht")
PAGE_ENDINGS = (".html", ".htm", ".xhtml", *MHTML_ENDINGS)
NOT_PAGES = (".json", ".toml", ".xml", ".rss", ".atom", ".txt", ".md", ".gz", ".warc", ".css", ".js", ".png", ".jpg")
LONGEST_NAME = 200
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\f\r\x1b"))


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A saved file and the address that its place says, or that MHTML says; a file outside HOST/PATH has no host.

    `address` is where it was fetched from, if that is known: its place does not say whether by http or https.
    """

    file: Path
    host: str | None
    path: str
    address: str | None = None

    @property
    def url(self) -> str:
        if self.address is not None:
            return self.address
        return f"https://{self.host}/{quote(self.path, safe='/%:@!$&()*+,;=~-._?')}" if self.host else self.path

    def read(self) -> bytes:
        """The page's own bytes; raises UnreadablePage for MHTML without a page, OSError for what cannot be read."""
        return unwrapped(self.file.read_bytes()).raw


def file_of(folder: Path, url: str) -> Path:
    """Where the answer to `url` is saved below `folder`: its path, index.html for a folder, the query in the name."""
    parts = urlsplit(url)
    host = parts.hostname or "nowhere"
    host = f"{host}:{parts.port}" if parts.port not in (None, 80, 443) else host
    names = [_safe(name) for name in unquote(parts.path).split("/") if name not in ("", ".", "..")]
    if parts.path.endswith("/") or not names:
        names.append("index.html")
    if parts.query:
        names[-1] = _safe(f"{names[-1]}?{parts.query}")
    return folder.joinpath(host, *names)


def find_saved(folder: Path, url: str) -> Path | None:
    """The saved answer to `url`: the file of its path, or of its path with .html or /index.html."""
    exact = file_of(folder, url)
    for candidate in (exact, exact.with_name(exact.name + ".html"), exact / "index.html"):
        if candidate.is_file():
            return candidate
    return None


def saved_pages(path: Path) -> Iterator[SavedPage]:
    """The saved pages at `path`: the file itself, or every page in the folder, by path."""
    if path.is_file():
        yield _placed(path, path.absolute().parts[:-1])
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and _is_page(file):
            inside = file.relative_to(path).parts[:-1]
            yield _placed(file, inside if any(map(is_host, inside)) else file.absolute().parts[:-1])


def is_binary(raw: bytes) -> bool:
    """Whether the bytes are no text in any charset: an image, say, or a page that is still compressed."""
    head = raw[:4096]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls * 20 > len(head) and not is_wide(head)


def is_host(name: str) -> bool:
    """Whether a folder's name is a host's, perhaps with a port."""
    bare = name.rpartition(":")[0] if re.search(r":\d+$", name) else name
    if bare == "localhost" or _HOST.fullmatch(bare):
        return True
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return False
    return True


def _placed(file: Path, folders: tuple[str, ...]) -> SavedPage:
    location = _location(file) if file.suffix.lower() in MHTML_ENDINGS else None
    if location is not None:
        host, _, path = location.partition("://")[2].partition("/")
        return SavedPage(file, host, path)
    at = next((index for index in range(len(folders) - 1, -1, -1) if is_host(folders[index])), None)
    if at is None:
        return SavedPage(file, None, file.name)
    return SavedPage(file, folders[at], "/".join((*folders[at + 1 :], file.name)))


def _location(file: Path) -> str | None:
    with suppress(OSError, UnreadablePage):
        return unwrapped(file.read_bytes()).location
    return None


def _is_page(file: Path) -> bool:
    """Whether the file is to be read as a page; one that may not be looked at is, so that it is not passed over."""
    if file.name == "robots.txt" or file.name.startswith("."):
        return False
    if file.suffix.lower() in PAGE_ENDINGS:
        return True
    if file.suffix.lower() in NOT_PAGES:
        return False
    try:
        with file.open("rb") as opened:
            head = opened.read(1024).lstrip().lower()
    except OSError:
        return True
    return head.startswith((b"<!doctype html", b"<html")) or b"<html" in head


def _safe(name: str) -> str:
    cleaned = re.sub(r"[\x00-\x1f/\\]", "_", name)
    return cleaned if len(cleaned.encode()) <= LONGEST_NAME else quote(cleaned)[:LONGEST_NAME]
