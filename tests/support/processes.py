"""Looking at processes (Linux)."""

from pathlib import Path


def runs(process: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children_of(parent: int, module: str) -> list[int]:
    """The processes that this one has started with `python -m MODULE`."""
    files = Path(f"/proc/{parent}/task").glob("*/children")
    found = [int(child) for file in files for child in file.read_text(encoding="ascii").split()]
    return [child for child in found if module.encode() in Path(f"/proc/{child}/cmdline").read_bytes()]
