"""What outlets are grouped by in OPML: a module of its own, for the command line names it before anything is loaded."""

from typing import Literal

Group = Literal["country", "category"]
