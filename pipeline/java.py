"""Finds what the development node is built and run with: a JDK that is new enough, and Maven."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError

OLDEST = 21  # what Elasticsearch 9 asks for
TRIED = 25  # of several JDKs that will do, the one nearest to this: the node was measured with it
PLACES = (Path("/usr/lib/jvm"), Path("/Library/Java/JavaVirtualMachines"))
JDK_REMEDY = (
    f"Type `sudo apt-get install openjdk-{OLDEST}-jdk-headless` (or temurin-{TRIED}-jdk, or any other JDK from {OLDEST} on); "
    "a JDK that is elsewhere is found by JAVA_HOME"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jdk:
    home: Path
    version: int  # 21 for 21.0.4

    @property
    def java(self) -> Path:
        return self.home / "bin" / "java"


def find_jdk(environ: Mapping[str, str], places: Sequence[Path] = PLACES) -> Jdk:
    """JAVA_HOME where that is new enough, else a JDK beside the default `java`, else one of the system's. Raises ConfigError."""
    asked = _jdks(_named(environ))
    beside = _jdks(_beside_default(environ))
    installed = _jdks(home for place in places for home in _homes(place))
    for jdks in (asked, beside, installed):
        fit = [jdk for jdk in jdks if jdk.version >= OLDEST]
        if fit:
            return min(fit, key=lambda jdk: abs(jdk.version - TRIED))
    found = sorted({f"{jdk.version} in {jdk.home}" for jdk in (*asked, *beside, *installed)})
    raise ConfigError(f"no JDK of {OLDEST} or later (found: {', '.join(found) or 'none'})", key="JAVA_HOME", remedy=JDK_REMEDY)


def find_program(name: str, environ: Mapping[str, str], package: str) -> Path:
    """A program on the PATH. Raises ConfigError naming the package that has it."""
    path = shutil.which(name, path=environ.get("PATH", ""))
    if path is None:
        raise ConfigError(f"`{name}` is not on the PATH", key="PATH", remedy=f"Type `sudo apt-get install {package}`")
    return Path(path)


def _named(environ: Mapping[str, str]) -> Iterator[Path]:
    if environ.get("JAVA_HOME"):
        yield Path(environ["JAVA_HOME"])


def _beside_default(environ: Mapping[str, str]) -> Iterator[Path]:
    java = shutil.which("java", path=environ.get("PATH", ""))
    if java:
        yield from _homes(Path(java).resolve().parents[2])


def _homes(place: Path) -> Iterator[Path]:
    """The JDK homes in a folder of JDKs; on macOS a JDK keeps its home in Contents/Home."""
    for folder in sorted(place.glob("*/")):
        yield from (home for home in (folder, folder / "Contents" / "Home") if (home / "bin" / "java").exists())


def _jdks(homes: Iterable[Path]) -> list[Jdk]:
    """Those homes that hold a compiler and tell their version. A runtime without a compiler cannot build the node."""
    with_compiler = (home for home in homes if (home / "bin" / "javac").exists())
    return [Jdk(home=home, version=version) for home in with_compiler if (version := _version(home)) is not None]


def _version(home: Path) -> int | None:
    """What the `release` file says, else what the program says; None where neither does."""
    release = home / "release"
    said = release.read_text(encoding="utf-8", errors="replace") if release.is_file() else _ask(home / "bin" / "java")
    match = re.search(r'(?:JAVA_VERSION=|version )"(?:1\.)?(\d+)', said)
    return int(match[1]) if match else None


def _ask(java: Path) -> str:
    try:
        return subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr  # noqa: S603  # a found JDK
    except (OSError, subprocess.TimeoutExpired):
        return ""
