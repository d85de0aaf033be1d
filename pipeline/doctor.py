"""`claimwire doctor`: whether this installation can work: programs, configuration, disk, clock, the way out, Elasticsearch, rights,
channels.

Each examination says what it found and, where that is not good, what to do. Nothing is changed.
"""

import contextlib
import importlib.metadata
import os
import shutil
import stat
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from pyexpat import EXPAT_VERSION
from typing import Any

from elasticsearch import ApiError, Elasticsearch
from elasticsearch import __version__ as client_version
from packaging.requirements import Requirement

from pipeline import channels, run
from pipeline.config_files import read_alerting, read_roles
from pipeline.connection import client_of, connect
from pipeline.documents import moment
from pipeline.errors import ClaimwireError, ConfigError
from pipeline.examination import Finding, Level, good, warning, wrong
from pipeline.guard import Resolve, system_resolve
from pipeline.index import KINDS, Index
from pipeline.reach import is_local, link, outside
from pipeline.roles import RoleName, asked, held, role_name
from pipeline.settings import Settings
from pipeline.shelf import Shelf
from pipeline.spooling import spool_of
from pipeline.store_errors import translated

# Older ones let an entity of one line grow beyond all bounds.
EXPAT = (2, 4, 1)
# Less free space than that and the first busy day may end it; Elasticsearch itself stops writing at 95 % full.
FREE_BYTES = 2 * 2**30
FULL = 0.85
SKEW = timedelta(seconds=30)
# After so long without any feed that answered, nobody should take silence for "nothing happened".
SILENT = timedelta(hours=6)

DEFAULT_CONTACT = str(Settings.model_fields["contact"].default)


def examine(settings: Settings, resolver: Resolve = system_resolve) -> Iterator[Finding]:
    """All findings, in the order in which they should be mended. Names of the world outside are asked of that resolver."""
    yield from _programs()
    yield from _configuration(settings)
    yield from _places(settings)
    yield from _clock(settings)
    yield from _outside(settings, resolver)
    yield from link(settings)
    yield from _elasticsearch(settings)
    yield from _channels(settings)
    yield _heartbeat(settings)


# ------------------------------------------------------------------------------------------------ this machine
def _programs() -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield good("Python", python)
    else:
        yield wrong("Python", f"{python} is not supported", "Use Python 3.11, 3.12 or 3.13")
    if EXPAT_NUMBER >= EXPAT:
        yield good("expat", EXPAT_VERSION.removeprefix("expat_"))
    else:
        told = f"{EXPAT_VERSION.removeprefix('expat_')} does not stop feeds that grow without bounds"
        yield wrong("expat", told, "Use a Python that is built with expat 2.4.1 or later")
    yield from _packages()


def _packages() -> Iterator[Finding]:
    """What the package says it needs, against what is installed. Airflow may be absent, and is told for itself."""
    needed = [Requirement(line) for line in importlib.metadata.requires("claimwire") or ()]
    unfit = [told for each in needed if each.marker is None and (told := _unfit(each))]
    if unfit:
        yield wrong("packages", "; ".join(unfit), "Install what config/requirements/runtime.txt pins; in a checkout `make venv`")
    else:
        yield good("packages", f"{sum(each.marker is None for each in needed)} in the versions that are needed")
    for each in needed:
        if each.name == "apache-airflow":
            if told := _unfit(each):
                yield warning("Airflow", told, "Without it only the command line works: `pip install 'claimwire[airflow]'`")
            else:
                yield good("Airflow", importlib.metadata.version(each.name))


def _unfit(needed: Requirement) -> str | None:
    """What is wrong with the installed version of a package; None where it fits."""
    try:
        version = importlib.metadata.version(needed.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{needed.name} is not installed"
    return None if needed.specifier.contains(version, prereleases=True) else f"{needed.name} is {version}, needed is {needed.specifier}"


EXPAT_NUMBER = tuple(int(part) for part in EXPAT_VERSION.removeprefix("expat_").split("."))


def _configuration(settings: Settings) -> Iterator[Finding]:
    try:
        told = run.check(settings)
    except ClaimwireError as error:
        yield wrong("configuration", str(error), "`claimwire config check` says it again when it is mended")
        return
    yield good("configuration", "; ".join(told))
    if settings.contact == DEFAULT_CONTACT:
        yield warning("contact", "outlets that have a complaint cannot reach you", "Set CLAIMWIRE_CONTACT to an address or a page of yours")
    else:
        yield good("contact", settings.contact)


def _outside(settings: Settings, resolver: Resolve) -> Iterator[Finding]:
    with contextlib.suppress(ConfigError):  # told under configuration
        yield outside(settings, resolver)


def _places(settings: Settings) -> Iterator[Finding]:
    yield _disk("state", settings.state, "CLAIMWIRE_STATE")
    archive = _store("archive", settings.archive_base, "CLAIMWIRE_ARCHIVE")
    yield archive
    if archive.level is Level.GOOD and "://" not in settings.archive_base:
        yield _disk("archive's disk", Path(settings.archive_base), "CLAIMWIRE_ARCHIVE")
    if settings.shared:
        yield _store("shared files", settings.shared, "CLAIMWIRE_SHARED")
    if (file := Path(".env")).is_file():
        yield _env_file(file)
    yield _spool(settings)


def _spool(settings: Settings) -> Finding:
    number, oldest = spool_of(settings).summary()
    if oldest is None:
        return good("spool", "empty")
    told = f"{number} polls are kept, since {oldest:%Y-%m-%d %H:%M} UTC, for Elasticsearch was away"
    return warning("spool", told, "They are written at the next poll of each source")


def _env_file(file: Path) -> Finding:
    """The passwords of docker-compose.yml, where that is started here."""
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        told = f"{file.absolute()} has mode {mode:03o}: others on this machine can read its passwords, or change them"
        return wrong("passwords", told, f"chmod 600 {file.absolute()}; where others may have been, make new ones")
    return good("passwords", f"{file.absolute()} is for its owner's eyes alone")


def _disk(what: str, folder: Path, variable: str) -> Finding:
    place = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not os.access(place, os.W_OK):
        return wrong(what, f"{place} cannot be written to", f"Let the pipeline's user own it, or set {variable} to another folder")
    usage = shutil.disk_usage(place)
    told = f"{folder}: {usage.free / 2**30:.1f} GiB free"
    if usage.free < FREE_BYTES or usage.used / usage.total > FULL:
        return warning(what, f"{told}, {usage.used / usage.total:.0%} full", "Make room, or move it to a larger disk")
    return good(what, told)


def _store(what: str, base: str, variable: str) -> Finding:
    """Writes a small file there and takes it away again: rights and keys of an object store show only so."""
    probe = f".doctor-{uuid.uuid4().hex}"
    try:
        shelf = Shelf(base)
        shelf.write(probe, b"probe")
        read = shelf.read(probe)
        shelf.remove(probe)
    except Exception as error:  # noqa: BLE001  # each kind of store has its own errors; the finding tells it
        return wrong(what, f"{base} cannot be written to: {error}", f"See its rights and keys, or set {variable}")
    return good(what, base) if read == b"probe" else wrong(what, f"{base} gives back other bytes", "Use another store")


def _clock(settings: Settings) -> Iterator[Finding]:
    if settings.now is not None:
        yield warning("clock", f"stands at {settings.clock():%Y-%m-%d %H:%M} UTC", "Unset CLAIMWIRE_NOW; it is for replays")
    else:
        yield good("clock", f"{settings.clock():%Y-%m-%d %H:%M:%S} UTC; people are told times in {settings.time_zone}")


# ------------------------------------------------------------------------------------------------ Elasticsearch
def _elasticsearch(settings: Settings) -> Iterator[Finding]:
    with contextlib.closing(client_of(settings)) as client:
        try:
            with translated():
                yield _version(str(client.info()["version"]["number"]), settings)
                for look in (_health, _disks, _skew):
                    yield look(client)
                yield from _rights(settings)
                yield from _indices(connect(settings))
        except ClaimwireError as error:
            yield wrong("Elasticsearch", str(error), f"Start it, or mend ELASTICSEARCH_URL (now {_addresses(settings)})")


def _version(server: str, settings: Settings) -> Finding:
    client = ".".join(map(str, client_version))
    told = f"{server} at {_addresses(settings)}, client {client}"
    if server.split(".", maxsplit=1)[0] != client.split(".")[0]:
        return wrong("Elasticsearch", told, f"Server and client must be of one major version: use Elasticsearch {client.split('.')[0]}")
    if server.split(".")[:2] != client.split(".")[:2]:
        return warning("Elasticsearch", told, f"Nobody has tried these together: use Elasticsearch {'.'.join(client.split('.')[:2])}")
    return good("Elasticsearch", told)


def _addresses(settings: Settings) -> str:
    return ", ".join(map(_without_login, settings.store_urls))


def _without_login(url: str) -> str:
    scheme, _, rest = url.rpartition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if scheme else rest.rpartition("@")[2]


def _health(client: Elasticsearch) -> Finding:
    health = client.cluster.health()
    told = f"{health['status']}, {health['number_of_nodes']} nodes, {health['active_shards']} shards"
    if health["status"] == "red":
        return wrong("cluster", told, "Some documents cannot be read: `GET _cluster/allocation/explain` says why")
    if health["status"] == "yellow" and health["number_of_nodes"] > 1:
        return warning("cluster", told, "Copies are missing: `GET _cluster/allocation/explain` says why")
    return good("cluster", told)


def _disks(client: Elasticsearch) -> Finding:
    nodes = client.nodes.stats(metric="fs")["nodes"].values()
    full = {
        str(node["name"]): _fullness(node["fs"]["total"]) for node in nodes if node.get("fs", {}).get("total", {}).get("total_in_bytes")
    }
    told = ", ".join(f"{name} {share:.0%} full" for name, share in sorted(full.items())) or "not told"
    if any(share >= FULL for share in full.values()):
        return wrong("its disks", told, "From 85 % on it places no shards, at 95 % it stops all writing: make room")
    return good("its disks", told)


def _fullness(total: Mapping[str, Any]) -> float:
    return 1 - float(total["available_in_bytes"]) / float(total["total_in_bytes"])


def _skew(client: Elasticsearch) -> Finding:
    before = datetime.now(UTC)
    times = [datetime.fromtimestamp(node["timestamp"] / 1000, UTC) for node in client.nodes.stats(metric="os")["nodes"].values()]
    apart = max((max(before - time, time - datetime.now(UTC)) for time in times), default=timedelta(0))
    if apart > SKEW:
        return warning("its clock", f"{apart.total_seconds():.0f} s apart from this machine's", "Let both follow a time server")
    return good("its clock", "agrees with this machine's")


def _rights(settings: Settings) -> Iterator[Finding]:
    """Of each login whether it lacks what its roles in `roles.yml` give, and whether it may do more."""
    others = {RoleName.ALERTER: settings.alerter, RoleName.ERASER: settings.eraser}
    yield from _rights_of("rights", settings, (RoleName.WRITER, *(name for name, own in others.items() if own is settings)))
    for name, own in others.items():
        if own is not settings:
            yield from _rights_of(f"{name}'s rights", own, (name,))


def _rights_of(what: str, settings: Settings, names: Sequence[RoleName]) -> Iterator[Finding]:
    """By the security API, which the development node has not: then anybody who reaches the port may do everything."""
    rules = read_roles()
    roles = [rules.named(name) for name in names]
    with contextlib.closing(client_of(settings)) as client:
        aliases: dict[str, str] = {kind: connect(settings).alias(kind) for kind in KINDS}
        try:
            answer = client.security.has_privileges(**asked(roles, aliases))
        except ApiError as error:
            if error.status_code not in {400, 404, 405, 500}:
                raise
            yield _unsecured(what, settings)
            return
    found = held(roles, aliases, answer.body)
    meant = " and ".join(role_name(settings.index_prefix, name) for name in names)
    if found.lacking:
        remedy = f"Give it the role {meant}: `python -m pipeline.compose_users elasticsearch` makes it of config/roles.yml"
        yield wrong(what, f"{found.user} lacks {'; '.join(found.lacking)}", remedy)
    if found.beyond:
        remedy = f"Let the pipeline work as a user with the role {meant} alone"
        yield warning(f"too many {what}", f"{found.user} may also {'; '.join(found.beyond)}", remedy)
    if not found.lacking and not found.beyond:
        yield good(what, f"{found.user}: those of {meant} and no more")


def _unsecured(what: str, settings: Settings) -> Finding:
    if all(map(is_local, settings.store_urls)):
        return warning(what, "security is off", "Good for development on this machine alone; turn it on where others reach it")
    return wrong(what, "security is off: whoever reaches the port reads and deletes everything", "Turn on xpack.security.enabled")


def _indices(index: Index) -> Iterator[Finding]:
    missing = index.missing()
    if missing:
        yield wrong("indices", f"missing: {', '.join(missing)}", "`claimwire setup` makes them")
        return
    yield good("indices", f"all there, {index.count('articles')} articles")
    last = index.aggregate("sources", {"match_all": {}}, {"last": {"max": {"field": "answered"}}})["last"].get("value_as_string")
    if last is None:
        yield warning("last poll", "no feed has answered yet", "`claimwire collect`, or unpause the DAG ingest")
    elif datetime.now(UTC) - moment(last) > SILENT:
        yield warning(
            "last poll", f"no feed has answered since {last[:16]}", "See whether the DAG ingest runs; `claimwire collect` tells why"
        )
    else:
        yield good("last poll", f"{last[:16]} UTC")


# ------------------------------------------------------------------------------------------------ channels
def _channels(settings: Settings) -> Iterator[Finding]:
    try:
        found = read_alerting(settings).channels
    except ClaimwireError:
        return  # told under configuration
    for rules in found:
        unset = channels.missing(rules, settings)
        if unset is None:
            yield good(f"channel {rules.id}", rules.kind)
        else:
            yield warning(f"channel {rules.id}", f"closed: {unset} is not set", f"Set it, then `claimwire channels test {rules.id}`")


def _heartbeat(settings: Settings) -> Finding:
    if settings.heartbeat is None:
        told = "nobody hears of it when this machine stops, or the DAG watch"
        return warning("heartbeat", told, "Set CLAIMWIRE_HEARTBEAT to an address of a service that waits for calls")
    return good("heartbeat", "called by the DAG watch")
