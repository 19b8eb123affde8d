#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/style.sh
# Checks the style of all tracked files: conflict markers, whitespace, long lines in Markdown, words to avoid, the format of C++
# (clang-format 14 of Debian 12; skipped if not installed elsewhere) and shell scripts (shellcheck). Installs nothing
# and changes nothing. Prints a line for each problem and exits with 1 if there is one. tests/style.sh tests each check.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8  # line length is in characters, not bytes

failed=()

# check NAME COMMAND…: fails if the command prints anything or exits with an error.
check() {
  local name=$1 output status=0
  shift
  output=$("$@" 2>&1) || status=$?
  if [[ -n $output ]] || ((status != 0)); then
    printf '%s\n' "${output:-$1 exits with $status}"
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

# git grep exits with 1 if nothing is found. Markdown headings must start with #, not be underlined with =.
conflict_markers() {
  git grep -nIE '^((<<<<<<<|>>>>>>>|\|\|\|\|\|\|\|) |=======[[:space:]]*$)' | sed 's/$/  (conflict marker)/'
  ((PIPESTATUS[0] <= 1))
}

# Intended whitespace, such as the line ends of SDP, is marked -whitespace in .gitattributes. Conflict markers have a
# separate check. git diff exits with 2 if it finds something.
whitespace() {
  local status
  git -c core.whitespace=blank-at-eol,blank-at-eof,space-before-tab diff --no-ext-diff --no-color --check \
    "$(git hash-object -t tree /dev/null)" -- . | sed '/^+/d; /: leftover conflict marker$/d'
  status=${PIPESTATUS[0]}
  ((status == 0 || status == 2))
}

# Exempt: table rows, and lines with only a URL, also as list item or link target; they cannot be wrapped.
markdown() {
  tracked '*.md' | xargs -0 -r grep -nHE '^.{121,}$' |
    grep -vE '^[^:]+:[0-9]+:[[:space:]]*(\||([-*] |\[[^]]*\]: )?<?https?://[^[:space:]]+$)' |
    sed -E 's/^([^:]+:[0-9]+):(.{60}).*/\1: longer than 120 characters: \2…/'
  return 0
}

# Words that plain technical English does not use. Licences, old results and inputs of fuzzers are left out.
plain_words() {
  git grep -nIwiE 'anew|whoever|whom|of ours|is told|are told|goes on|nobody|stands? still|comes to nothing' -- \
    . ':!LICENSE' ':!packaging/copyright' ':!bench/RESULTS.md' ':!tests/fuzz/corpus' ':!tests/fuzz/words' \
    ':!scripts/style.sh' ':!tests/style.sh' | sed -E 's/^([^:]+:[0-9]+):.*/\1: not plain technical English/'
  ((PIPESTATUS[0] <= 1))
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
  echo "style: FAILED: this is not a git checkout, so the files to check are unknown" >&2
  exit 1
fi
check "conflict markers" conflict_markers
check "whitespace" whitespace
check "Markdown: lines up to 120 characters" markdown
check "plain technical English" plain_words
is_debian_12() { grep -qx 'ID=debian' /etc/os-release && grep -qx 'VERSION_ID="12"' /etc/os-release; }
if command -v clang-format-14 >/dev/null || is_debian_12; then
  check "C++: clang-format-14 -i changes nothing" cxx_format
else
  echo "-       C++: format not checked; clang-format-14 is not installed"
fi
check "shell scripts: shellcheck" shell_scripts

if ((${#failed[@]} > 0)); then
  printf 'style: FAILED: %s\n' "$(printf '%s; ' "${failed[@]}" | sed 's/; $//')"
  exit 1
fi
echo "style: all checks pass"
