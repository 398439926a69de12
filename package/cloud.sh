#!/usr/bin/env bash
# Makes and uploads a release in a build of CodeBuild: infra/package-cfn.yaml and the pipelines that test the solution run it in the
# root of the source. Given by the project: CFN_BUCKET_NAME, ARCH.
set -euo pipefail

# The images of CodeBuild have no Rust, or an older one (https://github.com/rust-lang/rustup/releases).
rustup=1.28.2
declare -A sums=(
  [x86_64]=20a06e644b0d9bd2fbdbfd52d42540bdde820ea7df86e92e533c073da0cdd43c
  [aarch64]=e3853c5a252fca15252d07cb23a1bdd9377a8c6f3efa01531109281ae47f841c
)

# rust-toolchain.toml names the toolchain, which the first run of cargo installs.
if [ -f rust-toolchain.toml ] && ! command -v cargo >/dev/null; then
  machine=$(uname -m)
  folder=$(mktemp -d)
  curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 5 --output "$folder/rustup-init" \
    "https://static.rust-lang.org/rustup/archive/$rustup/$machine-unknown-linux-gnu/rustup-init"
  sha256sum --check --strict --quiet <<<"${sums[$machine]}  $folder/rustup-init"
  chmod u+x "$folder/rustup-init"
  "$folder/rustup-init" -y --quiet --no-modify-path --profile minimal --default-toolchain none
  export PATH="$HOME/.cargo/bin:$PATH"
fi

make package
