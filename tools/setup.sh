# shellcheck shell=bash
# Set-up that ./run and ./test share: the packages of tools/packages.txt and the builds.
# To be sourced, with the repository as the working directory.

# The packages of the purposes named, one a line.
packages_for() {
  local purpose
  for purpose in "$@"; do
    awk -v purpose="$purpose" '$1 == purpose { print $2 }' tools/packages.txt
  done
}

# Installs what is missing for the purposes named; at once when all is there.
need_packages() {
  local wanted missing=() package
  mapfile -t wanted < <(packages_for "$@")
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "This is not a Debian system. Install what tools/packages.txt lists for: $*" >&2
    echo "and build by hand (CONTRIBUTING.md)." >&2
    return 1
  fi
  local installed # dpkg-query fails when it does not know one of them
  installed=$({
    dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true
  } | awk '$1 == "installed" { print $2 }')
  for package in "${wanted[@]}"; do
    grep -qxF "$package" <<<"$installed" || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0

  echo "These Debian packages are needed and missing:"
  for package in "${missing[@]}"; do
    awk -v package="$package" \
      '$2 == package { why = $3; for (i = 4; i <= NF; i++) why = why " " $i
                       printf "  %-22s %s\n", package, why }' tools/packages.txt
  done
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Installing needs root: run  apt-get install ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing them with apt-get (a few minutes; what it says goes to $(setup_log))."
  install_packages "${missing[@]}" && return 0
  # The lists of packages may be missing or old.
  if ! "${as_root[@]}" apt-get update -q >"$(setup_log)" 2>&1; then
    show_failure "apt-get update"
    return 1
  fi
  install_packages "${missing[@]}" || show_failure "apt-get install"
}

# Node and npm for the dashboard; those of another source than Debian are taken as they are.
need_node() {
  command -v node >/dev/null && command -v npm >/dev/null && return 0
  need_packages dashboard
}

# Uses as_root of the caller. --no-remove: never exchange a package that somebody installed.
install_packages() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-remove \
    --no-install-recommends "$@" >"$(setup_log)" 2>&1 </dev/null
}

setup_log() {
  mkdir -p build
  echo build/setup.log
}

show_failure() {
  echo "$1 failed:" >&2
  tail -n 20 "$(setup_log)" >&2
  return 1
}

# Runs a command that reports like ninja ("[12/345] ..."). On a terminal as it is; otherwise every
# twentieth step, the last one, and everything else that it prints.
readable() {
  if [ -t 1 ]; then
    "$@"
    return
  fi
  "$@" 2>&1 | while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
      ((BASH_REMATCH[1] % 20 == 0 || BASH_REMATCH[1] == BASH_REMATCH[2])) || continue
    fi
    printf '%s\n' "$line"
  done
  return "${PIPESTATUS[0]}"
}

# Configures a preset once; ninja does it again by itself when a CMake file changes.
configure() {
  local preset=$1
  shift
  [ -f "build/$preset/build.ninja" ] && return 0
  mkdir -p "build/$preset"
  if ! cmake --preset "$preset" "$@" >"build/$preset/configure.log" 2>&1; then
    cat "build/$preset/configure.log" >&2
    return 1
  fi
}

# The binary that is shipped: build/release/bin/mih.
build_release() {
  configure release -DMIH_TESTS=OFF || return 1
  readable cmake --build --preset release --target mih
}

# The simulation of the same build: build/release/bin/simulation_run.
build_simulation() {
  configure release -DMIH_TESTS=OFF || return 1
  readable cmake --build --preset release --target simulation_run
}

# The unit tests under the sanitizers: build/asan/bin/*_test.
build_unit_tests() {
  configure asan || return 1
  readable cmake --build --preset asan
}

build_simulation_test() {
  configure asan || return 1
  readable cmake --build --preset asan --target simulation_test
}

# The libFuzzer targets, of the same objects: build/asan/bin/*_fuzz.
build_fuzz_targets() {
  configure asan || return 1
  readable cmake --build --preset asan --target fuzz_targets
}
