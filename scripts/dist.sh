#!/usr/bin/env bash
# Builds what runs where there is no Swift: dist/fedsim-VERSION-linux-ARCH.tar.gz and a Python wheel that
# brings the command and the package `fedsim`.
#
# Swift's runtime, OpenBLAS, SQLite, zlib and libdeflate are linked into the program, so it needs the C and C++
# libraries of the system alone, and may lie in any folder. The same sources give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

out=${1:-dist}
build=.build/dist
static=$PWD/$build/static
version=$(sed -n 's/.*currentVersion = "\(.*\)"/\1/p' Sources/Experiments/RunFolder/Manifest.swift)
architecture=$(uname -m)
name=fedsim-$version-linux-$architecture

fail() { echo "dist: $*" >&2; exit 1; }

# The linker prefers shared libraries, so it is shown a folder with archives alone.
mkdir -p "$static" "$build/pkgconfig"
link_archive() { # LIBRARY PACKAGE
  local archive
  archive=$(pkg-config --variable=libdir "$2")/lib$1.a
  [ -f "$archive" ] || archive=/usr/lib/$architecture-linux-gnu/lib$1.a
  [ -f "$archive" ] || fail "lib$1.a is missing; run make install-deps"
  ln -sf "$archive" "$static/lib$1.a"
  sed "s|^libdir=.*|libdir=$static|" "$(pkg-config --variable=pcfiledir "$2")/$2.pc" \
    >"$build/pkgconfig/$2.pc"
}
link_archive openblas openblas
link_archive sqlite3 sqlite3
link_archive z zlib
link_archive deflate libdeflate

# What the ordinary build has downloaded is not downloaded again.
if [ -d .build/checkouts ] && [ ! -d "$build/checkouts" ]; then
  cp -a .build/checkouts .build/repositories .build/workspace-state.json "$build/"
fi

PKG_CONFIG_PATH=$PWD/$build/pkgconfig swift build -c release --product fedsim --ignore-lock \
  --static-swift-stdlib --scratch-path "$build" -Xlinker "-L$static"

program=$build/release/fedsim
needed=$(readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
for library in $needed; do
  case $library in
    libc.so.6 | libm.so.6 | libstdc++.so.6 | libgcc_s.so.1 | ld-linux*) ;;
    *) fail "the program needs $library, which not every machine has" ;;
  esac
done

# The newest version of the C library of which it uses a symbol.
glibc=$(readelf --dyn-syms --wide "$program" | grep -o 'GLIBC_2\.[0-9]*' | sort -uV | tail -1 |
  sed 's/GLIBC_//')

folder=$build/stage/$name
rm -rf "$build/stage"
mkdir -p "$folder/bin" "$folder/licenses" "$folder/experiments" "$folder/python/fedsim" "$out"
strip --strip-unneeded -o "$folder/bin/fedsim" "$program"
chmod 755 "$folder/bin/fedsim"
cp experiments/*.yaml "$folder/experiments/"
cp python/fedsim/*.py "$folder/python/fedsim/"
cp -r python/examples "$folder/python/examples"
rm -rf "$folder/python/examples/__pycache__"
chmod -R u=rwX,go=rX "$folder/python"
cp LICENSE "$folder/LICENSE"

# The licenses of all that is linked in.
license() { # NAME FILE
  [ -f "$2" ] || fail "$2, the license of $1, is missing"
  cat "$2" >>"$folder/licenses/$1"
}
license swift "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")/share/swift/LICENSE.txt"
license openblas "$(ls /usr/share/doc/libopenblas*/copyright | head -1)"
license sqlite /usr/share/doc/libsqlite3-dev/copyright
license zlib /usr/share/doc/zlib1g-dev/copyright
license libdeflate /usr/share/doc/libdeflate-dev/copyright
for checkout in "$build"/checkouts/*/; do
  package=$(basename "$checkout")
  for file in "$checkout"LICENSE* "$checkout"NOTICE*; do
    if [ -f "$file" ]; then license "$package" "$file"; fi
  done
done

cat >"$folder/README" <<END
fedsim $version: a simulator of private federated learning. This program needs a Linux machine ($architecture, C library
$glibc or later) and nothing else; it may lie in any folder.

  bin/fedsim run experiments/quickstart.yaml
  bin/fedsim --help

python/ holds the package \`fedsim\` for clients of your own in Python; the wheel brings both.
licenses/ holds the licenses of the libraries that are linked in.
END

tar --sort=name --owner=0 --group=0 --numeric-owner --mtime='2020-01-01 00:00Z' -C "$build/stage" \
  -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
scripts/make-wheel.py "$folder" "$version" "$glibc" "$architecture" "$out"

echo "$out/$name.tar.gz: $(du -h "$out/$name.tar.gz" | cut -f1), the program $(du -h "$folder/bin/fedsim" |
  cut -f1); needs glibc $glibc and ${needed% }"
