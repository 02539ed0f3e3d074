"""What each kind of evidence weighs, in log-odds and in steps of one half; the only numbers that decide on a mention.

benchmarks/weights.py tells how they were set; ARCHITECTURE.md how they are added up.
"""

from typing import Final

WEIGHTS: Final = {
    # the form
    "ambiguous title": -1.5,
    "unmistakable title": 3.0,
    "sequel's full title": 3.0,
    "number in words": 1.0,
    "hashtag": 2.5,
    "glued": 0.5,
    "quoted as a title": 0.5,
    "capital within a sentence": 3.5,
    "capital at a sentence's start": 1.5,
    "capitals among capitals": 0.0,
    "lower case": -1.5,
    "year in brackets": 2.5,
    "in a list of titles": 1.0,
    # right beside
    "film word before": 3.5,
    "film verb after": 1.5,
    "person beside": 1.5,
    "everyday word before": -4.5,
    "part of an everyday compound": -4.5,
    "quoted with more words": -1.0,
    "shown or said by a device or a radio": -4.0,
    "another kind of thing beside": -4.5,
    "feminine article before": -2.5,
    "another numbered code in the article": -4.0,
    "everyday verb after": -2.5,
    "unit after": -6.0,
    "article before": -2.5,
    # in the sentence, each further one counts half of the one before
    "person in the sentence": 2.5,
    "character in the sentence": 2.0,
    "company in the sentence": 0.5,
    "film words in the sentence": 1.5,
    "genre words in the sentence": 2.0,
    "everyday words in the sentence": -1.5,
    "another kind of thing in the sentence": -1.0,
    # in the rest of the article
    "person in the article": 1.5,
    "character in the article": 1.0,
    "company in the article": 0.5,
    "film words in the article": 1.0,
    "genre words in the article": 0.5,
    "everyday words in the article": -1.5,
    "another kind of thing in the article": -2.5,
    "named beyond doubt elsewhere": 2.0,
}
KINDS: Final = {
    "people": "person",
    "characters": "character",
    "places": "character",
    "companies": "company",
    "genre": "genre words",
    "film": "film words",
    "words": "film words",
    "near": "everyday words",
    "other": "another kind of thing",
}
