"""Writes the .env of docker-compose.yml.

    python -m pipeline.compose_env [FILE]

It is the shipped config/compose.env with a fresh secret wherever one is marked as generated.
"""

import base64
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline.errors import ClaimwireError, ConfigError
from pipeline.settings import shipped

Secret = Callable[[], str]

SECRETS: Mapping[str, Secret] = {
    "token": lambda: secrets.token_urlsafe(32),  # 43 characters that need no quoting in a URL, a shell or this file
    "fernet": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}
MARKED = re.compile(r"^(# generated: (\w+)\n)(\w+)=$", re.MULTILINE)


def fill(template: str, kinds: Mapping[str, Secret] = SECRETS) -> str:
    """The template with a secret of its kind behind every name that follows a "# generated: kind" line."""
    return MARKED.sub(lambda match: f"{match[1]}{match[3]}={kinds[match[2]]()}", template)


def write_env(file: Path, template: str) -> None:
    """Write the filled template, for its owner's eyes alone. Raises ConfigError where the file is there: its passwords are in use."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        remedy = "The volumes know its passwords; to begin anew, `docker compose down --volumes` and delete it"
        raise ConfigError("is there already, and stays as it is", file=file, remedy=remedy) from error
    except OSError as error:
        raise ConfigError(error.strerror or str(error), file=file) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        output.write(fill(template))


def main(arguments: Sequence[str]) -> int:
    file = Path(arguments[0] if arguments else ".env")
    template = shipped("config") / "compose.env"
    try:
        if not template.is_file():
            raise ConfigError("is not there", file=template, remedy="Run this in a checkout, which has docker-compose.yml too")
        write_env(file, template.read_text(encoding="utf-8"))
    except ClaimwireError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"wrote {file} with fresh passwords; next: docker compose up --build -d")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
