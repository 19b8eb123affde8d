#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/style.sh
# Checks the style of all tracked files: conflict markers, whitespace, long lines in Markdown, the format of C++
# (clang-format 14, which Debian 12 has; elsewhere this check is left out) and shell scripts (shellcheck). Installs
# nothing and changes nothing. Prints a line for each complaint; exits with 1 if there is one.
# tests/style.sh proves that each check finds its mistake.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8  # a long line is counted in characters, not bytes

failed=()

# check NAME COMMAND…: fails if the command prints something or exits with an error.
check() {
  local name=$1 said status=0
  shift
  said=$("$@" 2>&1) || status=$?
  if [[ -n $said ]] || ((status != 0)); then
    printf '%s\n' "${said:-$1 exits with $status}"
    failed+=("$name")
    echo "FAILED  $name"
  else
    echo "ok      $name"
  fi
}

# tracked PATTERN…: the tracked files, except deleted ones, each followed by a zero byte.
tracked() {
  local file
  git ls-files -z --deduplicate -- "$@" | while IFS= read -rd '' file; do
    if [[ -f $file && ! -L $file ]]; then printf '%s\0' "$file"; fi
  done
}

# git grep exits with 1 when nothing is found. A heading in Markdown begins with #, it is not underlined with =.
conflict_markers() {
  git grep -nIE '^((<<<<<<<|>>>>>>>|\|\|\|\|\|\|\|) |=======[[:space:]]*$)' | sed 's/$/  (conflict marker)/'
  ((PIPESTATUS[0] <= 1))
}

# What is correct as it is, such as the line ends of SDP, is marked -whitespace in .gitattributes. Conflict markers have a
# check of their own. git diff exits with 2 when it finds something.
whitespace() {
  local status
  git -c core.whitespace=blank-at-eol,blank-at-eof,space-before-tab diff --no-ext-diff --no-color --check \
    "$(git hash-object -t tree /dev/null)" -- . | sed '/^+/d; /: leftover conflict marker$/d'
  status=${PIPESTATUS[0]}
  ((status == 0 || status == 2))
}

# Rows of tables and lines that are one URL, also as a list item or link target, cannot be broken.
markdown() {
  tracked '*.md' | xargs -0 -r grep -nHE '^.{121,}$' |
    grep -vE '^[^:]+:[0-9]+:[[:space:]]*(\||([-*] |\[[^]]*\]: )?<?https?://[^[:space:]]+$)' |
    sed -E 's/^([^:]+:[0-9]+):(.{60}).*/\1: longer than 120 characters: \2…/'
  return 0
}

cxx_format() { tracked '*.cpp' '*.hpp' | xargs -0 -r clang-format-14 --dry-run -Werror; }

shell_scripts() {
  local file
  tracked . | while IFS= read -rd '' file; do
    if [[ $file == *.sh ]] || head -c 64 "$file" | head -n 1 | grep -aqE '^#!.*[/ ](ba|da)?sh( |$)'; then
      printf '%s\0' "$file"
    fi
  done | xargs -0 -r shellcheck
}

if ! git rev-parse --is-inside-work-tree >/dev/null; then
  echo "style: FAILED: this is not a git checkout, which tells what files to check" >&2
  exit 1
fi
check "conflict markers" conflict_markers
check "whitespace" whitespace
check "Markdown: lines up to 120 characters" markdown
is_debian_12() { grep -qx 'ID=debian' /etc/os-release && grep -qx 'VERSION_ID="12"' /etc/os-release; }
if command -v clang-format-14 >/dev/null || is_debian_12; then
  check "C++: clang-format-14 -i changes nothing" cxx_format
else
  echo "-       C++: the format is checked on Debian 12 only; clang-format-14 is not installed here"
fi
check "shell scripts: shellcheck" shell_scripts

if ((${#failed[@]} > 0)); then
  printf 'style: FAILED: %s\n' "$(printf '%s; ' "${failed[@]}" | sed 's/; $//')"
  exit 1
fi
echo "style: all checks pass"
