"""What the samples of a source say of it, and of a page that was not looked at."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from crawler.samples import FEWEST, MOST, Samples
from storage.model import Page

PAGE = Page(1, "https://journal.example/1", "journal.example/1", "journal", 7, 0)
TEXT = b"<p>La fanfare du village cherche des cuivres, et le fait savoir."
NOTHING = b"<div></div>"


def samples_after(*before: str) -> Samples:
    return Samples(lambda source_id: before)


def looked_at(samples: Samples, kinds: Sequence[str]) -> int:
    """How many of the pages of these kinds are looked at."""
    return sum(samples.take(PAGE, lambda kind=kind: kind) is not None for kind in kinds)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("kinds", "looked"),
    [
        (["article"] * 20, FEWEST),
        (["consent"] * 20, MOST),
        (["login"] * 5 + ["article"] * 15, 6),
    ],
)
def test_more_pages_are_looked_at_while_none_is_an_article(kinds: list[str], looked: int) -> None:
    assert looked_at(samples_after(), kinds) == looked


def test_a_page_that_is_tried_again_is_looked_at_and_counts_once_unless_it_is_an_article_now() -> None:
    samples = samples_after()
    for attempts, kind, taken in (
        (0, "consent", ["consent"]),
        (1, "consent", ["consent"]),
        (2, "article", ["consent", "article"]),
        (2, "article", ["consent", "article"]),
    ):
        assert samples.take(replace(PAGE, attempts=attempts), lambda kind=kind: kind) == kind  # type: ignore[misc]
        assert samples.taken == {PAGE.source_id: taken}


def test_where_none_of_many_is_an_article_others_are_taken_for_the_same_without_a_look() -> None:
    samples = samples_after()
    looked_at(samples, ["consent"] * (MOST - 1))
    assert samples.wall(PAGE, TEXT, None) is None
    looked_at(samples, ["consent"])
    assert samples.wall(PAGE, TEXT, None) == "consent"


def test_nothing_is_said_without_a_look_where_a_source_answers_in_many_ways() -> None:
    samples = samples_after()
    looked_at(samples, ["consent", "http"] * MOST)
    assert samples.wall(PAGE, TEXT, None) is None


@pytest.mark.parametrize(
    ("before", "kind", "body", "wall"),
    [
        ((), "login", TEXT, "login"),
        (("article",) * 9, "consent", TEXT, "consent"),
        (("article", "login"), "login", TEXT, None),
        (("article", *["login"] * 5), "login", TEXT, "login"),
        ((), "empty", TEXT, None),
        ((), "empty", NOTHING, "empty"),
        ((), "article", TEXT, None),
        ((), None, TEXT, None),
    ],
)
def test_what_stands_before_one_article_alone_is_no_wall_of_the_site(
    before: tuple[str, ...], kind: str | None, body: bytes, wall: str | None
) -> None:
    assert samples_after(*before).wall(PAGE, body, kind) == wall


def test_a_page_of_no_source_is_never_looked_at() -> None:
    alone = Page(1, PAGE.url, PAGE.url_key, PAGE.outlet, None, 0)
    samples = samples_after()
    assert samples.take(alone, lambda: "login") is None
    assert samples.wall(alone, NOTHING, "consent") is None
