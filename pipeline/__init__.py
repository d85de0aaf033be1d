"""claimwire: who accuses whom, who denies, who admits; read from the news as it appears."""

__version__ = "0.1.0"
