"""What would have to be different for a verdict on a place to be different."""

from matching.model import Occurrence
from matching.weights import WEIGHTS

_WOULD_HELP = (
    "person in the sentence",
    "film word before",
    "quoted as a title",
    "capital within a sentence",
    "film words in the sentence",
    "year in brackets",
)
MOST_WAYS = 3


def ways_to_change(occurrence: Occurrence) -> list[str]:
    """In words, the smallest changes of evidence that would turn the place's acceptance or refusal round."""
    if occurrence.accepted:
        return _without(occurrence, sign=1)
    ways = _without(occurrence, sign=-1)
    present = {signal.name for signal in occurrence.signals}
    needed = -occurrence.log_odds
    ways += [f"with: {name}" for name in _WOULD_HELP if name not in present and WEIGHTS[name] >= needed]
    return ways[:MOST_WAYS] or [f"only several further signals, {needed:.1f} in all"]


def _without(occurrence: Occurrence, *, sign: int) -> list[str]:
    """The single signals, or else the few strongest together, without which it would be decided the other way."""
    telling = sorted(
        (each for each in occurrence.signals if each.weight * sign > 0), key=lambda each: -each.weight * sign
    )
    single = [each for each in telling if not _holds(occurrence.log_odds - each.weight, sign)]
    if single:
        return [f"without: {each.name} ({each.detail})" for each in single[:MOST_WAYS]]
    left, gone = occurrence.log_odds, []
    for each in telling:
        gone.append(each.name)
        left -= each.weight
        if not _holds(left, sign):
            return [f"without all of: {', '.join(gone)}"]
    return []


def _holds(log_odds: float, sign: int) -> bool:
    return log_odds >= 0 if sign > 0 else log_odds < 0
