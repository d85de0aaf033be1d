"""A pipeline that runs on and on: `python -m tests.proofs.service`, one pass for each line on standard input.

The answer is a line of JSON: what went wrong, the resident memory in bytes and the number of open files after the pass.
"""

import json
import os
import sys
import traceback

import psutil

from pipeline import run
from pipeline.errors import ClaimwireError
from pipeline.settings import read_settings


def passes() -> list[str]:
    """All stages, each though the one before has failed; gives what failed. What is no error of ours ends the program."""
    wrong = []
    settings = read_settings()
    for stage in (run.run_collect, run.run_enrich, run.run_alert, run.run_revisit):
        try:
            stage(settings)
        except ClaimwireError as error:
            wrong.append(f"{stage.__name__}: {type(error).__name__}: {error}"[:200])
    return wrong


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a pass says is no answer
    run.check(read_settings())
    myself = psutil.Process()
    for _ in sys.stdin:
        try:
            wrong = passes()
        except Exception:
            traceback.print_exc()
            raise
        print(json.dumps({"wrong": wrong, "bytes": myself.memory_info().rss, "files": myself.num_fds()}), file=answers)


if __name__ == "__main__":
    main()
