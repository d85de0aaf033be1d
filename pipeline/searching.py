"""What names mean when somebody searches: of the topic's actors, claims and outlets."""

from pipeline.actors import Actors
from pipeline.claim_rules import ClaimRules
from pipeline.config_files import read_config, read_sources
from pipeline.gazetteer import Gazetteer
from pipeline.queries import Names, spellings_of
from pipeline.settings import Settings


def names_of(settings: Settings) -> Names:
    actors = read_config(settings, "actors.yml", Actors)
    return Names(
        gazetteer=Gazetteer(actors),
        spellings=spellings_of(actors),
        states={state.code: state.name for state in actors.states if state.code},
        claims={family.id: family.title for family in read_config(settings, "claims.yml", ClaimRules).families},
        outlets={outlet.id: outlet.name for outlet in read_sources(settings).outlets},
    )
