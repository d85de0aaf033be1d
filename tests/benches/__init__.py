"""How fast it is, as ratios: each bench does the same work twice in turns, our way and the way that it is held against.

`python -m tests.benches [NAME…]` (or `make bench`) prints a table and leaves it as JSON in .claimwire/bench.json.
"""
