"""Reading the pages of a web archive in a stream, from one place to another, past damage.

Records that are one whole gzip member each, as nearly all are, are read member by member. FastWARC reads everything
else from the file itself: other layouts, damage, records of many members or in one with others, the largest ones.
"""

import os
import re
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from crawler.addresses import address_key
from crawler.archives.members import Member, members
from crawler.archives.payload import LARGEST_PAGE, page_bytes
from crawler.archives.places import GZIP, end_of_record, layout_of, next_place, starts_record

HTML = ("text/html", "application/xhtml+xml")
LONGEST_HEAD = 64 * 1024
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_BARE_END = re.compile(rb"(?<!\r)\n")
_ENDS = (b"", b"\r\n", b"\r\n\r\n")


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page as its server answered; `offset` is where its record begins in the file."""

    offset: int
    url: str
    date: datetime | None
    content_type: str
    body: bytes = field(repr=False)


class ArchiveReader:
    """Reads the pages whose records begin from `start` on and before `end` (bytes of the file; None: its end).

    `pages()` gives the HTML answers with status 200. Afterwards `following` is where the next record begins, None at
    the file's end, and `counts` says what else was there: "damaged records", "pages too large", "other records". Raises
    UnreadableArchive for a file that is none; OSError where the file cannot be read.
    """

    def __init__(self, file: Path, start: int = 0, end: int | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.following: int | None = None
        self._file, self._start = file, start
        self._size = file.stat().st_size
        self._end = self._size if end is None else end
        self._is_damage_known = False

    def pages(self) -> Iterator[ArchivedPage]:
        with self._file.open("rb", buffering=0) as opened:
            fd = opened.fileno()
            self._layout = layout_of(fd, str(self._file))
            at: int | None = self._start
            while at is not None and at < self._end:
                if self._layout == GZIP:
                    at = yield from self._whole_members(fd, at)
                if at < self._end:
                    at = yield from self._stretch(opened, at)
            self.following = None if at is not None and at >= self._size else at

    def _whole_members(self, fd: int, start: int) -> Generator[ArchivedPage, None, int]:
        """The pages of records that are one whole member each; returns where to go on: at the stretch's end or behind
        it, or else at the last of these records, which FastWARC is to read with what follows."""
        last: tuple[WarcRecord, Member] | None = None
        at = start
        for member in members(fd, start, self._end):
            record = _only_record(member.content)
            if record is None and member.content:
                break
            if last is not None:
                yield from self._taken(last[0], last[1].offset, last[1].content)
            last, at = None if record is None else (record, member), member.end
        if last is None:
            return at
        if at < self._size and (at < self._end or not starts_record(fd, at)):
            return last[1].offset
        yield from self._taken(last[0], last[1].offset, last[1].content)
        return at

    def _stretch(self, opened: BinaryIO, start: int) -> Generator[ArchivedPage, None, int | None]:
        """The pages up to the next damage; returns where to go on, None at the end of the file."""
        opened.seek(start)
        last, damaged = None, self.counts["damaged records"]
        try:  # FastWARC raises OSError, without a number, for what it cannot read on
            for record in ArchiveIterator(opened, parse_http=False):
                if record.stream_pos >= self._end and self._is_first_at(record, record.stream_pos):
                    return record.stream_pos
                last, damaged = record.stream_pos, self.counts["damaged records"]
                yield from self._taken(record, last)
        except OSError as error:
            if error.errno is not None:  # the disk's complaint, not the format's
                raise
            return self._after_damage(opened.fileno(), start, last)
        is_counted = self.counts["damaged records"] > damaged
        if self._is_end_torn(opened.fileno(), start if last is None else last, is_counted):
            self.counts["damaged records"] += 1
        return None

    def _is_first_at(self, record: WarcRecord, offset: int) -> bool:
        """Whether the record begins there. FastWARC says of what shares a member with those before it where it has read
        to: that may be where the next member begins."""
        with self._file.open("rb", buffering=0) as beside:
            if not starts_record(beside.fileno(), offset):
                return False
            beside.seek(offset)
            try:
                first = next(iter(ArchiveIterator(beside, parse_http=False)))
            except (StopIteration, OSError):
                return False
        return list(first.headers) == list(record.headers)

    def _taken(self, record: WarcRecord, offset: int, member: bytes | None = None) -> Iterator[ArchivedPage]:
        page = self._page(record, offset, member)
        self._is_damage_known = False
        if page is not None:
            yield page

    def _after_damage(self, fd: int, start: int, last: int | None) -> int | None:
        """The next record that seems whole; what fails at once where it was found is the same damage still."""
        if not (self._is_damage_known and last in (None, start)):
            self.counts["damaged records"] += 1
        self._is_damage_known = True
        after = start + 1 if last is None else max(end_of_record(fd, self._layout, last), start + 1)
        return next_place(fd, self._layout, after, self._size)

    def _is_end_torn(self, fd: int, last: int, is_counted: bool) -> bool:
        """Whether the last record is torn, which may be counted already, or the beginning of another one stands behind
        it."""
        if not starts_record(fd, last):
            return False
        end = end_of_record(fd, self._layout, last)
        if end > self._size:
            return not is_counted
        left = os.pread(fd, len(self._layout), end)
        return last + 1 < end and (end < self._size - 8 or (left != b"" and self._layout.startswith(left)))

    def _page(self, record: WarcRecord, offset: int, member: bytes | None) -> ArchivedPage | None:
        """The page that the record holds, if it does; `member` is all of the record when only its heads were read."""
        if record.record_type != WarcRecordType.response or not record.is_http:
            is_torn = record.record_id is None  # which every record has
            self.counts["damaged records" if is_torn else "other records"] += 1
            return None
        length, start = record.content_length, 0 if member is None else _head_of(member)
        message = record.reader.read(LONGEST_HEAD) if member is None else member
        head, begin = _http_head(message, start)
        answer = _answer(head) if member is None else record
        answer.parse_http()
        headers = answer.http_headers
        if headers.status_code != 200 or (answer.http_content_type or "").lower() not in HTML:
            self.counts["other records"] += 1
            return None
        if member is None:
            message += record.reader.read(LARGEST_PAGE + 1)
        body = message[begin : start + length]
        if len(body) < min(start + length - begin, LARGEST_PAGE):
            self.counts["damaged records"] += 1
            return None
        body = page_bytes(body, headers.get("Transfer-Encoding"), headers.get("Content-Encoding"))
        if len(body) > LARGEST_PAGE:
            self.counts["pages too large"] += 1
            return None
        return ArchivedPage(
            offset,
            (record.headers.get("WARC-Target-URI") or "").strip("<>"),  # wget 1.20 and older write them
            _date(record),
            headers.get("Content-Type") or "",
            body,
        )


def _only_record(content: bytes) -> WarcRecord | None:
    """The record with which these bytes begin, whole or torn; None when there is none, or something behind it.

    It is given its own head and that of the HTTP answer within, for FastWARC would copy what follows.
    """
    head = _head_of(content)
    try:
        record = next(
            iter(ArchiveIterator(BytesIO(content[:head] + _http_head(content, head)[0]), parse_http=False)), None
        )
    except OSError:
        return None
    if record is None:
        return None
    end = head + record.content_length
    return record if content[end : end + 5] in _ENDS else None


def _head_of(content: bytes) -> int:
    """How long a record's head is, with the empty line behind it."""
    return content.find(b"\r\n\r\n") + 4


def _answer(head: bytes) -> WarcRecord:
    """A record of an HTTP answer's head alone."""
    record = WarcRecord()
    record.init_headers(WarcRecordType.response)
    record.is_http = True
    record.set_bytes_content(head)
    return record


def _http_head(content: bytes, start: int) -> tuple[bytes, int]:
    """The head of the HTTP message that begins at `start`, and where its body begins. All its lines end in both
    characters, as FastWARC wants it; some servers send only the second (RFC 9112 section 2.2)."""
    found = _EMPTY_LINE.search(content, start)
    end = found.end() if found else len(content)
    return _BARE_END.sub(b"\r\n", content[start:end]), end


def page_at(file: Path, offset: int, url: str) -> ArchivedPage | None:
    """The page whose record begins there; None when there is none any more.

    Of several records in one gzip member or zstd frame, which all begin there, it is the one at `url`, or else the
    first whose head names it, as a canonical link does.
    """
    key, path = address_key(url), urlsplit(url).path.encode()
    alone: ArchivedPage | None = None
    naming: ArchivedPage | None = None
    for number, page in enumerate(ArchiveReader(file, offset, offset + 1).pages()):
        if _key(page.url) == key:
            return page
        alone = page if number == 0 else None
        if naming is None and path in page.body.partition(b"</head")[0]:
            naming = page
    return alone or naming


def last_page_of(file: Path, url: str) -> ArchivedPage | None:
    """The last page of the archive at that address; None when it holds none. Reads the whole file; raises as
    ArchiveReader does."""
    key, last = address_key(url), None
    for page in ArchiveReader(file).pages():
        if _key(page.url) == key:
            last = page
    return last


def _key(url: str) -> str | None:
    try:
        return address_key(url)
    except ValueError:  # an archive may hold anything as an address
        return None


def _date(record: WarcRecord) -> datetime | None:
    try:
        return record.record_date
    except ValueError:
        return None
