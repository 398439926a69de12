#!/usr/bin/env bash
# Lints the templates, the shell inside the buildspecs and that of the emulator, with the tools of requirements.txt.
# Says nothing when all is well. The rules of our own are run by `cargo test -p tests --test guard`.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${LINT_BIN:-$PWD/.venv/tests/lint/bin}
found=0

templates=()
buildspecs=()
while IFS= read -r file; do
  case $file in *.buildspec.yaml) buildspecs+=("$file") ;; *) templates+=("$file") ;; esac
done < <(find infra examples templates -name '*.yaml' -o -name '*.template' | sort)

"$bin/cfn-lint" "${templates[@]}" || found=1

# Offline: checkov else asks its maker for texts on each check, and waits for an answer.
for template in "${templates[@]}"; do
  report=$("$bin/checkov" --file "$template" --framework cloudformation --quiet --compact --skip-download 2>&1) ||
    { printf '%s\n' "$report"; found=1; }
done

# Each command has a shell of its own and reads the functions from a file that the first one writes: here they are put
# back into one script, for shellcheck looks into no here-document.
script=$(mktemp)
trap 'rm -f "$script"' EXIT
for buildspec in "${buildspecs[@]}"; do
  "$bin/python" - "$buildspec" >"$script" <<'PYTHON'
import re
import sys
import yaml

buildspec = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
for phase in buildspec["phases"].values():
    script = "\n".join([*phase["commands"], *phase.get("finally", [])])
    print(re.sub(r"""^(cat >"\$WORK/steps" <<'STEPS'|STEPS)$|^\. "\$WORK/steps" && """, "", script, flags=re.M))
PYTHON
  "$bin/shellcheck" --shell bash "$script" || { echo "in $buildspec"; found=1; }
done

"$bin/shellcheck" package/progress.sh package/cloud.sh || found=1

# The emulated CodeBuild puts assignments in front of it.
"$bin/shellcheck" --shell sh --exclude SC2088,SC2154 emulator/services/codebuild/src/run/ssh.sh || found=1

# The input shapes are those of the operations that are served, if there is an AWS CLI to cut them from.
if [ -x .venv/emulator/bin/python ]; then
  .venv/emulator/bin/python emulator/shapes.py --check || found=1
  "$bin/python" emulator/properties.py --check || found=1
fi

exit "$found"
