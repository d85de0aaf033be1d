"""The sample outlets replayed in the order of publication, against the alerts that should come of it."""

from pipeline.index import Index
from pipeline.settings import Settings
from tests.replay import annotated, listed, publications, replay, same_as_pairs, scored, told, utterance_pairs

# Floors; they only go up.
ALERTS = 1.0
PAIRS = (0.79, 0.83)


def test_the_annotated_statements_set_off_the_alerts_that_they_should(settings: Settings, index: Index) -> None:
    shown = publications()
    replay(shown, index, settings, annotated(shown))
    found = scored(told(index, shown), shown)
    assert (found.precision, found.recall) >= (ALERTS, ALERTS), "\n".join(listed(found, shown))

    wanted, made = same_as_pairs(shown), utterance_pairs(index, shown)
    right = len(wanted & made)
    assert (right / len(made), right / len(wanted)) >= PAIRS
    assert right / len(wanted) >= PAIRS[1]
