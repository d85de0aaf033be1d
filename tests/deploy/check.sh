#!/usr/bin/env bash
# Reads the manifests of deploy/ as the operator and Kubernetes do; needs Go, no cluster. Then proves that the check bites.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
deploy=$here/../../deploy
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go -C "$here" build -o "$work/check" .

"$work/check" "$deploy/airflow-values.yaml" "$deploy/elasticsearch.yaml" "$deploy/setup.yaml"

refused() {
  if "$work/check" "$@" > "$work/said" 2>&1; then
    echo "accepted, though a field is misspelt: $*" >&2
    exit 1
  fi
}
for manifest in elasticsearch setup; do
  sed 's/^\( *\)spec:/\1spek:/' "$deploy/$manifest.yaml" > "$work/wrong.yaml"
  refused "$deploy/airflow-values.yaml" "$work/wrong.yaml"
done
sed 's/mountPath:/mountPaht:/' "$deploy/airflow-values.yaml" > "$work/wrong.yaml"
refused "$work/wrong.yaml" "$deploy/elasticsearch.yaml"
echo "refused with a misspelt field"
