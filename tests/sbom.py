"""What is shipped, as a list for machines: `make sbom` writes a CycloneDX document from the locked requirements of the image.

    python -m tests.sbom [FILE]

Names, versions and hashes are those of the lock. Licences and who needs whom come from the installed packages, by `cyclonedx-py`;
what this environment lacks or tells in words of its own stands in config/requirements/licences.yml. Nothing is asked of the network.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from cyclonedx.contrib.hash.factories import HashTypeFactory
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License, LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.validation import ValidationError
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pip_requirements_parser import RequirementsFile

from pipeline import __version__

ROOT = Path(__file__).parent.parent
LOCKS = ROOT / "config" / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FORMAT = JsonV1Dot6
Pins = Mapping[str, tuple[str, tuple[str, ...]]]


def read_lock(file: Path) -> Pins:
    """Version and hashes ("sha256:…", one for each file of the release that may be installed) by the package's normal name."""
    pins = {}
    for line in RequirementsFile.from_file(str(file)).requirements:
        (specifier,) = line.specifier
        pins[str(canonicalize_name(line.name))] = (str(specifier.version), tuple(line.hash_options))
    return pins


def installed(python: Path) -> Bom:
    """What `cyclonedx-py` sees in that Python's environment."""
    # Only the finished document is checked against the schema; this one has hundreds of addresses more, and takes 20 s.
    command = [python, "-m", "cyclonedx_py", "environment", "--no-validate", "--output-reproducible", "--sv", "1.6", python]
    seen = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = Bom.from_json(json.loads(seen))  # type: ignore[attr-defined]  # made by its serializer
    assert isinstance(found, Bom)
    return found


def direct() -> set[str]:
    """The packages that the project names itself, with those of its extras."""
    lines = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    return {str(canonicalize_name(Requirement(line).name)) for line in lines}


def bill(pins: Pins, seen: Bom, told: Mapping[str, str]) -> Bom:
    """The document: the project, every pin with its hashes and licence, and who needs whom of them."""
    known = {str(canonicalize_name(each.name)): each for each in seen.components}
    made = {name: _component(name, *pin, _licences(name, known, told)) for name, pin in pins.items()}
    project = Component(
        name="claimwire",
        version=__version__,
        type=ComponentType.APPLICATION,
        bom_ref="claimwire",
        purl=PackageURL("generic", name="claimwire", version=__version__),
        licenses=[_licence(PROJECT["license"])],
    )
    document = Bom(components=made.values())
    document.metadata.component = project
    document.register_dependency(project, [made[name] for name in sorted(direct())])
    named = {str(each.bom_ref): name for name, each in known.items()}
    for dependency in seen.dependencies:
        if (name := named.get(str(dependency.ref), "")) in made:
            needed = {named.get(str(each.ref), "") for each in dependency.dependencies} & made.keys()
            document.register_dependency(made[name], [made[each] for each in sorted(needed)])
    return document


def _component(name: str, version: str, hashes: Sequence[str], licences: Sequence[License]) -> Component:
    purl = PackageURL("pypi", name=name, version=version)
    # Several files of one release, of which an installation takes one: hence no hashes of the component itself. An address is
    # wanted there, and which registry or mirror it comes from is the installation's own affair.
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(purl.to_string()),
        comment="the files of this release that may be installed",
        hashes=[HashTypeFactory().from_composite_str(each) for each in hashes],
    )
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=purl.to_string(),
        purl=purl,
        licenses=licences,
        external_references=[files],
    )


def _licences(name: str, known: Mapping[str, Component], told: Mapping[str, str]) -> Sequence[License]:
    """As the package declares them."""
    if name in told:
        return [_licence(told[name])]
    return list(known[name].licenses) if name in known else []


def _licence(expression: str) -> License:
    return LicenseFactory().make_from_string(expression, license_acknowledgement=LicenseAcknowledgement.DECLARED)


def make(lock: Path, python: Path = Path(sys.executable)) -> str:
    """The document as JSON. Raises ValueError where it would not be valid CycloneDX."""
    told = yaml.safe_load((LOCKS / "licences.yml").read_text(encoding="utf-8"))
    text = str(FORMAT(bill(read_lock(lock), installed(python), told)).output_as_string(indent=2))
    if (fault := validate(text)) is not None:
        raise ValueError(f"not valid CycloneDX: {fault}")
    return text


def validate(text: str) -> ValidationError | None:
    """What the format's own schema says against it, which comes with the library; None where all is well."""
    return JsonStrictValidator(FORMAT(Bom()).schema_version).validate_str(text)


def main(arguments: Sequence[str]) -> None:
    file = Path(arguments[0] if arguments else ROOT / ".claimwire" / "sbom.cdx.json")
    text = make(LOCKS / "runtime.txt")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n", encoding="utf-8")
    print(f"wrote {file}: {len(json.loads(text)['components'])} packages")


if __name__ == "__main__":
    main(sys.argv[1:])
