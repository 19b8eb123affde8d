#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/style.sh
# Checks that scripts/style.sh finds each kind of mistake, reports its file and line, and has no false positives. Each
# case is a separate git repository with the rules of this one.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE  # set when a git hook runs this
failures=0 cases=0

# repeat TEXT COUNT
repeat() {
  local blanks
  printf -v blanks '%*s' "$2" ''
  printf '%s' "${blanks// /$1}"
}

# begin: creates an empty repository with the rules in $tree/repository. `put` adds files.
begin() {
  rm -rf "$tree/repository"
  mkdir -p "$tree/repository/scripts"
  cp "$root"/{.clang-format,.gitattributes} "$tree/repository"
  cp "$root/scripts/style.sh" "$tree/repository/scripts"
  git -C "$tree/repository" init --quiet
}

# put FILE: writes standard input to FILE.
put() {
  mkdir -p "$(dirname "$tree/repository/$1")"
  cat >"$tree/repository/$1"
}

# expect STATUS PATTERN NAME: style.sh must exit with STATUS and print a line that begins with PATTERN (an extended
# regular expression).
expect() {
  local status=0
  cases=$((cases + 1))
  git -C "$tree/repository" add --all 2>/dev/null || true  # the last case has no repository
  "$tree/repository/scripts/style.sh" >"$tree/output" 2>&1 || status=$?
  if ((status == $1)) && grep -qE "^$2" "$tree/output"; then
    echo "ok      $3"
  else
    echo "FAILED  $3: style.sh exits with $status, and prints"
    sed 's/^/  | /' "$tree/output"
    failures=$((failures + 1))
  fi
}

good='style: all checks pass$'
begin
expect 0 "$good" "accepts a repository without mistakes"

for mark in '<' '>' '|' '='; do
  begin
  { echo one && repeat "$mark" 7 && if [[ $mark == = ]]; then echo; else echo ' HEAD'; fi && echo two; } | put list.txt
  expect 1 'list\.txt:2:.*conflict marker' "finds a line of seven $mark"
done
begin
{ echo one && repeat '=' 7 && printf '\r\n'; } | put list.txt
expect 1 'list\.txt:2:.*conflict marker' "finds a marker in a file with CR LF"
begin
{ echo one && repeat '=' 8 && printf '\n  ' && repeat '=' 7 && echo && repeat '<' 6 && echo ' a' && repeat '>' 7; } | put list.txt
expect 0 "$good" "accepts other lines of such characters"

for case in 'blank-at-eol|one \n' 'tab-at-eol|one\t\n' 'cr-at-eol|one\r\n' 'space-before-tab|  \tone\n' 'blank-at-eof|one\n\n'; do
  begin
  # shellcheck disable=SC2059  # the case is the format
  printf "${case#*|}" | put list.txt
  expect 1 'list\.txt:[12]: ' "finds whitespace: ${case%|*}"
done
for words in anew Whoever 'of ours' 'is told' 'stand still' 'Comes to nothing'; do
  begin
  printf 'one\nThe encoder %s.\n' "$words" | put notes.txt
  expect 1 'notes\.txt:2: not plain technical English' "finds the words: $words"
done
begin
printf 'renewed hours, a hardened wholesome standstill\n' | put notes.txt
expect 0 "$good" "accepts words that contain such words"

for file in tests/offers/a.sdp tests/fuzz/corpus/offer/a; do
  begin
  printf 'v=0 \r\n\r\n' | put "$file"
  expect 0 "$good" "accepts whitespace in $file"
  { echo v=0 && repeat '<' 7 && echo ' HEAD'; } | put "$file"
  expect 1 "$file:2:.*conflict marker" "finds a conflict marker in $file"
done

begin
{ echo one && repeat 'four ' 24 && echo; } | sed 's/ $/s/' | put docs/page.md
expect 0 "$good" "accepts a line of 120 characters in Markdown"
{ echo one && repeat 'four ' 24 && echo s; } | put docs/page.md
expect 1 'docs/page\.md:2: longer than 120' "finds a line of 121 characters in Markdown"
begin
# shellcheck disable=SC2016  # a fence
{ echo '```' && repeat '=' 121 && echo && echo '```'; } | put page.md
expect 1 'page\.md:2: longer than 120' "finds a long line in a block of code"
begin
{ repeat é 120 && echo; } | put page.md
expect 0 "$good" "counts characters, not bytes"
begin
{
  echo "| $(repeat 'cell ' 30) |"
  for before in '' '- ' '<' '[1]: '; do echo "${before}https://example.org/$(repeat a 120)"; done
} | put page.md
expect 0 "$good" "accepts long rows of tables and URLs"
begin
{ echo "see https://example.org/$(repeat a 120)"; } | put page.md
expect 1 'page\.md:1: longer than 120' "finds a long URL that has words before it"

if command -v clang-format-14 >/dev/null; then
  begin
  echo 'int  main() {}' | put src/main.cpp
  expect 1 'src/main\.cpp:1:.*should be clang-formatted' "finds C++ that is not formatted"
  begin
  echo 'int  one();' | put include/one.hpp
  expect 1 'include/one\.hpp:1:.*should be clang-formatted' "finds a header that is not formatted"
else
  echo "-       clang-format-14 is not installed: its check is not tested"
fi

# shellcheck disable=SC2016  # the mistake
for file in run.sh tool .ci/run; do
  begin
  printf '#!/bin/bash\necho $1\n' | put "$file"
  expect 1 "In $file line 2:" "finds a mistake in the shell script $file"
done

# A check fails if its tool is missing.
begin
printf '#!/bin/sh\ntrue\n' | put run.sh
mkdir "$tree/bin"
for tool in bash git sed grep env sort head tail cat xargs paste dirname; do ln -s "$(command -v "$tool")" "$tree/bin/$tool"; done
PATH=$tree/bin expect 1 'FAILED  shell scripts' "fails without shellcheck"
begin
rm -rf "$tree/repository/.git"
GIT_CEILING_DIRECTORIES=$tree expect 1 'style: FAILED: this is not a git checkout' "fails outside a git checkout"

echo "$((cases - failures)) of $cases cases passed"
((failures == 0))
