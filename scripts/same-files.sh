# For other scripts: `. scripts/same-files.sh`.

# same_file OLD NEW: says where the first difference is; fails if there is one.
same_file() {
  if [ ! -f "$1" ] || [ ! -f "$2" ]; then
    for file in "$1" "$2"; do [ -f "$file" ] || echo "$file: is missing."; done
    return 1
  fi
  cmp -s "$1" "$2" && return 0
  # Cells are cut at commas; a quoted one with a comma only shifts the name of the column.
  LC_ALL=C awk -v old="$1" -v new="$2" '
    function shown(text) { return length(text) > 60 ? substr(text, 1, 60) "..." : text }
    BEGIN {
      do {
        line++
        more_old = (getline a < old) > 0; more_new = (getline b < new) > 0
        if (!more_old) a = ""
        if (!more_new) b = ""
        if (line == 1) header = a
      } while (more_old && more_new && a == b)
      where = "line " line
      if (more_old != more_new) {
        print new ": differs from " old ": " (more_new ? "longer" : "shorter") " from " where
        exit
      }
      sub(/\r$/, "", a); sub(/\r$/, "", b); sub(/\r$/, "", header)
      cells = split(a, left, ","); others = split(b, right, ",")
      if (old ~ /\.csv$/ && cells == others) {
        split(header, names, ",")
        for (i = 1; i < cells && left[i] == right[i]; i++);
        where = where ", " names[i]; a = left[i]; b = right[i]
      }
      print new ": differs from " old " in " where ": " shown(b) ", not " shown(a)
    }'
  return 1
}
