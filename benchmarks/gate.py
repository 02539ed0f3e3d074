"""The gate: pages a second that go no further, 180 KB each, on one core; for one topic and for 10,000.

The pages are the saved pages' own markup and text, repeated and shuffled to size; the 10,000 topics have titles of two
words: names that are in no page, or two words of the labelled press articles, of which many are in the pages too. A
near miss is a page in which the title's words stand within longer ones, as in identifiers of scripts (code-8a1f).
"""

import random
import re
import time
from collections.abc import Sequence

from benchmarks.corpus import ROOT
from benchmarks.frequencies import articles
from crawler.job import bundled_topic
from matching.gate import Gate
from matching.scan import IS_VECTORISED
from matching.topic import Topic, Work

SIZE = 180_000
PAGES = 40
SECONDS = 3.0
MANY = 10_000


def pages() -> list[bytes]:
    """Pages of 180 KB without the film: lines of the saved pages, shuffled."""
    chance = random.Random(8)
    files = sorted((ROOT / "fixtures" / "web").rglob("*.html"))
    lines = [line for file in files for line in file.read_bytes().split(b"\n")]
    lines = [line for line in lines if not re.search(rb"(?i)code|8", line)]
    made = []
    for _ in range(PAGES):
        page = b""
        while len(page) < SIZE:
            page += chance.choice(lines) + b"\n"
        made.append(page[:SIZE])
    return made


def topics(words: Sequence[str]) -> list[Topic]:
    chance = random.Random(8)
    titles = {" ".join(chance.sample(words, 2)) for _ in range(MANY * 2)}
    return [
        Topic(f"t{number}", title, (Work("film", title, (title,), (), False, None, None),), {}, {}, ())
        for number, title in enumerate(sorted(titles)[:MANY])
    ]


def press_words() -> list[str]:
    return sorted({word for article in articles() for word in re.findall(r"\b[a-z]{6,12}\b", article["text"])})


def invented_words() -> list[str]:
    chance = random.Random(9)
    return sorted({"".join(chance.choice("zkxwvjq") + chance.choice("aeiou") for _ in range(4)) for _ in range(9000)})


def rate(gate: Gate, found: Sequence[bytes]) -> tuple[float, float]:
    """Pages a second, and the share that passes."""
    passed = number = 0
    began = time.process_time()
    while (spent := time.process_time() - began) < SECONDS:
        passed += gate.passes(found[number % len(found)])
        number += 1
    return number / spent, passed / number


def measure() -> list[str]:
    found = pages()
    chosen = {
        "1 topic (Code 8)": [bundled_topic().parse()],
        "10,000 topics, names": topics(invented_words()),
        "10,000 topics, words of the press": topics(press_words()),
    }
    near = [page[: SIZE // 2] + b' data-id="code-8a1f" ' + page[SIZE // 2 :] for page in found]
    lines = ["| topics | scan | compiled in | pages/s | let through |", "|---|---|---|---|---|"]
    for name, each in chosen.items():
        for vectorised in (True, False) if IS_VECTORISED else (False,):
            began = time.perf_counter()
            gate = Gate(each, vectorised=vectorised)
            compiled = time.perf_counter() - began
            engine = "Hyperscan" if vectorised else "pure Python"
            for kind, some in (("", found), (", near misses", near)) if len(each) == 1 else (("", found),):
                speed, share = rate(gate, some)
                lines.append(f"| {name}{kind} | {engine} | {compiled:.2f} s | {speed:,.0f} | {share:.1%} |")
    return lines


if __name__ == "__main__":
    print("\n".join(measure()))
