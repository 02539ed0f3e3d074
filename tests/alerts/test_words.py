"""The words of a reader's language."""

import string
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from alerts.brief import brief
from alerts.errors import UnknownLanguage
from alerts.feed import feed
from alerts.model import NearMiss, Objection, Reason, Trouble
from alerts.notices import FATES, Notice, render_notice
from alerts.page import STATES, page
from alerts.picture import draw
from alerts.render import render
from alerts.spoken import languages
from alerts.words import Pattern, Words, words
from crawler.failures import HINDRANCES
from crawler.walls import Kind
from matching.weights import WEIGHTS
from storage.model import FirstTelling
from tests.alerts.builders import ENGLISH, FRENCH, NAMES, UNSUBSCRIBE, article, changes, copied, digest, rich, watch
from tests.alerts.mails import alert, filtered, follow_up, week

PARIS = ZoneInfo("Europe/Paris")
MORNING = datetime(2024, 3, 2, 7, 30, tzinfo=UTC)
OF_SOURCES = {
    "host",
    "robots",
    "refused",
    "busy",
    "no_items",
    "few_items",
    "unreadable",
    "interrupted",
    "http",
    "other",
}
AGAINST = [name for name, weight in WEIGHTS.items() if weight < 0]
HINDRANCES_OF_ALL = ({*get_args(Kind)} - {"article"}) | {*HINDRANCES.values()} | OF_SOURCES
LOST = [f"mail_{each}" for each in FATES]


@pytest.mark.parametrize(
    ("language", "count", "told"),
    [("fr", 0, "médias ont répondu"), ("fr", 1, "média a répondu"), ("fr", 2, "médias ont répondu")],
)
def test_none_is_said_as_the_language_says_it(language: str, count: int, told: str) -> None:
    assert words(language)("watch.outlets", count=count) == told


def test_a_number_that_is_shown_has_no_second_one_in_its_words() -> None:
    assert [words("fr")(f"watch.{each}", count=0) for each in ("pages", "rounds")] == ["page lue", "ronde"]
    assert [words("en")(f"watch.{each}", count=0) for each in ("outlets", "pages")] == [
        "outlets answered",
        "pages read",
    ]


@pytest.mark.parametrize("language", languages())
def test_every_hindrance_has_words(language: str) -> None:
    speak = words(language)
    known = {each for each in speak.patterns if each.startswith("hindrance.")}
    assert known == {f"hindrance.{each}" for each in (*HINDRANCES_OF_ALL, *LOST)}
    assert "503" in speak.reason(Reason("http", 503))
    assert speak.reason(Reason("http")) == speak.reason(Reason("something new")) == speak("hindrance.other")
    few = speak.reason(Reason("few_items", items=2, usual=31))
    assert "2" in few
    assert "31" in few


def variables(pattern: Pattern) -> set[str | None]:
    forms = pattern.values() if isinstance(pattern, Mapping) else [pattern]
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


def test_there_are_french_and_english() -> None:
    assert languages() == ("en", "fr")


def test_all_languages_have_the_same_words_with_the_same_variables() -> None:
    french, english = words("fr").patterns, words("en").patterns
    assert {key: variables(french[key]) for key in french} == {key: variables(english[key]) for key in english}


def test_every_word_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used = set[str]()
    speak = Words.__call__

    def listening(self: Words, key: str, /, **values: object) -> str:
        used.add(key)
        return speak(self, key, **values)

    monkeypatch.setattr(Words, "__call__", listening)
    draw.cache_clear()
    crowd = [article(number, story_id=1, title="") for number in range(1, 12)]
    copies = [copied(number, 1) for number in range(20, 40)]
    groups = [copied(number, 200 + number, published=None) for number in range(40, 60)]
    many = [article(number, title="Un titre assez long " * 10) for number in range(100, 200)]
    days = [article(300 + year, published=datetime(year, 3, 1, 23, tzinfo=UTC)) for year in (2023, 2024)]
    ailing = tuple(Trouble("Le Strapontin", Reason(each, 500), None, MORNING) for each in HINDRANCES_OF_ALL)
    missed = NearMiss("Titre", "Écume", "https://ecume.example/1", tuple(Objection(each, "code 8") for each in AGAINST))
    silent = watch(since=None, last_success=None, near_misses=(missed,) * 11, ailing=ailing)
    busy = replace(rich(), changes=rich().changes * 9)
    crowded = digest(*crowd, *copies, *groups, *days, *many, watch=silent)
    for told in (
        rich(),
        week(),
        busy,
        crowded,
        digest(),
        digest(copied(1, 9)),
        digest(article(1, unread="HTTP 403", status=403)),
        digest(changes=changes()),
        digest(article(1), told={1: FirstTelling(MORNING, "")}),
        replace(rich(), missed=2, left_out=("x",)),
        replace(rich(), alerted=2),
        filtered(),
        alert(),
        follow_up(),
    ):
        render(told, FRENCH, unsubscribe=UNSUBSCRIBE)
    lost = tuple(Trouble("7, anne@fil.example", Reason(each), None, MORNING) for each in LOST)
    for begun, over, mails in ((ailing * 20, ailing, lost), ((), ailing, ()), ((), (), lost * 60)):
        render_notice(Notice(MORNING, begun, over, mails), FRENCH)
    for state in STATES:
        page(state, "fr", "presse@fil.example")
    brief(digest(article(1, story_id=1), article(2, story_id=1, outlet="ecume"), *many), FRENCH, 2000)
    feed([], NAMES, {"code8": "Code 8"}, "fr", MORNING)
    assert set(words("fr").patterns) - used == set()


@pytest.mark.parametrize("language", languages())
def test_every_signal_against_a_mention_has_words(language: str) -> None:
    keys = {f"objection.{each.replace(' ', '_')}" for each in AGAINST if each != "ambiguous title"}
    assert keys <= set(words(language).patterns)


def test_objections_are_told_in_the_readers_words() -> None:
    given = (Objection("unit after", "code 8 mm"), Objection("not known", "le code 8"))
    assert words("fr").objections(given) == (
        "une unité suit\u00a0: «\u00a0code 8 mm\u00a0»\u202f; trop peu d’indices du film\u00a0: «\u00a0le code 8\u00a0»"
    )
    hostile = words("en", Markup).objections((Objection("unit after", "<b>"),))
    assert hostile == Markup("a unit after it: “&lt;b&gt;”")


def test_an_unknown_language_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownLanguage, match='language "de" has no words: choose one of en, fr'):
        words("de")


@pytest.mark.parametrize("language", ["../fr", "", "FR"])
def test_a_language_is_a_name_and_not_a_path(language: str) -> None:
    with pytest.raises(LookupError):
        words(language)


@pytest.mark.parametrize(
    ("language", "day", "said"),
    [
        ("fr", 2, "samedi 2 mars 2024 à 08:30"),
        ("fr", 1, "vendredi 1er mars 2024 à 08:30"),
        ("en", 2, "Saturday 2 March 2024 at 08:30"),
        ("en", 1, "Friday 1 March 2024 at 08:30"),
    ],
)
def test_a_moment_is_said_in_the_zone_of_the_reader(language: str, day: int, said: str) -> None:
    assert words(language).moment(MORNING.replace(day=day), PARIS) == said


def test_a_day_without_a_time_is_said_as_a_day() -> None:
    midnight_in_paris = datetime(2024, 3, 1, 23, tzinfo=UTC)
    assert words("fr").published(midnight_in_paris, PARIS) == "samedi 2 mars 2024"
    assert words("fr").published(midnight_in_paris, ZoneInfo("America/Toronto"), beside=MORNING) == "samedi 2 mars"
    assert words("en").published(midnight_in_paris.replace(minute=1), PARIS) == words("en").moment(
        midnight_in_paris.replace(minute=1), PARIS
    )


def test_a_moment_of_the_same_year_goes_without_the_year() -> None:
    assert words("fr").moment(MORNING, PARIS, beside=MORNING) == "samedi 2 mars à 08:30"
    assert words("fr").moment(MORNING.replace(year=2023), PARIS, beside=MORNING) == "jeudi 2 mars 2023 à 08:30"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "+0 min"),
        (36, "+36 min"),
        (60, "+1 h"),
        (65, "+1 h 05"),
        (84, "+1 h 24"),
        (119, "+1 h 59"),
        (125, "+2 h"),
        (47 * 60, "+47 h"),
        (50 * 60, "+2 j"),
    ],
)
def test_a_delay_is_said_in_the_unit_that_suits_it(minutes: int, said: str) -> None:
    assert words("fr").delay(minutes).replace("\u00a0", " ") == said


def test_an_hour_and_minutes_are_said_as_the_language_says_them() -> None:
    assert [words(each).delay(84) for each in ("fr", "en")] == ["+1\u00a0h\u00a024", "+1\u00a0h\u00a024\u00a0min"]


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("fr", 0, "0 article"),
        ("fr", 1, "1 article"),
        ("fr", 2, "2 articles"),
        ("fr", 1_000_000, "1 000 000 articles"),
        ("en", 0, "0 articles"),
        ("en", 1, "1 article"),
        ("en", 1284, "1,284 articles"),
    ],
)
def test_plurals_and_numbers_are_those_of_the_language(language: str, count: int, said: str) -> None:
    assert words(language)("head.articles", count=count).replace("\u00a0", " ").replace("\u202f", " ") == said


def test_french_has_a_no_break_space_before_its_colon_and_inside_its_guillemets() -> None:
    french = words("fr")
    assert french("subject.stories", topics="Code 8", count=3) == "Code 8\u00a0: 3\u00a0actualités"
    assert french("story.quotation", before="a", marked="b", after="c") == "«\u00a0abc\u00a0»"
    for pattern in french.patterns.values():
        for form in [pattern] if isinstance(pattern, str) else pattern.values():
            assert not any(f" {mark}" in form for mark in ":;!?»")
            assert "« " not in form


def test_words_for_html_escape_what_is_put_into_them() -> None:
    speak = words("fr", Markup)
    assert speak("story.authors", names="<b>") == "par &lt;b&gt;"
    assert speak.join(["<i>", Markup("<a>"), "{0}"]) == "&lt;i&gt;, <a> et {0}"


def test_both_readers_get_the_same_digest_in_their_own_words() -> None:
    french, english = (render(rich(), reader, unsubscribe=UNSUBSCRIBE) for reader in (FRENCH, ENGLISH))
    assert "Ce que cet article apporte" in french.html
    assert "What this article adds" in english.html
    assert "samedi 2 mars 2024 à 08:30" in french.text
    assert "Saturday 2 March 2024 at 02:30" in english.text


def test_a_quotation_within_a_quotation_has_the_inner_marks_of_the_language() -> None:
    said = "Il montre «\u00a0Code 8\u00a0» et « Looper »."
    assert words("fr").inside(said) == "Il montre “Code 8” et “Looper”."
    assert words("en").inside(said) == "Il montre ‘Code 8’ et ‘Looper’."
    assert words("fr").inside("«\u00a0") + "Code 8" + words("fr").inside("\u00a0», dit-il") == "“Code 8”, dit-il"


def test_only_what_came_near_the_line_was_narrowly_refused() -> None:
    for score, heading in ((0.0, "Écarté\u00a0:"), (0.4, "Écarté de justesse\u00a0:")):
        missed = NearMiss("Titre", "Écume", "https://ecume.example/1", (), score)
        assert heading in render(digest(watch=watch(near_misses=(missed,))), FRENCH, unsubscribe=UNSUBSCRIBE).text
