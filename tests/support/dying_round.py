"""A crawl round that is killed at the moment that its environment names (tests.support.kills)."""

import os
import sys

from crawler import round as crawl_round
from tests.support.kills import die_at

MOMENT_VARIABLE = "TEST_DIES_AT"

if __name__ == "__main__":
    moment = os.environ[MOMENT_VARIABLE]
    die_at(int(moment) if moment.isdecimal() else moment, lambda _: None)
    sys.exit(crawl_round.main())
