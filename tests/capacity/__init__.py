"""How much one machine does, and what more would need: `make capacity` measures each piece of work, and plays the DAG with it."""
