"""What a worker calls itself: as if each were a machine of its own."""

import os


def hostname() -> str:
    return os.environ.get("CLUSTER_HOST", "main")
