"""`veilleur outlets import` and `export`: lists of feeds in and out, and never a file lost."""

from pathlib import Path

import pytest

from crawler.outlets import bundled_catalogue
from scheduler import config
from tests.scheduler.commands.conftest import Veilleur

OPML = """<opml version="2.0"><body>
<outline text="Un" xmlUrl="https://un.example/rss"/>
<outline text="Deux" xmlUrl="https://deux.example/rss"/>
<outline text="Connu" xmlUrl="https://www.konbini.com/feed/"/>
<outline text="Fichier" xmlUrl="file:///etc/passwd"/>
</body></opml>"""
OWN = '# ma configuration\n[crawl]\ninterval = "20m" # pas trop\n'


@pytest.fixture(autouse=True)
def files(home: Path) -> None:
    (home / "flux.opml").write_text(OPML)


def test_an_import_is_shown_and_changes_nothing(veilleur: Veilleur, home: Path) -> None:
    before = sorted(home.iterdir())
    ran = veilleur("outlets", "import", "flux.opml")
    assert ran.status == 0
    assert ran.out.count("[[outlets]]") == 2
    assert 'feeds = ["https://un.example/rss"]' in ran.out
    assert 'country = "FR"  # a guess\n' in ran.out
    assert "2 outlets with 2 sources; 2 left out" in ran.err
    assert "country and category of 2 outlets are guesses" in ran.err
    assert "https://www.konbini.com/feed/: 'konbini' has it already" in ran.err
    assert "file:///etc/passwd: no address of the web" in ran.err
    assert sorted(home.iterdir()) == before


@pytest.mark.parametrize("own", [OWN, OWN.rstrip(), OWN.replace("\n", "\r\n"), ""])
def test_an_import_into_a_file_keeps_every_byte_of_it(veilleur: Veilleur, home: Path, own: str) -> None:
    file = home / "veilleur.toml"
    file.write_bytes(own.encode())
    file.chmod(0o640)
    ran = veilleur("outlets", "import", "flux.opml", "--into", "veilleur.toml")
    assert ran.status == 0, ran
    assert file.read_bytes().startswith(own.encode())
    assert file.stat().st_mode & 0o777 == 0o640
    ids = {outlet.id for outlet in config.load(None, {}).outlets}
    assert {"un", "deux"} <= ids
    again = veilleur("outlets", "import", "flux.opml", "--into", "veilleur.toml")
    assert "0 outlets with 0 sources; 4 left out" in again.err
    assert config.load(None, {}).outlets[-1].id == "deux"


def test_what_is_imported_is_said_to_be_watched_only_once_it_is_named(veilleur: Veilleur, home: Path) -> None:
    words = ("outlets", "import", "flux.opml", "--into", "veilleur.toml")
    (home / "veilleur.toml").write_text('[crawl]\noutlets = ["konbini"]\n')
    assert "not watched yet: crawl.outlets names those that are; add un, deux\n" in veilleur(*words).err
    assert "not watched" not in veilleur(*words).err, "nothing was imported"
    (home / "veilleur.toml").write_text(OWN)
    assert "not watched" not in veilleur(*words).err


def test_what_stands_in_the_file_already_is_said_whatever_the_configuration(veilleur: Veilleur, home: Path) -> None:
    words = ("outlets", "import", "flux.opml", "--into", "autre.toml")
    assert veilleur(*words).status == 0
    before = (home / "autre.toml").read_bytes()
    again = veilleur(*words)
    assert again.status == 0
    assert "0 outlets with 0 sources; 4 left out" in again.err
    assert "https://un.example/rss: it stands in autre.toml already" in again.err
    assert (home / "autre.toml").read_bytes() == before


def test_a_list_that_names_no_feed_is_said_to(veilleur: Veilleur, home: Path) -> None:
    (home / "flux.opml").write_text('<opml version="2.0"><body><outline type="rss" text="Sans"/></body></opml>')
    ran = veilleur("outlets", "import", "flux.opml")
    assert (ran.status, "0 outlets with 0 sources; 1 left out" in ran.err) == (1, True)
    assert "Sans: it names no feed (xmlUrl)" in ran.err


@pytest.mark.parametrize("own", ["outlets = []\n", "ceci n'est pas du TOML", '[[outlets]]\nid = "faux"\n'])
def test_a_file_that_would_not_read_well_is_left_as_it_is(veilleur: Veilleur, home: Path, own: str) -> None:
    (home / "autre.toml").write_text(own)
    ran = veilleur("outlets", "import", "flux.opml", "--into", "autre.toml")
    assert ran.status == 2
    assert "left as it is" in ran.err
    assert (home / "autre.toml").read_text() == own
    assert not list(home.glob(".autre*"))


def test_a_link_to_a_file_stays_a_link(veilleur: Veilleur, home: Path) -> None:
    (home / "vrai.toml").write_text(OWN)
    (home / "lien.toml").symlink_to("vrai.toml")
    assert veilleur("outlets", "import", "flux.opml", "--into", "lien.toml").status == 0
    assert (home / "lien.toml").is_symlink()
    assert "un.example" in (home / "vrai.toml").read_text()


@pytest.mark.parametrize(("file", "said"), [("absent.opml", "cannot be read"), ("veilleur.toml", "this is no OPML")])
def test_what_cannot_be_imported_is_said(veilleur: Veilleur, home: Path, file: str, said: str) -> None:
    (home / "veilleur.toml").write_text(OWN)
    ran = veilleur("outlets", "import", file)
    assert (ran.status, said in ran.err) == (2, True)


def test_an_export_imports_again(veilleur: Veilleur, home: Path) -> None:
    exported = veilleur("outlets", "export", "--group", "category").out
    assert exported.startswith("<?xml")
    (home / "tous.opml").write_text(exported)
    ran = veilleur("outlets", "import", "tous.opml")
    assert f"0 outlets with 0 sources; {len(bundled_catalogue())} left out" in ran.err


def test_an_export_never_replaces_a_file(veilleur: Veilleur, home: Path) -> None:
    assert veilleur("outlets", "export", "sortie.opml").status == 0
    first = (home / "sortie.opml").read_bytes()
    ran = veilleur("outlets", "export", "sortie.opml", "--group", "category")
    assert ran.status == 2
    assert "is there already" in ran.err
    assert (home / "sortie.opml").read_bytes() == first
