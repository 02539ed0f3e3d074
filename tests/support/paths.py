"""Where the fixtures are."""

from pathlib import Path

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
CASES = FIXTURES / "cases"
WEB = FIXTURES / "web"
