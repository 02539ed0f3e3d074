"""Bad input gets a clear verdict or a clear error, in bounded time: judged whole, as a round does."""

import html
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matching.errors import TopicError
from matching.gate import Gate
from matching.judge import Judge
from matching.memory import Memory
from matching.mentions import Detector
from matching.model import Article, Verdict
from matching.revision import rewriting
from matching.topic import Topic, parse_topic
from tests.support.topics import code8, reference_text

NOW = datetime(2024, 3, 1, 8, tzinfo=UTC)
GERMAN = "Der Film Code 8 mit Robbie Amell läuft ab Freitag im Kino. Die Fortsetzung folgt bald darauf. "
ARABIC = "يُعرض فيلم Code 8 للمخرج Jeff Chan مساء الجمعة في قاعة السينما. "
JAPANESE = "映画「Code 8」はジェフ・チャン監督の作品で、Robbie Amell が主演する。"
TEXTS = {
    "nothing": "",
    "one word": "mot",
    "one title": "Code 8",
    "no letters": "… 123 — « » !? " * 5_000,
    "the title 100,000 times": "Code 8 " * 100_000,
    "2 MB of lines": "Une phrase courte, puis Code 8.\n\n" * 60_000,
    "2 MB of one letter": "a" * 2_000_000,
    "2 MB of quotation marks": "« Code 8 » " * 180_000,
    "2 MB of half a title": "code " * 400_000,
    "entities": "&amp;" * 40_000,
    "accents": "e\u0301" * 100_000,
    "2 MB of a reference": (reference_text("seed-2") + "\n\n") * 800,
    "lone surrogates and NULs": "\x00\ud800 Le film Code 8 de Jeff Chan \udfff\x00" * 2_000,
}
LIMIT = 8.0  # seconds of this process; the slowest needs 2


@contextmanager
def bounded(seconds: float = LIMIT) -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds


@pytest.mark.parametrize("name", TEXTS)
def test_an_odd_article_gets_a_verdict_in_bounded_time(name: str) -> None:
    memory = Memory(Judge(code8()))
    article = Article("https://a.example/1", "Code 8", TEXTS[name], published=NOW)
    with bounded():
        judged, _ = memory.judge(article, NOW)
    assert judged.verdict is (Verdict.DUPLICATE if "reference" in name else Verdict.NEW)
    assert judged.mentions[0].where == "title"


def test_what_a_text_of_very_many_sentences_lost_is_told_in_bounded_time() -> None:
    """Each was looked for in the whole other text."""
    texts = ["\n".join(f"{word} {number} tombe." for number in range(20_000)) for word in ("Pluie", "Neige")]
    before, after = (Article("https://a.example/1", "Code 8", text) for text in texts)
    with bounded():
        found = rewriting(before, after)
    assert (len(found.removed), len(found.added)) == (20_000, 20_000)


@pytest.mark.parametrize("text", [GERMAN, ARABIC, JAPANESE])
def test_an_article_in_another_language_is_judged_by_the_marks_that_it_has(text: str) -> None:
    judged, _ = Memory(Judge(code8())).judge(Article("https://a.example/1", "Kino", text * 3), NOW)
    assert judged.verdict is Verdict.NEW


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=60))
def test_any_article_gets_a_verdict(title: str, text: str, lead: str) -> None:
    memory = Memory(Judge(code8()))
    for url in ("https://a.example/1", "https://a.example/2"):
        judged, _ = memory.judge(Article(url, title, f"{text} Code 8 {text}", lead=lead), NOW)
        assert judged.verdict in set(Verdict)


def topic(title: str) -> Topic:
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    return parse_topic(f'id = "t"\nname = "T"\n[[works]]\nid = "f"\ntitle = "{quoted}"', "sujet.toml", {})


@pytest.mark.parametrize("title", ["", " ", "X", "8", "!", "«»", "é"])
def test_a_title_that_would_be_found_everywhere_is_refused(title: str) -> None:
    with pytest.raises(TopicError, match=r"sujet\.toml.*title"):
        topic(title)


@pytest.mark.parametrize(
    ("title", "remedy"),
    [
        ("a b " * 500, "2000 characters: write it as the press does, in 200 at most"),
        ("mot " * 10 + "a" * 41, "more than 40 letters: write its words apart"),
    ],
)
def test_a_title_that_nobody_would_write_out_is_refused(title: str, remedy: str) -> None:
    with pytest.raises(TopicError, match=r"sujet\.toml: works\[0\]") as refused:
        topic(title.strip() + "." * title.endswith(" "))
    assert remedy in str(refused.value)


@pytest.mark.parametrize(
    "title",
    ["(a+)+$ b", "(x|x)*y z", "a{9999}{9999}", ".*.*.*.*= ab", "(?P<base>a b)", "a" * 30, ("a b " * 50).strip()],
)
def test_a_title_written_like_a_regular_expression_is_but_words(title: str) -> None:
    with bounded():
        watched = topic(title)
        detector, gate = Detector(watched), Gate([watched])
        assert detector.assess(Article("", "", f"Le film « {title} » sort.")).mentioned
        assert gate.passes(f"Le film « {html.escape(title)} » sort.".encode())
        for hostile in ("a" * 50_000, "aa " * 20_000, "x" * 50_000 + "z"):
            assert not detector.assess(Article("", "", hostile)).mentioned
            gate.passes(hostile.encode())


@settings(max_examples=20, deadline=None)
@example("A:²")
@example("²µå5]³Ä")
@example("L.A. Confidential")
@example("é" * 200)
@example("ﷺ" * 10)
@example("Straße")
@given(st.text(max_size=40))
def test_any_title_is_watched_or_refused_with_a_reason(title: str) -> None:
    try:
        watched = topic(title)
    except TopicError as error:
        if "sujet.toml" not in str(error):
            pytest.fail(f"the file is not named: {error}")
    else:
        Detector(watched).assess(Article("", "Ce soir", f"Le film « {title} » sort."))
        Gate([watched]).passes(title.encode("utf-8", "replace"))
