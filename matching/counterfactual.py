"""What would have to be different for a verdict to be different."""

from matching.duplicates import NOVELTY_OF_NEWS
from matching.model import NOTABLE_CONTAINMENT, Judgement, Occurrence
from matching.weights import WEIGHTS

_WOULD_HELP = {
    "person in the sentence": "a person of the film in its sentence",
    "film word before": "a word of film right before it",
    "quoted as a title": "quotation marks around it",
    "capital within a sentence": "a capital letter within the sentence",
    "film words in the sentence": "a word of film in its sentence",
    "year in brackets": "a year in brackets after it",
}
MOST_WAYS = 3
_OF_THE_TITLE = "ambiguous title"  # which nobody can change


def ways_to_change(occurrence: Occurrence) -> list[str]:
    """In words, the smallest changes of evidence that would turn the place's acceptance or refusal round."""
    if occurrence.accepted:
        return _without(occurrence, sign=1, outcome="would not count") or [
            "nothing around it decides: the title alone is enough"
        ]
    ways = _without(occurrence, sign=-1, outcome="would count")
    present = {signal.name for signal in occurrence.signals}
    needed = -occurrence.log_odds
    helpful = [
        words
        for name, words in _WOULD_HELP.items()
        if name not in present and WEIGHTS[name] - _lost(name, present) >= needed
    ]
    return [*ways, *(f"would count with {words}" for words in helpful)][:MOST_WAYS]


def ways_to_another_verdict(judgement: Judgement) -> list[str]:
    """In words, how much more or less of a mention's text would have to be known already."""
    closest = judgement.closest
    if not judgement.mentions or closest is None or judgement.containment < NOTABLE_CONTAINMENT:
        return []
    if judgement.duplicate_of is not None:
        return [
            f"would be new if {NOVELTY_OF_NEWS:.0%} of it or more stood in no known article; {closest.novelty:.0%} do"
        ]
    line = 1 - NOVELTY_OF_NEWS
    return [f"would be a copy if more than {line:.0%} of it stood in {closest.known.id}; {closest.containment:.0%} do"]


def _lost(name: str, present: set[str]) -> float:
    """What a change of form takes away: a word has a capital or it has none."""
    return WEIGHTS["lower case"] if name == "capital within a sentence" and "lower case" in present else 0.0


def _without(occurrence: Occurrence, *, sign: int, outcome: str) -> list[str]:
    """The single signals, or else the few strongest together, without which it would be decided the other way."""
    telling = sorted(
        (each for each in occurrence.signals if each.weight * sign > 0 and each.name != _OF_THE_TITLE),
        key=lambda each: -each.weight * sign,
    )
    single = [each for each in telling if not _holds(occurrence.log_odds - each.weight, sign)]
    if single:
        return [f"{outcome} without: {each.name} ({each.detail})" for each in single[:MOST_WAYS]]
    left = occurrence.log_odds
    for count, each in enumerate(telling, 1):
        left -= each.weight
        if not _holds(left, sign):
            if count > MOST_WAYS:
                return [f"no {MOST_WAYS} of its signals decide by themselves"]
            return [f"{outcome} without, taken together: {_joined([one.name for one in telling[:count]])}"]
    return []


def _joined(shown: list[str]) -> str:
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _holds(log_odds: float, sign: int) -> bool:
    return log_odds >= 0 if sign > 0 else log_odds < 0
