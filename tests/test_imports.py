"""Imports run one way: core ← edges ← shell ← command line and DAGs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.config_files import EXTRACTION
from pipeline.reading import CODE

ROOT = Path(__file__).parent.parent
CORE = {
    "model", "answers", "findings", "errors", "rules", "merging", "source_rules", "alert_rules", "words",
    "addresses", "plaintext", "language", "chrome", "metadata", "extract", "feeds", "samplefeeds", "gazetteer",
    "documents", "alerts", "enrich", "topic", "charsets", "spelling", "maintext", "actors", "spans", "explain",
    "structured", "dates", "canonical", "bodies", "walls", "habits", "copies", "origins", "versions", "utterances", "messages", "outbox",
    "differences", "evidence", "rule_check", "claims", "render", "wording", "moments", "grounds", "simulate", "story", "tables",
    "silences", "slots", "entries", "sitemaps", "listpages", "telegram", "gdelt", "markup", "pdf", "keys", "source_text", "source_looks",
    "source_troubles", "source_report", "source_tables", "opml", "site_links", "rhythm", "publishers", "asking", "source_state",
    "health", "alarms", "metrics", "redaction", "unquoting", "roles", "examination", "dashboards", "lens", "kibana", "brief", "charts",
    "queries", "judged", "claim_rules",
}  # fmt: skip
EDGES = {
    "layers", "settings", "config_files", "workers", "connection",
    "fetch", "turns", "guard", "robots", "wire", "parsers", "archive", "index", "channels", "node", "java",
    "reading", "samples", "lease", "snapshots", "upgrade", "delivery", "webhook", "services", "receipts", "shelf", "atom", "source_file",
    "heartbeat", "logs", "pinned", "store_errors", "spool", "reach", "kibana_api",
}  # fmt: skip
SHELL = {
    "collect", "polling", "following", "discovery", "world",
    "fuller", "links",
    "visit", "run", "reads", "airflow_local", "demo", "compose_env", "compose_users", "strangers", "unread", "kin", "revisit",
    "tasks", "reprocess", "reports", "deciding", "delivering", "taking_back", "alerting", "ledger", "standing", "answering",
    "lookup", "overlay", "topics", "silencing", "reviews", "rehearsal", "tracing", "doctor", "quarantine", "losses", "source_check",
    "source_past", "source_finder", "source_record", "spooling", "runs", "measuring", "watching", "forgotten", "rehoming", "erasure",
    "forgetting", "pruning", "briefing", "searching", "reviewing", "backfill", "topical",
}  # fmt: skip
OUTSIDE = {
    "cli", "cli_alert", "cli_channels", "cli_config", "cli_topic", "cli_ledger", "cli_store", "cli_status", "cli_quarantine",
    "cli_sources", "cli_sources_add", "cli_health", "cli_retention", "cli_kibana", "cli_brief", "cli_search", "cli_review",
    "cli_backfill", "terminal", "__main__", "__init__",
}  # fmt: skip


def module_of(file: Path) -> str:
    return file.relative_to(ROOT / "pipeline").parts[0].removesuffix(".py")


def imported(file: Path) -> set[str]:
    """The modules of the package that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "pipeline":
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("pipeline.")}
    return found - {"__version__"}


FILES = sorted((ROOT / "pipeline").rglob("*.py"))


def test_every_module_has_its_place() -> None:
    assert {module_of(file) for file in FILES} - CORE - EDGES - SHELL == OUTSIDE


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_run_one_way(file: Path) -> None:
    allowed = CORE if module_of(file) in CORE else CORE | EDGES if module_of(file) in EDGES else CORE | EDGES | SHELL | OUTSIDE
    assert imported(file) <= allowed | {module_of(file)}


def test_the_digest_of_extraction_covers_what_extraction_imports() -> None:
    needed, waiting = set(), {"extract"}
    while waiting:
        needed |= waiting
        waiting = {name for each in waiting for name in imported(ROOT / "pipeline" / f"{each}.py")} - needed
    assert set(EXTRACTION) == needed - {"model", "errors", "rules", "addresses"}


def test_the_digest_of_reading_covers_what_reading_imports() -> None:
    needed, waiting = set(), {"enrich"}
    while waiting:
        needed |= waiting
        waiting = {name for file in FILES if module_of(file) in waiting for name in imported(file)} - needed
    assert set(CODE) == needed - {"model"}


def test_only_the_shell_and_dags_import_run() -> None:
    importers = {module_of(file) for file in FILES if "run" in imported(file)}
    assert importers == {"backfill", "cli", "cli_alert", "cli_brief", "cli_config", "cli_status", "cli_topic", "demo", "doctor"}


def test_the_package_imports_without_airflow() -> None:
    code = "import sys; sys.modules['airflow'] = None; import pipeline.cli, pipeline.run, pipeline.reads; print('fine')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout == "fine\n", done.stderr
