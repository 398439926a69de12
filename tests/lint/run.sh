#!/usr/bin/env bash
# Lints the templates, and the shell inside the buildspecs, with the tools of requirements.txt. Says nothing when all is
# well. The rules of our own are run by `cargo test -p tests --test guard`.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${LINT_BIN:-$PWD/.venv/bin}
found=0

templates=()
buildspecs=()
for file in infra/*.yaml; do
  case $file in *.buildspec.yaml) buildspecs+=("$file") ;; *) templates+=("$file") ;; esac
done

"$bin/cfn-lint" "${templates[@]}" || found=1

# Offline: checkov else asks its maker for texts on each check, and waits for an answer.
for template in "${templates[@]}"; do
  report=$("$bin/checkov" --file "$template" --framework cloudformation --quiet --compact --skip-download 2>&1) ||
    { printf '%s\n' "$report"; found=1; }
done

# CodeBuild runs the commands of all phases in one shell, so they are one script.
script=$(mktemp)
trap 'rm -f "$script"' EXIT
for buildspec in "${buildspecs[@]}"; do
  "$bin/python" - "$buildspec" >"$script" <<'PYTHON'
import sys
import yaml

buildspec = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
for phase in buildspec["phases"].values():
    print(*phase["commands"], *phase.get("finally", []), sep="\n")
PYTHON
  "$bin/shellcheck" --shell bash "$script" || { echo "in $buildspec"; found=1; }
done

exit "$found"
