"""The brief is for everybody: judged by axe, in light and in dark, wide and narrow."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from pipeline.brief import as_html
from tests.briefs import a_brief
from tests.chromium import chromium, opened


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(dark: bool, tmp_path: Path) -> None:
    file = tmp_path / "brief.html"
    file.write_text(as_html(a_brief()), encoding="utf-8")
    with chromium() as browser:
        for width in (390, 1280):
            found = Axe().run(opened(browser, file, width=width, dark=dark).page).response
            serious = [each for each in found["violations"] if each["impact"] in {"serious", "critical"}]
            assert not serious, [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in serious]
            assert len(found["passes"]) > 15
