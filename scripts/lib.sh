# Shared by setup, start and test: sourced, never run. Sets `root` and moves there.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
pinned_node="$root/node_modules/.bin/node"

fail() {
  printf '%s\n' "parvis: $*" >&2
  exit 1
}

require_tools() {
  local tool major
  for tool in node npm git; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is needed and was not found (Node 20 or newer, npm and git)"
  done
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || fail "Node 20 or newer is needed to install, this is $(node --version)"
}

# What an installation depends on: the lock, npm's settings and every manifest.
installation_hash() {
  local manifest
  for manifest in package-lock.json .npmrc package.json services/*/package.json gateway/package.json bench/package.json web/package.json; do
    if [ -f "$manifest" ]; then cat "$manifest"; fi
  done | git hash-object --stdin
}

# Installs only when something changed since the last complete installation. Output goes to a log that is shown on failure.
install_packages() {
  local stamp=node_modules/.cache/parvis/installed log wanted
  wanted=$(installation_hash)
  if [ -x "$pinned_node" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
  echo "parvis: installing packages, this takes a minute the first time" >&2
  log=$(mktemp)
  # npm warns about packages that ask for a newer Node than the machine's: they run under the pinned one, so only errors matter here.
  npm ci --no-audit --no-fund --loglevel=error >"$log" 2>&1 || {
    cat "$log" >&2
    fail "npm ci failed"
  }
  rm -f "$log"
  "$pinned_node" --version >/dev/null 2>&1 || fail "the pinned Node does not run: were install scripts switched off (ignore-scripts)?"
  mkdir -p "$(dirname "$stamp")"
  printf '%s\n' "$wanted" >"$stamp"
}

setup() {
  require_tools
  install_packages
  "$pinned_node" scripts/generate.ts
}
