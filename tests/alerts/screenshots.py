"""`make screenshots`: the golden mails as Chromium shows them, in three widths, light and dark, in var/screenshots.

`ONLY=week-fr make screenshots` takes those whose name begins so. Chromium is that of $CHROMIUM, or the first one on
the PATH.
"""

import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageChops

from tests.alerts.mails import FOLDER

SHOTS = Path("var/screenshots")
VARIABLE = "CHROMIUM"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = (390, 600, 1200)
SCHEMES = {"light": 1, "dark": 0}  # as Blink numbers preferred colour schemes
HEIGHT = 9000  # of the window: a longer mail is cut, a shorter one cropped


def main() -> int:
    browser = _browser()
    if browser is None:
        print(
            f"No Chromium was found: install it (Debian: apt-get install chromium), or set ${VARIABLE} to its path",
            file=sys.stderr,
        )
        return 2
    SHOTS.mkdir(parents=True, exist_ok=True)
    pages = sorted(FOLDER.glob(f"{os.environ.get('ONLY', '')}*.html"))
    shots = list(product(pages, WIDTHS, SCHEMES))
    with ThreadPoolExecutor(2) as pool:
        for shot in pool.map(lambda each: _take(browser, *each), shots):
            print(shot)
    return 0


def _browser() -> str | None:
    named = os.environ.get(VARIABLE)
    return next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)


def _take(browser: str, page: Path, width: int, scheme: str) -> Path:
    shot = SHOTS / f"{page.stem}-{width}-{scheme}.png"
    with TemporaryDirectory() as folder:
        shown = Path(folder) / "mail.html"
        shown.write_text(_with_pictures(page), "utf-8")
        subprocess.run(
            [browser, *_options(folder, width, scheme), f"--screenshot={shot.absolute()}", shown.as_uri()],
            check=True,
            capture_output=True,
            timeout=60,
        )
    _crop(shot)
    return shot


def _options(folder: str, width: int, scheme: str) -> Iterator[str]:
    yield from ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}")
    yield from (f"--window-size={width},{HEIGHT}", f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}")
    yield "--disable-features=Translate"


def _with_pictures(page: Path) -> str:
    """The page with its picture in it."""
    html, picture = page.read_text("utf-8"), page.with_suffix(".png")
    if not picture.exists():
        return html
    data = b64encode(picture.read_bytes()).decode()
    return re.sub('src="cid:[^"]*"', f'src="data:image/png;base64,{data}"', html)


def _crop(shot: Path) -> None:
    """Cuts off the empty rows below the mail."""
    with Image.open(shot) as taken:
        image = taken.convert("RGB")
    empty = Image.new("RGB", image.size, image.getpixel((0, image.height - 1)))
    box = ImageChops.difference(image, empty).getbbox()
    if box is not None:
        image.crop((0, 0, image.width, min(image.height, box[3] + 24))).save(shot)


if __name__ == "__main__":
    sys.exit(main())
