"""What stands in an article's text and is not the article: calls to read on, share widgets, captions, signatures.

Extraction removes most of it; what it leaves must neither make nor unmake a mention or a copy.
"""

import re
from collections.abc import Iterator

from matching.signatures import is_signature
from matching.text import folded_text

_CALL = re.compile(
    r"\W*(?:(?:a )?(?:lire|voir|decouvrir|ecouter|regarder|consulter)(?: aussi| egalement| la suite)\b"
    r"|(?:lire|voir) (?:la suite|plus|l'article)\b|(?:a|sur) (?:le|lire sur le) meme sujet"
    r"|(?:nos|notre|les|toute|toutes) \w+ (?:derniers?|dernieres?) (?:articles|actus?|actualites)"
    r"|articles? (?:similaires?|lies|recommandes?|associes?)"
    r"|abonnez[- ]vous|inscrivez[- ]vous|suivez[- ](?:nous|\w+ sur)|rejoignez[- ]nous"
    r"|partage[rz]? (?:sur|cet|l'article|:)"
    r"|retrouvez (?:nous|toute l'actu)|recevez (?:nos|notre|la)|telechargez (?:notre|l'app)"
    r"|(?:cet|l') ?article est reserve|il vous reste \d+ ?%|deja abonne|publicite\b"
    r"|essayez \w+ \d+ (?:mois|jours) gratuit|credits? (?:photo|image)|photo ?:|©)"
)
_LIST_HEADING = re.compile(
    r"\W*(?:(?:a )?(?:lire|voir|decouvrir)(?: aussi| egalement)|sur le meme sujet|dans la meme rubrique"
    r"|les plus (?:lus|populaires)|tendances|articles (?:similaires|lies|recommandes|associes)|commentaires?)\W*"
)
_CAPTION = re.compile(
    r"(?:bande[- ]annonce de\b.*|.*(?: [-|/] ?|©\W*|\()(?:netflix|dr|afp|capture|youtube|instagram)\W*)"
)
_DATE_LINE = re.compile(r"\s*date \d{4}-\d{2}(?:-\d{2})?\s*", re.IGNORECASE)
_ENDS_LIKE_A_SENTENCE = re.compile(r"[.!?…»\"”)]\s*$")
LONGEST_LISTED_HEADLINE = 220
LONGEST_CAPTION = 160


def article_lines(text: str) -> Iterator[tuple[int, int]]:
    """The places of the lines of a text that belong to the article, in order."""
    in_list = False
    lines = (found for found in re.finditer(r"[^\n]+", text) if not found.group().isspace())
    for before, found in enumerate(lines):
        line = found.group()
        if len(line) > LONGEST_LISTED_HEADLINE:  # no furniture is so long
            in_list = False
            yield found.start() + _date_line(line, found.start()), found.end()
            continue
        folded = folded_text(line).strip()
        if _LIST_HEADING.fullmatch(folded):
            in_list = True
            continue
        if in_list and not _ENDS_LIKE_A_SENTENCE.search(line):
            continue
        in_list = False
        if _is_call(folded) or _is_caption(line, folded) or is_signature(line, before):
            continue
        yield found.start() + _date_line(line, found.start()), found.end()


def without_residue(text: str) -> str:
    """The text with only its article's lines, one paragraph a line."""
    return "\n".join(text[start:end].strip() for start, end in article_lines(text))


def _date_line(line: str, start: int) -> int:
    """How long the date is with which a text begins."""
    dated = _DATE_LINE.match(line) if start == 0 else None
    return dated.end() if dated else 0


def _is_call(folded: str) -> bool:
    return _CALL.match(folded) is not None


def _is_caption(line: str, folded: str) -> bool:
    if len(line) > LONGEST_CAPTION or _ENDS_LIKE_A_SENTENCE.search(line):
        return False
    return _CAPTION.fullmatch(folded) is not None
