"""What is asked of other packages is what the tests run with: a version that nobody tried is not promised to work."""

import tomllib
from collections import defaultdict

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"].values()
ASKED = sorted({*PROJECT["dependencies"], *(asked for extra in EXTRAS for asked in extra)})
DATA = ("tzdata",)  # of which any version serves


def versions(asked: Requirement, operator: str) -> list[Version]:
    return [Version(each.version) for each in asked.specifier if each.operator == operator]


@pytest.fixture(scope="module")
def pinned() -> dict[str, list[Version]]:
    """By package, the versions pinned for one Python or another."""
    found: defaultdict[str, list[Version]] = defaultdict(list)
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            pin = Requirement(line)
            found[canonicalize_name(pin.name)] += versions(pin, "==")
    return found


@pytest.mark.parametrize("asked", ASKED)
def test_a_package_is_asked_for_in_the_minor_version_that_is_tested(
    asked: str, pinned: dict[str, list[Version]]
) -> None:
    requirement = Requirement(asked)
    tested = pinned[canonicalize_name(requirement.name)]
    assert tested
    assert all(each in requirement.specifier for each in tested)
    if requirement.name not in DATA:
        assert [each.release[:2] for each in versions(requirement, ">=")] == [min(tested).release[:2]]
