"""One English text: the scene, and what its parse, its words and its author tell."""

from dataclasses import dataclass

from pipeline.enrich.hearing import Ear
from pipeline.enrich.past import Past
from pipeline.enrich.scene import Scene
from pipeline.enrich.speakers import Cast
from pipeline.model import Speaker
from pipeline.words import LanguageRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    scene: Scene
    cast: Cast
    words: LanguageRules
    ear: Ear
    past: Past
    author: Speaker | None  # of an opinion piece
