#!/usr/bin/env bash
# Loads docker-compose.yml with Docker Compose's own loader and a freshly generated .env; needs Go, no container engine.
# Then proves that the check bites: without the .env, and without any one of its variables, the same file is refused.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
cd "$root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python=.venv/bin/python
[ -x "$python" ] || python=python3
"${PYTHON:-$python}" -m pipeline.compose_env "$work/.env" > "$work/said"
go -C "$here" build -o "$work/check" .

# An empty environment: what a developer has exported must not stand in for what the .env lacks.
check() { env -i HOME="$HOME" PATH="$PATH" "$work/check" "$root/docker-compose.yml" "$1"; }
check "$work/.env"

refused=0
while IFS='=' read -r name _; do
  grep -v "^$name=" "$work/.env" > "$work/without"
  if check "$work/without" > "$work/said" 2>&1; then
    echo "docker-compose.yml is accepted without $name" >&2
    exit 1
  fi
  refused=$((refused + 1))
done < <(grep -E '^[A-Z_]+=' "$work/.env")
if check "$root/config/compose.env" > "$work/said" 2>&1; then
  echo "docker-compose.yml is accepted with the template, which has no passwords" >&2
  exit 1
fi
echo "refused without each of $refused variables, and with the bare template"
