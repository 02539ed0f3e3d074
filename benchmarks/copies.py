"""Copies: how many of generated copies are recognised, and how many different articles are taken for copies.

Each of 200 articles is known; each is perturbed ten times in each of eight ways; the copy must be found through the
fingerprints and be a duplicate of its own original. Then 2,000 pairs of different articles on the same subject.
Two indexes are measured side by side: winnowing, which is used, and MinHash bands.
"""

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from rensa import RMinHash

from benchmarks.corpus import Sample, samples
from benchmarks.perturb import KINDS
from crawler.job import bundled_topic
from matching.duplicates import NOVELTY_OF_NEWS, Text, compare, prepare
from matching.fingerprints import fingerprints
from matching.judge import Judge
from matching.model import Article, Known, Verdict

TIMES = 10
PAIRS = 2000
CANDIDATES = 8
BANDS, ROWS = 42, 3
HEADLINE = "« Code 8 » : le film de Jeff Chan"  # so that the mention itself is beyond doubt, whatever is cut


class Winnowing:
    """Candidates by shared winnowed hashes."""

    def __init__(self) -> None:
        self._postings: dict[int, list[str]] = defaultdict(list)
        self.rows = 0

    def keys(self, words: Sequence[str]) -> Iterable[int]:
        return fingerprints(words)

    def add(self, name: str, words: Sequence[str]) -> None:
        for key in self.keys(words):
            self._postings[key].append(name)
            self.rows += 1

    def candidates(self, words: Sequence[str]) -> list[str]:
        shared = Counter(name for key in self.keys(words) for name in self._postings.get(key, ()))
        return [name for name, _ in shared.most_common(CANDIDATES)]


class MinHashBands(Winnowing):
    """Candidates by equal bands of a MinHash signature of word shingles."""

    def keys(self, words: Sequence[str]) -> Iterable[int]:
        signature = RMinHash(num_perm=BANDS * ROWS, seed=8)
        signature.update([" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2))])
        digest = signature.digest()
        return [hash((band, *digest[band * ROWS : (band + 1) * ROWS])) for band in range(BANDS)]


def copies(corpus: Sequence[Sample]) -> Iterator[tuple[str, Sample, str]]:
    """Every perturbation: its name, the original, the copy's text. The same at every run."""
    words = sorted({word for sample in corpus for word in sample.text.split() if word.isalpha()})
    for kind, sample, number in itertools.product(KINDS, corpus, range(TIMES)):
        chance = random.Random(f"{kind.__name__} {sample.id} {number}")
        yield kind.__name__, sample, kind(sample.text, chance, words)


def measure() -> list[str]:
    corpus = samples()
    judge = Judge(bundled_topic().parse())
    winnowing, bands = Winnowing(), MinHashBands()
    known = {each.id: Known("mention", each.id, each.title, None, each.text) for each in corpus}
    for each in corpus:
        for index in (winnowing, bands):
            index.add(each.id, Text(each.text).words)
    found: Counter[str] = Counter()
    by_winnowing: Counter[str] = Counter()
    by_bands: Counter[str] = Counter()
    made: Counter[str] = Counter()
    for kind, sample, text in copies(corpus):
        made[kind] += 1
        words = Text(text).words
        by_winnowing[kind] += sample.id in winnowing.candidates(words)
        by_bands[kind] += sample.id in bands.candidates(words)
        candidates = [known[name] for name in winnowing.candidates(words)]
        judged = judge.judge(Article("", HEADLINE, text), partial(_given, candidates))
        right = judged.verdict is Verdict.DUPLICATE and judged.duplicate_of is not None
        found[kind] += right and judged.duplicate_of is not None and judged.duplicate_of.id == sample.id
    lines = [
        f"{len(corpus)} articles, {TIMES} copies of each kind; index rows an article: winnowing"
        f" {winnowing.rows / len(corpus):.0f}, MinHash {bands.rows / len(corpus):.0f}",
        "",
        "| perturbation | recognised | candidate found: winnowing | candidate found: MinHash bands |",
        "|---|---|---|---|",
    ]
    for kind, count in made.items():
        shares = (found[kind] / count, by_winnowing[kind] / count, by_bands[kind] / count)
        lines.append(f"| {kind} | " + " | ".join(f"{share:.4f}" for share in shares) + " |")
    total = sum(made.values())
    overall = (sum(each.values()) / total for each in (found, by_winnowing, by_bands))
    lines.append("| **all** | " + " | ".join(f"**{share:.4f}**" for share in overall) + " |")
    lines += ["", f"False copies among {PAIRS} pairs of different articles: **{_false_copies(corpus)}**"]
    return lines


def _given(candidates: list[Known], marks: Sequence[int]) -> list[Known]:
    return candidates


def _false_copies(corpus: Sequence[Sample]) -> int:
    """All pairs within stories, the hardest ones, and random ones up to PAIRS."""
    pairs = list(itertools.combinations(corpus, 2))
    same = [pair for pair in pairs if pair[0].story is not None and pair[0].story == pair[1].story]
    others = random.Random(8).sample(pairs, PAIRS - len(same))
    false = 0
    for one, other in same + others:
        known = Known("mention", other.id, other.title, None, other.text)
        comparison = compare(Text(one.text), known, prepare(other.text))
        false += comparison.novelty < NOVELTY_OF_NEWS
    return false


if __name__ == "__main__":
    print("\n".join(measure()))
