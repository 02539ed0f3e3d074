"""What a digest tells, and in which order."""

from dataclasses import replace
from datetime import datetime
from itertools import chain
from random import Random
from typing import Any, cast

import pytest

from alerts.model import Digest, NearMiss
from storage.model import FirstTelling, StoredMention
from tests.alerts.builders import NAMES, article, at, copied, digest, occurrence, passage, watch


def urls(told: Digest) -> list[str]:
    entries = [entry for story in told.stories for entry in story.entries]
    copies = chain.from_iterable([*(entry.copies for entry in entries), *(group.copies for group in told.copies)])
    return sorted([entry.url for entry in entries] + [copy.url for copy in copies])


def titles(told: Digest) -> list[str]:
    return [story.entries[0].title for story in told.stories]


def test_a_copy_hangs_under_its_original_with_its_delay() -> None:
    told = digest(article(1, published=at(9)), copied(2, 1, outlet="ecume", published=at(7)))
    (copy,) = told.stories[0].entries[0].copies
    assert (copy.outlet, copy.delay_minutes) == ("Écume", 120)
    assert told.copies == ()


def test_a_copy_of_a_copy_hangs_under_the_first_article() -> None:
    told = digest(copied(3, 2), article(1), copied(2, 1))
    assert [copy.url[-1] for copy in told.stories[0].entries[0].copies] == ["3", "2"]


def test_copies_stand_in_the_order_of_their_publication() -> None:
    told = digest(article(1), copied(2, 1, published=at(1)), copied(3, 1, published=at(4)))
    assert [copy.url[-1] for copy in told.stories[0].entries[0].copies] == ["3", "2"]


@pytest.mark.parametrize("dates", [(at(9), None), (None, at(7)), (at(7), at(9))])
def test_a_delay_that_cannot_be_known_is_left_out(dates: tuple[datetime | None, datetime | None]) -> None:
    told = digest(article(1, published=dates[0]), copied(2, 1, published=dates[1]))
    assert told.stories[0].entries[0].copies[0].delay_minutes is None


def test_copies_of_a_reference_are_one_group_and_no_story() -> None:
    told = digest(copied(1, reference_id="seed-1"), copied(2, reference_id="seed-1"), copied(3, 2))
    (group,) = told.copies
    assert (group.title, group.is_reference, len(group.copies)) == (NAMES.references["code8", "seed-1"], True, 3)
    assert told.stories == ()


def test_copies_of_an_article_told_before_say_which() -> None:
    earlier = article(7, title="Déjà signalé", published=at(50))
    told = digest(copied(1, 7, published=at(2)), originals={7: earlier})
    (group,) = told.copies
    assert (group.title, group.is_reference, group.copies[0].delay_minutes) == ("Déjà signalé", False, 48 * 60)


def test_copies_that_add_something_stand_apart_from_those_that_do_not() -> None:
    earlier = article(7, title="Déjà signalé", published=at(50))
    adding = copied(1, 7, novelty=0.22, added=("Une seconde séance est ajoutée.",))
    told = digest(adding, copied(2, 7), copied(3, 7), originals={7: earlier})
    assert [(group.adds, len(group.copies)) for group in told.copies] == [(False, 2), (True, 1)]
    assert told.copies[1].copies[0].added == ("Une seconde séance est ajoutée.",)


def test_a_copy_whose_original_nobody_knows_is_still_told() -> None:
    (group,) = digest(copied(1, 99, title="Orpheline")).copies
    assert (group.title, len(group.copies)) == ("Orpheline", 1)


def test_a_circle_of_copies_comes_to_an_end() -> None:
    assert len(urls(digest(copied(1, 2), copied(2, 1)))) == 2


def test_a_headline_weighs_more_than_a_lead_and_a_lead_more_than_a_text() -> None:
    told = digest(*(article(number, title=place, occurrences=(occurrence(place),)) for number, place in PLACES))
    assert titles(told) == ["title", "lead", "body"]


PLACES = [(1, "body"), (2, "title"), (3, "lead")]


def test_the_story_that_more_outlets_have_comes_first() -> None:
    told = digest(article(1, title="Seul"), copied(4, 1), article(2, title="Repris"), copied(3, 2, outlet="ecume"))
    assert titles(told) == ["Repris", "Seul"]


def test_of_two_equal_stories_the_fresher_comes_first() -> None:
    told = digest(article(1, title="Hier", published=at(20)), article(2, title="Ce matin", published=at(1)))
    assert titles(told) == ["Ce matin", "Hier"]


def test_a_story_opens_with_its_earliest_article() -> None:
    first, second = article(1, story_id=5, published=at(3)), article(2, story_id=5, published=at(8))
    (story,) = digest(first, second).stories
    assert [entry.url[-1] for entry in story.entries] == ["2", "1"]


def test_an_article_dated_in_the_future_does_not_pass_for_fresh() -> None:
    late = article(1, title="Demain", published=at(-30), found_at=at(12))
    assert titles(digest(late, article(2, title="Ce matin", published=at(1)))) == ["Ce matin", "Demain"]


def test_articles_without_a_story_stand_alone() -> None:
    assert len(digest(article(1, story_id=None), article(2, story_id=None)).stories) == 2


def test_a_story_told_before_is_a_follow_up() -> None:
    told = digest(
        article(1, story_id=4), article(2, story_id=5, published=at(1)), told={4: FirstTelling(at(48), "Avant")}
    )
    assert [(story.first_told, story.told_as) for story in told.stories] == [(None, ""), (at(48), "Avant")]


def test_an_article_of_two_topics_is_one_entry_that_names_both() -> None:
    url = "https://clap.example/deux-films"
    first = article(1, url=url, occurrences=(occurrence("title"),))
    second = article(2, url=url, topic="marees", story_id=2)
    copies = [copied(3, 1, url="https://ecume.example/3"), copied(4, 2, url="https://ecume.example/3", topic="marees")]
    told = digest(second, first, *copies, article(5, topic="marees", story_id=2))
    assert (told.articles, len(told.stories), titles(told)) == (2, 2, ["Article 1", "Article 5"])
    entry = told.stories[0].entries[0]
    assert (entry.works, entry.where) == (("Code 8", "Les Marées"), "title")
    assert [each.url for each in entry.copies] == ["https://ecume.example/3"]


def test_what_is_news_for_one_topic_and_a_copy_for_others_is_listed_once_as_news() -> None:
    url = "https://clap.example/deux-films"
    told = digest(
        article(1, url=url),
        copied(2, 3, url=url, topic="marees"),
        article(3, topic="marees"),
        copied(4, 90, url=url, topic="a"),
        copied(5, reference_id="seed-1", url="https://ecume.example/5"),
        copied(6, 90, url="https://ecume.example/5", topic="a"),
        originals={90: article(90, topic="a")},
    )
    assert {each.url: len(each.copies) for story in told.stories for each in story.entries} == {
        url: 0,
        "https://clap.example/articles/3": 0,
    }
    assert [(group.is_reference, len(group.copies)) for group in told.copies] == [(True, 1)]


def test_a_work_in_the_headline_is_named_before_one_in_the_text() -> None:
    (story,) = digest(article(1, occurrences=(occurrence("body", "film"), occurrence("title", "sequel")))).stories
    assert (story.entries[0].works, story.entries[0].where) == (("Code 8 : Partie II", "Code 8"), "title")


def test_ids_without_a_name_stand_for_themselves() -> None:
    (story,) = digest(article(1, outlet="inconnu", occurrences=(occurrence(work="spin-off"),))).stories
    assert (story.entries[0].outlet, story.entries[0].works) == ("inconnu", ("spin-off",))


def test_the_passage_quoted_is_not_the_headline_again() -> None:
    passages = (passage("Code 8 en tête", where="title"), passage("Dans le texte, Code 8 revient."))
    (story,) = digest(article(1, passages=passages)).stories
    assert story.entries[0].quotation is not None
    assert story.entries[0].quotation.before == "Dans le texte, "


def test_without_a_passage_the_lead_is_quoted_without_a_mark() -> None:
    (story,) = digest(article(1, lead="Un chapô.", passages=())).stories
    assert story.entries[0].quotation is not None
    assert (story.entries[0].quotation.text, story.entries[0].quotation.marked) == ("Un chapô.", "")


@pytest.mark.parametrize(
    ("why", "status", "told"),
    [
        (None, 200, ""),
        ("HTTP 404", 404, "closed"),
        ("HTTP 410", 410, "closed"),
        ("HTTP 500", 500, "closed"),
        ("HTTP 403", 403, "unread"),
        ("the answer is no article but consent", 200, "unread"),
        ("no answer in time", None, "unread"),
    ],
)
def test_what_is_known_from_its_source_alone_is_told_as_such(why: str | None, status: int | None, told: str) -> None:
    (story,) = digest(article(1, unread=why, status=status)).stories
    assert story.entries[0].unread == told


def test_a_long_quotation_is_cut_around_its_mention() -> None:
    long = "mot " * 200 + "Code 8 revient " + "mot " * 200
    (story,) = digest(article(1, passages=(passage(long),))).stories
    quotation = story.entries[0].quotation
    assert quotation is not None
    assert quotation.marked == "Code 8"
    assert len(quotation.text) <= 300


def test_what_an_article_adds_is_told_in_three_short_sentences() -> None:
    (story,) = digest(
        article(1, novelty=0.4, added=("Une phrase très longue. " * 20, "Deux.", "Trois.", "Quatre."))
    ).stories
    added = story.entries[0].added
    assert len(added) == 3
    assert max(map(len, added)) <= 200


def test_an_article_like_no_other_adds_everything_and_so_nothing_is_singled_out() -> None:
    assert digest(article(1, novelty=1.0, added=("Tout.",))).stories[0].entries[0].added == ()


@pytest.mark.parametrize(
    "broken",
    [
        {"occurrences": ("?", {"where": 3, "work": None}, {})},
        {"passages": ({"text": None}, "?", {"start": 0})},
        {"passages": ({"text": "Code 8", "start": "0", "end": None, "where": "body"},)},
        {"passages": ({"text": "Code 8", "start": 400, "end": 2, "where": "body"},)},
        {"novelty": 0.1, "added": (None, 3)},
        {"authors": (None, "  ")},
        {"published": datetime(2024, 3, 1)},
        {"published": at(0).replace(year=1)},
        {"title": ""},
    ],
)
def test_a_malformed_mention_is_told_without_its_broken_part(broken: dict[str, Any]) -> None:
    told = digest(article(1, **broken), article(2), copied(3, 1))
    assert len(urls(told)) == 3


def test_a_date_that_cannot_be_is_no_date() -> None:
    assert digest(article(1, published=datetime(2024, 3, 1))).stories[0].entries[0].published is None


def test_endless_titles_and_reasons_are_cut() -> None:
    endless = "long " * 2000
    tried = watch(
        near_misses=(NearMiss(endless, endless, "https://ecume.example", ()),),
    )
    told = digest(article(1, title=endless), watch=tried)
    texts = [told.stories[0].entries[0].title, told.watch.near_misses[0].title, told.watch.near_misses[0].outlet]
    assert max(map(len, texts)) <= 240


@pytest.mark.parametrize("seed", range(40))
def test_every_mention_is_told_exactly_once(seed: int) -> None:
    items = _tangle(Random(seed))
    assert urls(digest(*items)) == sorted(each.url for each in items)


def _tangle(chance: Random) -> list[StoredMention]:
    """Thirty mentions that copy each other, references and strangers as it comes."""
    items = []
    for number in range(1, 31):
        story = chance.choice([None, 1, 2, 3])
        published = chance.choice([None, at(chance.random() * 100)])
        mention = article(number, story_id=story, published=published)
        if chance.random() < 0.6:
            original, reference = chance.choice([(chance.randint(1, 35), None), (None, "seed-1"), (None, None)])
            values = cast(dict[str, Any], {"original_id": original, "reference_id": reference})
            mention = replace(mention, verdict="duplicate", **values)
        items.append(mention)
    return items


def test_two_topics_whose_works_and_references_have_the_same_ids_keep_their_names() -> None:
    told = digest(
        article(1),
        article(2, topic="marees"),
        copied(3, reference_id="seed-1"),
        copied(4, topic="marees", reference_id="seed-1"),
    )
    assert {entry.works for story in told.stories for entry in story.entries} == {("Code 8",), ("Les Marées",)}
    assert {group.title for group in told.copies} == {
        "Code 8 : la suite déjà en tête sur la plateforme",
        "Marées",
    }
