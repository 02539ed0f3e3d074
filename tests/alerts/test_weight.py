"""What a story weighs: its place, its outlets, its age."""

import pytest

from alerts.weight import weight
from storage.model import StoredMention
from tests.alerts.builders import SLOT, article, at, copied, occurrence

OUTLETS = ("clap", "projo", "lanterne", "ecume", "bobine", "canape", "phare")


def story(place: str, outlets: int, age: float = 24) -> tuple[list[StoredMention], list[StoredMention]]:
    copies = [copied(number, 1, outlet=outlet) for number, outlet in enumerate(OUTLETS[1:outlets], 2)]
    return [article(1, occurrences=(occurrence(place),), published=at(age))], copies


@pytest.mark.parametrize(
    ("place", "outlets", "age", "expected"),
    [
        ("body", 1, 24, 1 + 1 + 0.5),
        ("lead", 1, 24, 2 + 1 + 0.5),
        ("title", 1, 24, 3 + 1 + 0.5),
        ("body", 3, 24, 1 + 2 + 0.5),
        ("body", 7, 24, 1 + 3 + 0.5),
        ("body", 1, 0, 1 + 1 + 1),
        ("body", 1, 48, 1 + 1 + 0.25),
        ("body", 1, -5, 1 + 1 + 1),
    ],
)
def test_a_weight_is_the_sum_that_is_documented(place: str, outlets: int, age: float, expected: float) -> None:
    assert weight(*story(place, outlets, age), SLOT) == pytest.approx(expected)


def test_a_text_that_seven_outlets_have_outweighs_a_headline_in_one() -> None:
    assert weight(*story("body", 7), SLOT) >= weight(*story("title", 1), SLOT)


def test_what_was_found_after_the_slot_is_as_fresh_as_can_be() -> None:
    found, late = article(1, published=at(0)), article(2, published=None, found_at=at(-48))
    assert weight([late], [], SLOT) == weight([found], [], SLOT)


def test_freshness_alone_never_lifts_a_text_above_a_headline() -> None:
    assert weight(*story("body", 1, age=0), SLOT) < weight(*story("title", 1, age=1000), SLOT)


def test_an_outlet_counts_once() -> None:
    articles, copies = story("body", 1)
    assert weight([*articles, article(2)], [copied(3, 1)], SLOT) == weight([article(2)], copies, SLOT)
