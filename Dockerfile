# The slim image has Airflow and no providers: the full one brings some seventy whose pins ours would break.
FROM apache/airflow:slim-3.3.2-python3.11 AS airflow

FROM airflow AS wheel
COPY --chown=airflow:0 pyproject.toml README.md LICENSE /src/
COPY --chown=airflow:0 pipeline /src/pipeline
COPY --chown=airflow:0 config /src/config
COPY --chown=airflow:0 devnode /src/devnode
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /tmp/wheels /src

FROM airflow
# The lock is complete, hence --no-deps; that it is, and that it agrees with what the image has, is what `pip check` says.
COPY config/requirements/runtime.txt /tmp/runtime.txt
RUN pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes -r /tmp/runtime.txt
COPY --from=wheel /tmp/wheels /tmp/wheels
RUN pip install --no-cache-dir --no-deps --no-index /tmp/wheels/*.whl && pip check
# For clusters, where no folder is mounted.
COPY dags /opt/airflow/dags

# A new volume takes over the owner of the folder that it is mounted on. The empty airflow.cfg keeps Airflow from writing one of its
# own, with secrets that no other container has; everything is set by the environment.
USER root
RUN install -d -o airflow -g 0 -m 0775 /var/lib/claimwire/archive /var/lib/claimwire/state /opt/airflow/auth /opt/airflow/logs \
    && install -o airflow -g 0 -m 0660 /dev/null /opt/airflow/airflow.cfg \
    && rm -rf /tmp/runtime.txt /tmp/wheels
USER airflow
