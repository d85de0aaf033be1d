"""What else in an article limits an acknowledgement."""

from dataclasses import replace

from pipeline.enrich.extent import with_limits
from pipeline.model import Act, Speaker, SpeakerKind
from tests.builders import a_statement

CONCEDED = a_statement("Kyiv accused Iran of sending drones.", act=Act.ACKNOWLEDGEMENT, sentences=(1,), claims=("x",))


def test_a_denial_by_the_same_speaker_in_the_same_sentence_denies_the_rest() -> None:
    assert with_limits([CONCEDED, replace(CONCEDED, act=Act.DENIAL)])[0].partial
    elsewhere = a_statement(sentences=(0,))
    other = replace(CONCEDED, act=Act.DENIAL, speaker=Speaker(name="Russia", kind=SpeakerKind.COUNTRY, side="RU"))
    assert not with_limits([CONCEDED, elsewhere, other])[0].partial


def test_what_one_sentence_limits_another_on_the_same_claim_does_not_concede_whole() -> None:
    limited = a_statement(act=Act.ACKNOWLEDGEMENT, partial=True, claims=("x",))
    assert with_limits([CONCEDED, limited])[0].partial
    assert not with_limits([CONCEDED, replace(limited, claims=("y",))])[0].partial
    assert not with_limits([CONCEDED, replace(limited, background=True)])[0].partial
