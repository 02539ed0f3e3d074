"""Where the project and its fixtures are."""

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FIXTURES = ROOT / "fixtures"
CASES = FIXTURES / "cases"
WEB = FIXTURES / "web"
