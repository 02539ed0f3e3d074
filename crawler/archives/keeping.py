"""Keeping pages as web archives: one file a process and size, one gzip member a record.

A record is written at once and made durable before its place is told; so what dies in between leaves at most a torn
end, which spoils nothing before it, and no later process writes into that file.
"""

import io
import logging
import os
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

from crawler.archives.order import ArchiveOrder
from storage.model import Place

logger = logging.getLogger(__name__)

NAMES = "veilleur-*.warc.gz"
_UNDONE = ("content-encoding", "transfer-encoding", "content-length")  # what Scrapy has undone, or no longer holds


class Answer(Protocol):
    """A server's answer, its body decoded, its headers as received; without a status it is none."""

    @property
    def url(self) -> str: ...
    @property
    def status(self) -> int | None: ...
    @property
    def headers(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def body(self) -> bytes: ...


class Keeper:
    """Writes answers into the archive of one process; makes no file before the first."""

    def __init__(self, order: ArchiveOrder) -> None:
        self.order = order
        self._file: BinaryIO | None = None
        self._number = 0
        self._complaint = ""

    def keep(self, answer: Answer, now: datetime, *, is_mention: bool) -> Place | None:
        """Writes an answer that is to be kept durably, and says where; None when the disk refuses, which is logged
        once as long as it does so for the same reason."""
        is_wanted = self.order.keep == "all" or (self.order.keep == "mentions" and is_mention)
        if not is_wanted or not answer.body or answer.status is None:
            return None
        try:
            file = self._opened(now)
            place = Place(Path(file.name).name, file.tell())
            self._write(file, _response(answer, now))
        except OSError as error:
            reason = error.strerror or str(error)
            if reason != self._complaint:
                told = "archive %s: %s is not kept: %s, nor is what follows while that lasts; see archive.folder"
                logger.error(told, self.order.folder, answer.url, reason)
            self._complaint = reason
            return None
        self._complaint = ""
        return place

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self, now: datetime) -> BinaryIO:
        if self._file is not None and self._file.tell() >= self.order.file_bytes:
            self.close()
        if self._file is None:
            folder = Path(self.order.folder)
            folder.mkdir(parents=True, exist_ok=True)
            self._number += 1
            name = f"veilleur-{now:%Y%m%dT%H%M%SZ}-{os.getpid()}-{self._number:04}.warc.gz"
            self._file = (folder / name).open("xb", buffering=0)
            self._write(self._file, _information(name, now))
        return self._file

    def _write(self, file: BinaryIO, record: WarcRecord) -> None:
        """Writes the record whole, or leaves the file as it was; nothing follows in a file that cannot be left so."""
        start, packed = file.tell(), _packed(record)
        try:
            if file.write(packed) != len(packed):
                raise OSError("the disk is full")
            os.fsync(file.fileno())
        except OSError:
            try:
                file.truncate(start)
                file.seek(start)
            except OSError:
                self.close()
            raise


def expired(folder: Path, before: datetime) -> list[Path]:
    """The archive's files that were last written before then."""
    return [file for file in sorted(folder.glob(NAMES)) if file.stat().st_mtime < before.timestamp()]


def latest_first(folder: Path) -> list[Path]:
    """The archive's files, those that were begun last first, as their names say."""
    return sorted(folder.glob(NAMES), reverse=True)


def _response(answer: Answer, now: datetime) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(WarcRecordType.response)
    record.record_date = now
    record.is_http = True
    record.headers["WARC-Target-URI"] = answer.url
    record.set_bytes_content(_http(answer))
    return record


def _information(name: str, now: datetime) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(WarcRecordType.warcinfo)
    record.record_date = now
    record.headers["WARC-Filename"] = name
    record.headers["Content-Type"] = "application/warc-fields"
    record.set_bytes_content(b"software: Veilleur\r\nformat: WARC File Format 1.1\r\n")
    return record


def _http(answer: Answer) -> bytes:
    """The answer as a message; headers of encodings that were undone get another name, as Common Crawl gives them."""
    lines = [f"HTTP/1.1 {answer.status}"]
    for name, value in answer.headers:
        lines.append(f"X-Crawler-{name}: {value}" if name.lower() in _UNDONE else f"{name}: {value}")
    lines.append(f"Content-Length: {len(answer.body)}")
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + answer.body


def _packed(record: WarcRecord) -> bytes:
    written = io.BytesIO()
    member = GzipWriter(written)
    record.write(member, checksum_data=True)
    member.finish()
    member.flush()
    return written.getvalue()
