"""The bundled topic and what tests build of it."""

from functools import cache

from crawler.job import bundled_topic
from matching.judge import Judge
from matching.mentions import Detector
from matching.model import Article, Assessment, Judgement
from matching.residue import without_residue
from matching.topic import Topic


@cache
def code8() -> Topic:
    return bundled_topic().parse()


@cache
def judge() -> Judge:
    return Judge(code8())


@cache
def detector() -> Detector:
    return Detector(code8())


def article(title: str = "Cinéma", text: str = "", lead: str = "", url: str = "https://a.example/1") -> Article:
    return Article(url=url, title=title, text=text, lead=lead)


def assess(title: str, text: str = "", lead: str = "") -> Assessment:
    return detector().assess(article(title, text, lead))


def verdict_on(text: str, title: str = "Code 8") -> Judgement:
    return judge().judge(article(title, text), lambda marks: [])


def reference_text(reference_id: str) -> str:
    """A reference's article proper, one paragraph a line."""
    reference = next(each for each in code8().references if each.id == reference_id)
    return without_residue(reference.text).removeprefix(reference.title).strip()
