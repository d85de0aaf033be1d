"""Reading articles: what two runs at once must not lose. The rest is tested where it is seen: test_run, test_revisit, test_reprocess."""

import pytest

from pipeline import unread
from pipeline.errors import StoreUnavailable
from pipeline.index import Index
from tests.builders import a_stored_statement


def test_a_statement_that_is_decided_on_while_its_article_is_read_is_not_overwritten(index: Index) -> None:
    statement = a_stored_statement()
    index.create("statements", [(statement.id, dict(statement.source))])
    read = index.get("statements", [statement.id])[statement.id]
    index.change("statements", [(read, {"novelty": "new"})])
    with pytest.raises(StoreUnavailable, match="decided on while"):
        unread._change([(read, {"removed": "2022-12-18T12:00:00Z"})], index)
    assert index.get("statements", [statement.id])[statement.id].source["novelty"] == "new"
