"""The same DAGs past one machine: Celery's workers, PostgreSQL, Redis, three nodes of Elasticsearch. `make test-cluster`."""
