"""Signature lines: who wrote an article and when, which says nothing of what it reports.

"Par Jeanne Dupont, le 27/11/2026 à 05:55", "Publié le 27 novembre 2026 à 8h05 par Paul Martin - Mis à jour à 9h",
"27/11/2026 05:55". A line counts only where it holds nothing else, so that no sentence is taken for one.
"""

import re

LONGEST = 200
HEAD = 3  # lines among which a day alone is that of the article, and no heading of a calendar

_MONTH = r"(?:janv|f[ée]v|mars|avr|mai|juin|juil|ao[ûu]t|sept|oct|nov|d[ée]c)[a-zé]*\.?"
_DATE = rf"(?:\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2}}(?:\d\d)?|\d{{4}}-\d\d-\d\d|\d{{1,2}}(?:er)?\s{_MONTH}\s\d{{4}})(?!\w)"
_DAY = rf"(?:(?:lun|mar|mercre|jeu|vendre|same)di,?\s|dimanche,?\s)?(?:{_DATE}|\d{{1,2}}(?:er)?\s{_MONTH}(?!\w))"
_TIME = r"\d{1,2}\s?(?:h|heures?|:)\s?(?:[0-5]\d)?(?::[0-5]\d)?(?!\w)"
_NAMED = (
    r"(?-i:[A-ZÀ-Ý][\w’'.-]*+(?:\s(?:d[eu]s?\s|d’|d'|l[ea]\s|v[ao]n\s)*+(?!Mise?\s(?:à|en)\s)[A-ZÀ-Ý][\w’'.-]*+)*+)"
)
_WHO = rf"(?:(?:la\s)?r[ée]daction|{_NAMED}|[\w.@-]++)"
_BY = rf"par\s{_WHO}(?:(?:\s?[,&/]\s?|\set\s|\savec\s)(?:l[ea]\s|l’|l')?{_NAMED})*+"
_DONE = (
    r"(?:(?:article\s)?(?:publi[ée]e?|post[ée]|[ée]crit|r[ée]dig[ée]|modifi[ée]e?|actualis[ée]e?|parue?)|mis\sen\sligne"
    r"|(?:derni[èe]re\s)?(?:mise?\s[àa]\sjour|m[àa]j|modification)|propos\srecueillis)(?!\w)"
)
_COUNTED = r"(?:(?:temps\sde\s)?lecture\s?:?\s?\d+\s?min(?:utes?)?|\d+\scommentaires?)(?!\w)"
_LINKING = r"(?:le|[àa]|et)(?!\w)"
_BETWEEN = r"[\s,;:.|/()\[\]·•–—-]*+"
_SIGNATURE = re.compile(
    rf"{_BETWEEN}(?:(?>{_DAY}|{_TIME}|{_BY}|{_DONE}|{_COUNTED}|{_LINKING}){_BETWEEN})++", re.IGNORECASE
)
_SAYS_A_DAY = re.compile(_DAY, re.IGNORECASE)
_SAYS_A_DATE = re.compile(_DATE, re.IGNORECASE)
_SAYS_A_TIME = re.compile(_TIME, re.IGNORECASE)
_SAYS_OF_WHAT = re.compile(rf"{_DONE}|\bpar\s", re.IGNORECASE)
_SAYS_WHEN_DONE = re.compile(rf"{_BETWEEN}{_DONE}\s?(?:le|[àa]|:)", re.IGNORECASE)


def is_signature(line: str, before: int) -> bool:
    """Whether a line holds nothing but date and signature; `before` is how many lines of the text stand before it."""
    if len(line) > LONGEST or not _SAYS_A_DAY.search(line) or not _SIGNATURE.fullmatch(line):
        return False
    if before >= HEAD and line.rstrip().endswith(".") and not _SAYS_WHEN_DONE.match(line):
        return False  # a short sentence of the article: "Le 12 mars 2025 à 9 h."
    if _SAYS_OF_WHAT.search(line):
        return True
    return bool(_SAYS_A_DATE.search(line)) and (before < HEAD or bool(_SAYS_A_TIME.search(line)))
