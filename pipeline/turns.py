"""Whose turn it is: starts of requests to one host are spaced out, whichever thread, process or topic makes them.

Those to different hosts don't wait for each other. Processes of one machine meet in a folder, in a file per host that holds when it
is free again, by the clock that all of them share and that nobody sets.
"""

import fcntl
import hashlib
import threading
import time
from pathlib import Path

# A queue longer than that is none: the machine was started anew, and its clock with it.
LONGEST = 600.0


class Turns:
    """`folder` is where processes meet; without one, or where it cannot be written, the threads of this process alone."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._free_at: dict[str, float] = {}  # monotonic
        self._lock = threading.Lock()

    def wait(self, host: str, delay: float) -> float:
        """Sleeps until the host may be called, and gives the seconds slept; the next turn is `delay` seconds later."""
        with self._lock:
            now = time.monotonic()
            start = self._among_processes(host, delay, now)
            if start is None:
                start = self._among_threads(host, delay, now)
        if start > now:
            time.sleep(start - now)
        return start - now

    def _among_threads(self, host: str, delay: float, now: float) -> float:
        start = max(now, self._free_at.get(host, 0.0))
        self._free_at[host] = start + delay
        if len(self._free_at) > 10_000:  # hosts of a long run: those whose time has passed carry no information
            self._free_at = {each: free for each, free in self._free_at.items() if free > now}
        return start

    def _among_processes(self, host: str, delay: float, now: float) -> float | None:
        if self._folder is None or delay <= 0:
            return None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # The name comes from a stranger's address, and says nothing as a file's.
            with (self._folder / hashlib.sha256(host.encode()).hexdigest()[:32]).open("a+", encoding="ascii") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed
                file.seek(0)
                free = _time(file.read())
                start = free if now < free <= now + LONGEST else now
                file.truncate(0)
                file.write(f"{start + delay:.3f}")
        except OSError:
            return None
        return start


def _time(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # nobody was here before, or was killed while writing
        return 0.0
