"""The form in which a title's words are written at a place: capitals, quotation marks, a year, a list of titles."""

import re
from collections.abc import Iterator

from matching.section import Section
from matching.titles import Found

_SENTENCE_OPENERS = re.compile(r"(?:^|[.!?…\n•]|\n-)[\s\"'(«–-]*$")
_YEAR = re.compile(r'["»”]?\s?\(\s?(?:film,? )?(?:19|20)\d\d\b')
_ITEM = r"[\"«“]? ?[A-ZÀ-Ý0-9][\w'’.:&-]*(?: [\w'’.:&-]+){0,4}? ?[\"»”]?"
_JOINT = r" ?(?P<joint>,|;|/| et| ou)(?: à| de| dans)? "
_ITEM_BEFORE = re.compile(rf"(?:^|(?<=[\s(«]))(?P<item>{_ITEM}){_JOINT}[\"«“]? ?$")
_ITEM_AFTER = re.compile(rf" ?[\"»”]?{_JOINT}{_ITEM}(?= ?[,;:/).]|(?: et| ou)\b| \(|$)")
_NUMBERED_BEFORE = re.compile(r"(?:^|[\s(])\d{1,2}[.)] [\"«“]? ?$")
_NUMBERED_AFTER = re.compile(r"[\"»”]?[,;.]? ?\d{1,2}[.)] |\s*$")
_AROUND = 60


def form_of(section: Section, found: Found, start: int, end: int) -> Iterator[tuple[str, str]]:
    """The names of the signals of form at a place, each with what was seen."""
    source, written = section.source, section.source[start:end]
    folded = section.folded.text[found.start : found.end]
    if found.certain:
        yield ("unmistakable title" if found.work.sequel_of is None else "sequel's full title"), written
    else:
        yield "ambiguous title", written
    if not any(char.isdigit() for char in folded) and any(char.isdigit() for char in found.work.title):
        yield "number in words", written
    if source[:start].endswith(("#", "@")):
        yield "hashtag", source[start - 1 : end]
    elif " " not in folded and "-" not in folded:
        yield "glued", written
    if _quoted(section.folded.text, found.start, found.end):
        yield "quoted as a title", source[max(0, start - 2) : end + 2].strip(" ,.;:\n")
    elif _opens_a_quotation(section.folded.text, found.start, found.end):
        yield "quoted with more words", f"{source[start : end + 20]}…"
    yield _case(source, start, written), written
    if _YEAR.match(section.folded.text, found.end, found.end + 16):
        yield "year in brackets", source[start : source.find(")", end) + 1 or end + 8]
    if in_list(source, start, end):
        yield "in a list of titles", " ".join(source[max(0, start - 25) : end + 25].split())


def _case(source: str, start: int, written: str) -> str:
    if written[:1].islower():
        return "lower case"
    around = source[max(0, start - _AROUND) : start] + source[start + len(written) : start + len(written) + _AROUND]
    letters = [char for char in around if char.isalpha()]
    if written.isupper() and letters and sum(char.isupper() for char in letters) > 0.7 * len(letters):
        return "capitals among capitals"
    if _SENTENCE_OPENERS.search(source[max(0, start - 12) : start]):
        return "capital at a sentence's start"
    return "capital within a sentence"


def _quoted(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 2) : start].rstrip(), text[end : end + 2].lstrip()
    marks = ('"', "'")
    return before.endswith(marks) and after.startswith(marks) and text[start:end].count('"') % 2 == 0


def _opens_a_quotation(text: str, start: int, end: int) -> bool:
    """Somebody says it, rather than names it: « Code 8, porte nord »."""
    return (
        text[max(0, start - 2) : start].rstrip().endswith('"') and re.match(r"[^\"\n]{2,60}\"", text[end:]) is not None
    )


def in_list(source: str, start: int, end: int) -> bool:
    """Whether the place is one of three capitalised neighbours or more, of two in brackets, or has a list's number.

    One neighbour is not enough: "La suite, Code 8 : Partie II, est en ligne" is an apposition.
    """
    before, after = _plain(source[max(0, start - _AROUND) : start]), _plain(source[end : end + _AROUND])
    if _NUMBERED_BEFORE.search(before) and _NUMBERED_AFTER.match(after):
        return True
    joints = [*_joints_before(before), *_joints_after(after)]
    in_brackets = before.rfind("(") > before.rfind(")")
    return len(joints) >= (1 if in_brackets else 2) or joints in (["et"], ["ou"])


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _joints_before(text: str) -> list[str]:
    """What parts the neighbours before a place from one another, the nearest first."""
    joints = []
    while found := _ITEM_BEFORE.search(text):
        joints.append(found["joint"].strip())
        text = text[: found.start("item")]
    return joints


def _joints_after(text: str) -> list[str]:
    joints = []
    while found := _ITEM_AFTER.match(text):
        joints.append(found["joint"].strip())
        text = text[found.end() :]
    return joints
