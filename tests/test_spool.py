"""The folder of kept polls, while others write and take away in it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from pipeline.shelf import Shelf
from pipeline.spool import Spool

POLLS = 600


def test_it_can_be_measured_and_cleaned_while_others_write_and_take_away(tmp_path: Path) -> None:
    spool = Spool(Shelf(str(tmp_path)), 2**30, lambda: datetime(2024, 1, 1, tzinfo=UTC))

    def write(source: str) -> None:
        for _ in range(POLLS // 3):
            spool.begin(source).done()
            for kept in spool.waiting(source):
                spool.drop(kept)

    with ThreadPoolExecutor(4) as threads:
        writing = [threads.submit(write, source) for source in ("one", "two", "three")]

        def measure() -> int:
            times = 0
            while not all(each.done() for each in writing):
                spool.clean()
                assert spool.bytes >= 0
                assert not spool.is_full
                times += 1
            return times

        times = threads.submit(measure).result()
        for each in writing:
            each.result()
    assert times > 1
    assert spool.bytes == 0
    assert spool.summary() == (0, None)
