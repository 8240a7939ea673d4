"""The pictures of the README, taken from the real pages: `python -m tests.browser.screenshots` from the top folder.

Writes `tests/browser/pictures`. Needs what the browser tests need. The pages are light, the text is not scaled.
"""

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from tests.browser.browser import browser, missing, sandbox

FOLDER = Path(__file__).parent / "pictures"
MOST_BYTES = 150_000
_COLOURS = 128
_WIDE, _CARD = {"width": 1440, "height": 900}, {"width": 640, "height": 900}


def take(page: Any, name: str, path: str, part: str = "", height: int = 0) -> None:
    """One picture of a page, of a part of it, or of its upper edge down to a height."""
    page.goto(path)
    target = page.locator(part).first if part else page
    clip = {} if part else {"clip": {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": height}}
    file = FOLDER / f"{name}.png"
    image = Image.open(BytesIO(target.screenshot(animations="disabled", **clip)))
    image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    size = file.stat().st_size
    print(f"{file.name}: {size} bytes")
    if size > MOST_BYTES:
        sys.exit(f"{file.name} has more than {MOST_BYTES} bytes")


def main() -> None:
    """All pictures of the README."""
    if missing():
        sys.exit(missing())
    FOLDER.mkdir(exist_ok=True)
    with sandbox() as address, browser() as chromium:
        wide = chromium.new_page(base_url=address, viewport=_WIDE)
        take(wide, "bench", "/scenario/orphan-add-on", height=900)
        card = chromium.new_page(base_url=address, viewport=_CARD)
        take(card, "coding-card", "/scenario/orphan-add-on", ".card")
        take(card, "clarification-card", "/scenario/conflicting-lesion", ".card:nth-of-type(2)")


if __name__ == "__main__":
    main()
