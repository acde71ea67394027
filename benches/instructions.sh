#!/usr/bin/env bash
# How many instructions one `get` costs, counted by valgrind so that the figures do not depend on the machine's load:
# the helper alone, and with the `git config` that it may start. Release build; needs valgrind, dbus and gnome-keyring.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --quiet
helper=$PWD/target/release/git-credential-bitbucket
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
cloud=$'protocol=https\nhost=bitbucket.org\ncapability[]=authtype\ncapability[]=state\n'
corp=$'protocol=https\nhost=git.corp.example\ncapability[]=authtype\ncapability[]=state\n'
token=ATATT3xFfGF0$(printf 'x%.0s' {1..180})
clean=(env -i HOME="$home" PATH=/usr/local/bin:/usr/bin:/bin GIT_CONFIG_NOSYSTEM=1)

count() { # count CHILDREN REQUEST VARIABLE… : instructions of one get, which must have answered
  local children=$1 request=$2
  shift 2
  printf '%s' "$request" | "${clean[@]}" "$@" valgrind --tool=callgrind --callgrind-out-file=/dev/null \
    --trace-children="$children" "$helper" get 2>"$home/count" >"$home/answer" || { cat "$home/count" >&2; exit 1; }
  grep -q '^\(password\|credential\)=' "$home/answer" || [ "${answerless:-}" ] || { cat "$home/count" >&2; exit 1; }
  sed -n 's/.*Collected : //p' "$home/count" | awk '{ sum += $1 } END { printf "%.2f", sum / 1e6 }'
}

row() { # row NAME REQUEST VARIABLE…
  local name=$1 request=$2
  shift 2
  printf '| %-44s | %8s | %8s |\n' "$name" "$(count no "$request" "$@")" "$(count yes "$request" "$@")"
}

printf '| %-44s | %8s | %8s |\n|---|---|---|\n' 'one `get`, in millions of instructions' alone 'with git'
row 'BITBUCKET_TOKEN, bitbucket.org' "$cloud" BITBUCKET_TOKEN="$token"
printf '%s\n' "$token" >"$home/token"
row 'BITBUCKET_TOKEN_FILE, bitbucket.org' "$cloud" BITBUCKET_TOKEN_FILE="$home/token"
row 'BITBUCKET_TOKEN, a Data Center' "$corp" BITBUCKET_TOKEN=BBDC-x BITBUCKET_SITE=https://git.corp.example
answerless=1 row 'CI and no token' "$cloud" CI=true

keep() { printf 'protocol=https\nhost=bitbucket.org\nusername=alice\npassword=%s\n' "$token" | "${clean[@]}" "$@" "$helper" store; }
for storage in file keyring; do
  git config --file "$home/.gitconfig" bitbucket.storage $storage
  rm -rf "$home/.local/share/git-credential-bitbucket"
  if [ $storage = file ]; then
    keep
    row 'stored, warm: file' "$cloud"
  elif command -v gnome-keyring-daemon dbus-daemon >/dev/null; then
    # whatever outlives us must not hold our output open
    coproc bus { exec "${clean[@]}" dbus-daemon --session --nofork --print-address 2>/dev/null; }
    read -r address <&"${bus[0]}"
    printf password | "${clean[@]}" DBUS_SESSION_BUS_ADDRESS="$address" \
      gnome-keyring-daemon --unlock --foreground --components=secrets >/dev/null 2>&1 &
    keyring=$!
    trap 'kill $keyring $bus_PID 2>/dev/null; wait; rm -rf "$home"' EXIT
    until "${clean[@]}" DBUS_SESSION_BUS_ADDRESS="$address" dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
      org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true; do :; done
    keep DBUS_SESSION_BUS_ADDRESS="$address"
    row 'stored, warm: gnome-keyring' "$cloud" DBUS_SESSION_BUS_ADDRESS="$address"
  fi
done
