"""Pictures of a brief as people see it: `python -m tests.screens BRIEF.html FOLDER` writes it at 1280 and at 390 pixels."""

import sys
from pathlib import Path

from tests.chromium import chromium, opened

WIDTHS = (1280, 390)
HEIGHT = 1250


def pictures(file: Path, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with chromium() as browser:
        for width in WIDTHS:
            page = opened(browser, file.absolute(), width=width).page
            page.set_viewport_size({"width": width, "height": HEIGHT})
            made.append(folder / f"brief-{width}.png")
            page.screenshot(path=made[-1])
    return made


if __name__ == "__main__":
    print(*pictures(Path(sys.argv[1]), Path(sys.argv[2])), sep="\n")
