"""What `veilleur replay` says at its end: what became of the pages, and where it was stored."""

from collections.abc import Iterator, Mapping

from matching.model import Verdict
from scheduler.replaying import UNREADABLE, UNTITLED
from scheduler.terminal import counted, out, plain
from storage.database import redacted

KNOWN, BEFORE = "known archives", "pages said before"
_BESIDES = (
    ("other records", "other record", "other records"),
    ("damaged records", "damaged record", "damaged records"),
    ("pages too large", "page too large", "pages too large"),
)


def print_sum(counts: Mapping[str, int], *, stored_in: str | None, announces: bool = False) -> None:
    """The sum of all pages, whichever run judged them; `stored_in` is the database that took the verdicts, and with
    `announces` digests were to tell of them."""
    for line in _lines(counts, stored_in, announces):
        out.print(plain(line))


def _lines(counts: Mapping[str, int], stored_in: str | None, announces: bool) -> Iterator[str]:
    pages = sum(counts.get(name, 0) for name in (*Verdict, UNTITLED, UNREADABLE))
    told = [", ".join(_outcomes(counts)), ", ".join(_besides(counts))]
    if any(told):
        yield f"{counted(pages, 'page', 'pages')}: {'; '.join(filter(None, told))}"
    if untitled := counts.get(UNTITLED):
        yield f"irrelevant and not listed: {counted(untitled, 'page', 'pages')} in which no watched title stands"
    if before := counts.get(BEFORE):
        yield f"judged by an earlier run and not listed again: {counted(before, 'page', 'pages')}"
    if known := counts.get(KNOWN):
        read = f"{counted(known, 'archive was', 'archives were')} read before"
        nothing = "nothing of that is announced now: write --store --announce --again to read anew and announce it"
        yield f"{read}; {nothing if announces else '--again reads anew'}"
    if stored_in is not None and pages:
        yield f"stored in {redacted(stored_in)}"


def _outcomes(counts: Mapping[str, int]) -> Iterator[str]:
    irrelevant = counts.get(Verdict.IRRELEVANT, 0) + counts.get(UNTITLED, 0)
    copies = counts.get(Verdict.DUPLICATE, 0)
    named = (
        (counts.get(Verdict.NEW, 0), "new"),
        (copies, "duplicate" if copies == 1 else "duplicates"),
        (irrelevant, "irrelevant"),
        (counts.get(UNREADABLE, 0), "unreadable"),
    )
    return (f"{count:,} {name}" for count, name in named if count)


def _besides(counts: Mapping[str, int]) -> Iterator[str]:
    return (counted(counts[name], one, several) for name, one, several in _BESIDES if counts.get(name))
