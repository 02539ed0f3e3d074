"""Web archives, written by warcio: another tool than the one that reads them."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.saved import saved_pages

HTML = {"Content-Type": "text/html"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer, and as which kind of record it is archived."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: HTML)
    status: str = "200 OK"
    kind: str = "response"


def write_warc(
    file: Path, answers: Iterable[Answer], *, compressed: bool = True, date: datetime | None = None
) -> list[int]:
    """Writes the answers into a new archive; where each one's record begins."""
    offsets = []
    with file.open("wb") as opened:
        writer = WARCWriter(opened, gzip=compressed)
        for each in answers:
            offsets.append(opened.tell())
            headers = StatusAndHeaders(each.status, list(each.headers.items()), protocol="HTTP/1.1")
            dated = {"WARC-Date": (date or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")}
            record = writer.create_warc_record(
                each.url, each.kind, payload=io.BytesIO(each.body), http_headers=headers, warc_headers_dict=dated
            )
            writer.write_record(record)
    return offsets


def page(url: str, text: str = "") -> Answer:
    return Answer(url, f"<!DOCTYPE html><html><body><article>{text}</article></body></html>".encode())


def answers_of(folder: Path) -> list[Answer]:
    """The saved pages of a folder, by path."""
    return [Answer(each.url, each.file.read_bytes()) for each in saved_pages(folder)]


@dataclass(frozen=True, slots=True)
class Received:
    """An answer as a round hands it to the archive."""

    url: str
    body: bytes
    status: int | None = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"), ("X-Odd", "é"))
