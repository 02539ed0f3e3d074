"""Weight: what sorts the stories of a digest.

    weight = prominence + log2(1 + outlets) + 2 ** (-age / 24 h)

*Prominence* is the highest place of a mention: 3 in a headline, 2 in a lead, 1 in a text. *Outlets* are those that have
the story, copies included: twice as many weigh as much as the next higher place. *Age* is that of the story's latest
article when the digest is due: freshness counts one place at most, and half of that a day later.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from math import log2

from alerts.entries import PLACES, moment, place
from storage.model import StoredMention

HALF_LIFE = timedelta(hours=24)


def weight(articles: Collection[StoredMention], copies: Collection[StoredMention], slot: datetime) -> float:
    """How much a story of these articles and their copies weighs in the digest of a slot."""
    prominence = len(PLACES) - min(map(place, articles))
    outlets = {each.outlet for each in [*articles, *copies]}
    age = max(timedelta(0), slot - max(map(moment, articles)))
    return prominence + log2(1 + len(outlets)) + 2 ** (-age / HALF_LIFE)
