"""The key that signs links: made once, readable by its owner alone, from the environment where that is wished."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alerts.errors import SecretError
from alerts.keys import exposure, signing_key


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "var" / "veilleur.key"
    with ThreadPoolExecutor(8) as crowd:
        keys = set(crowd.map(lambda _: signing_key(file, {}), range(16)))
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_key_from_the_environment_leaves_no_file(tmp_path: Path) -> None:
    assert signing_key(tmp_path / "key", {"VEILLEUR_KEY": "k" * 32}) == b"k" * 32
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("key", ["geheim", "k" * 31])
def test_a_key_that_can_be_guessed_is_refused_and_not_told(tmp_path: Path, key: str) -> None:
    with pytest.raises(SecretError, match="openssl rand -hex 32") as refused:
        signing_key(tmp_path / "key", {"VEILLEUR_KEY": key})
    assert key not in str(refused.value)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    signing_key(file, {})
    file.chmod(0o644)
    with pytest.raises(SecretError, match="chmod 600"):
        signing_key(file, {})
    assert "mode 0644" in exposure(file)
    file.chmod(0o600)
    assert exposure(file) == ""


def test_an_empty_key_file_and_a_folder_that_cannot_be_made_are_told(tmp_path: Path) -> None:
    (tmp_path / "key").touch(mode=0o600)
    with pytest.raises(SecretError, match="this is no key: remove it"):
        signing_key(tmp_path / "key", {})
    with pytest.raises(SecretError, match="cannot be written: File exists"):
        signing_key(tmp_path / "key" / "key", {})
