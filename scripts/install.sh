#!/bin/sh
# Installs what `make dist` has staged below a folder such as /usr/local, or removes it with --remove FOLDER.
set -eu
cd "$(dirname "$0")/.."

remove=""
[ "$1" != --remove ] || { remove=yes; shift; }
prefix=$1
bash=$prefix/share/bash-completion/completions/fedsim
zsh=$prefix/share/zsh/site-functions/_fedsim
fish=$prefix/share/fish/vendor_completions.d/fedsim.fish

if [ -n "$remove" ]; then
  rm -f "$prefix/bin/fedsim" "$bash" "$zsh" "$fish"
  rm -rf "$prefix/share/doc/fedsim"
  exit 0
fi

stage=$(ls -d .build/dist/stage/fedsim-*)
mkdir -p "$prefix/bin" "$prefix/share/doc/fedsim"
# A program that is running keeps its file.
cp "$stage/bin/fedsim" "$prefix/bin/fedsim.new"
chmod 755 "$prefix/bin/fedsim.new"
mv "$prefix/bin/fedsim.new" "$prefix/bin/fedsim"
cp -R "$stage/LICENSE" "$stage/licenses" "$stage/experiments" "$prefix/share/doc/fedsim/"
for shell in bash zsh fish; do
  eval "file=\$$shell"
  mkdir -p "$(dirname "$file")"
  "$stage/bin/fedsim" --generate-completion-script "$shell" >"$file"
done
echo "$prefix/bin/fedsim"
