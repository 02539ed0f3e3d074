"""A topic file: read whole, or refused with what is wrong."""

import pytest

from matching.errors import TopicError
from matching.gate import Gate
from matching.mentions import Detector
from matching.model import Article
from matching.topic import parse_topic
from tests.support.topics import code8

GOOD = """
id = "marees"
name = "Les Marées"
[[works]]
id = "film"
title = "Les Marées"
"""


def test_the_bundled_topic_knows_its_film_and_its_references() -> None:
    topic = code8()
    assert [work.id for work in topic.works] == ["film", "sequel"]
    assert [each.id for each in topic.references] == ["seed-1", "seed-2"]
    assert topic.work("sequel").sequel_of == "film"


def test_a_new_topic_takes_a_file_and_no_code() -> None:
    topic = parse_topic(GOOD, "marees.toml", {})
    article = Article("https://a.example", "Ce soir", "La critique a aimé « Les marées », qui sort mercredi.")
    assert Detector(topic).assess(article).mentioned
    assert Gate([topic]).passes(b"les mar&eacute;es")
    assert Gate([topic]).passes(b"LES MAREES")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("id = ", "not TOML"),
        (GOOD.replace('"marees"', '"Les Marées"'), "lower-case"),
        (GOOD.replace('title = "Les Marées"', 'title = ""'), "title"),
        (GOOD.replace('title = "Les Marées"', 'title = "X"'), "too short"),
        (GOOD + "colour = 3\n", "colour"),
        (GOOD + "years = ['hier']\n", "years"),
        (GOOD + "part = 2\n", "sequel_of"),
        (GOOD + 'sequel_of = "rien"\npart = 2\n', "names no work"),
        ('id = "a"\nname = "b"\n', "works"),
        (GOOD + '[[references]]\nid = "r"\nfile = "absent.txt"\n', "absent.txt"),
        (GOOD + "[evidence]\npeople = 3\n", "people"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_remedy(wrong: str, told: str) -> None:
    with pytest.raises(TopicError) as refused:
        parse_topic(wrong, "sujet.toml", {})
    assert "sujet.toml" in str(refused.value)
    assert told in str(refused.value)


@pytest.mark.parametrize("title", ["L.A. Confidential", "M*A*S*H", "S.O.S. Fantômes", "Lilo & Stitch"])
def test_a_title_is_found_with_its_own_punctuation(title: str) -> None:
    topic = parse_topic(GOOD.replace('title = "Les Marées"', f'title = "{title}"'), "sujet.toml", {})
    assert Detector(topic).assess(Article("", "Ce soir", f"La critique a aimé le film {title}, qui sort.")).mentioned
    assert Gate([topic]).passes(title.encode())
