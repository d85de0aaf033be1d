"""Runs a back-fill: archives one after the other, or several side by side, in a process each."""

import ctypes
import multiprocessing
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from multiprocessing.context import BaseContext
from multiprocessing.queues import SimpleQueue
from threading import Thread

import structlog

from pipeline import logs
from pipeline.backfill.gate import Gate
from pipeline.backfill.inputs import Input
from pipeline.backfill.loading import Loader, Progress, load
from pipeline.backfill.records import MAX_BLOCK
from pipeline.config_files import read_topic
from pipeline.errors import ConfigError, Unavailable
from pipeline.publishers import Owners
from pipeline.run import desk_of, world_of
from pipeline.settings import Settings, secret_values

log = structlog.get_logger(__name__)

# mallopt(3): memory at the heap's end is given back beyond the first; what is larger than the second is mapped by itself.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 64 * 2**20

Told = Callable[[Progress], None]
FAILED = "failed"


def backfill(
    sources: Sequence[Input], settings: Settings, told: Told, *, processes: int = 1, strangers: bool = True, again: bool = False
) -> Counter[str]:
    """Takes the articles out of archives, each from where it was left; alerts nobody. Counts as `loading.load` does, over all of them.

    One that cannot be read to its end costs itself: `failed` are counted, their reasons logged. Raises StoreUnavailable.
    """
    if processes == 1 or len(sources) == 1:
        return _in_turn(sources, settings, told, strangers=strangers, again=again)
    context = _context(settings)
    queue: SimpleQueue[Progress | None] = context.SimpleQueue()
    listener = Thread(target=_pass_on, args=(queue, told), daemon=True)
    counts: Counter[str] = Counter()
    pool = ProcessPoolExecutor(min(processes, len(sources)), mp_context=context, initializer=_begin, initargs=(queue,))
    try:
        running = [pool.submit(_alone, source, settings, strangers=strangers, again=again) for source in sources]
        listener.start()  # only now: what is forked has no thread but its own
        for each in as_completed(running):
            counts += each.result()
    finally:
        pool.shutdown(cancel_futures=True)
        if listener.is_alive():
            queue.put(None)
            listener.join()
    return counts


def _context(settings: Settings) -> BaseContext:
    """How processes begin: as forks that have the reader in memory already, which takes each of them seconds else; where there are threads,
    with which a fork is not safe, out of a server that has none and has imported everything."""
    if threading.active_count() == 1:
        from pipeline.reading import open_reader  # noqa: PLC0415  # spaCy takes a second

        open_reader(settings)
        return multiprocessing.get_context("fork")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([__name__])
    return server


def backfill_whole(sources: Sequence[Input], settings: Settings, *, strangers: bool, again: bool) -> dict[str, int]:
    """The same for a scheduler's task. Raises Unavailable where one was not read to its end, so that the task is tried again."""
    counts = _in_turn(sources, settings, _log, strangers=strangers, again=again)
    if counts[FAILED]:
        raise Unavailable(f"{counts[FAILED]} of {len(sources)} archives were not read to their end", sources[0].shown)
    return dict(sorted(counts.items()))


def _log(progress: Progress) -> None:
    of = f"{progress.place / progress.size:.0%}" if progress.size else f"{progress.place} bytes"
    log.info("an archive is being read", archive=progress.address, place=of, seconds=round(progress.seconds), counts=dict(progress.counts))


def _keep_freed_memory() -> None:
    """Has the C library keep what pages have lain in for the next ones: given back and asked for again with each page of some hundred
    kilobytes, memory costs a tenth of the time of reading an archive. Elsewhere than with glibc nothing happens.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
        library.mallopt(_MMAP_THRESHOLD, MAX_BLOCK)


def _in_turn(sources: Sequence[Input], settings: Settings, told: Told, *, strangers: bool, again: bool) -> Counter[str]:
    _keep_freed_memory()
    topic = read_topic(settings)
    counts: Counter[str] = Counter()
    with world_of(settings) as world:
        loader = Loader(
            world=world,
            desk=desk_of(world.index, settings),
            gate=Gate(topic),
            owners=Owners(world.outlets),
            strangers=strangers,
            progress=told,
        )
        for source in sources:
            try:
                counts += load(source, loader, again=again)
            except (ConfigError, Unavailable) as error:
                log.error("an archive cannot be read to its end", archive=source.shown, reason=str(error))
                counts[FAILED] += 1
    return counts


# ---- in a process of its own

_QUEUE: list[SimpleQueue[Progress | None]] = []


def _begin(queue: SimpleQueue[Progress | None]) -> None:
    logs.to_stream(sys.stderr, secret_values())
    _QUEUE.append(queue)


def _alone(source: Input, settings: Settings, *, strangers: bool, again: bool) -> Counter[str]:
    return _in_turn([source], settings, _QUEUE[0].put, strangers=strangers, again=again)


def _pass_on(queue: SimpleQueue[Progress | None], told: Told) -> None:
    while (each := queue.get()) is not None:
        told(each)
