#!/usr/bin/env python3
"""Checks README.md and docs/: links, generated pages, and every command.

    scripts/check-docs.py            everything; two to four minutes on 2 cores
    scripts/check-docs.py --links    only links, anchors and names of files; a second, needs no program
    scripts/check-docs.py --update   writes the pages that follow from the program again
    scripts/check-docs.py --only docs/tutorial.md --keep /tmp/scratch

Every block that is fenced with ```sh runs in bash, in the order of the page. Each page has an empty folder of its own
with a copy of experiments/, links to scripts/ and docs/, a usage log of 14 made-up people as log.csv, and the program as
`fedsim` on the PATH. So that a page takes seconds, the program gets smaller experiments there: at most 3 rounds, 160
clients, cohorts of 10 and 2 seeds; values after --set likewise. An argument with … stands for the newest file whose name
fits. A comment on the line before a block changes how it is checked:

    <!-- check: skip it needs docker -->       the block does not run; the reason is printed
    <!-- check: exit 65 -->                    the block has to end with this code
    <!-- check: before cp "$ROOT/x.csv" . -->  runs first, in the same folder; ROOT is the project
    <!-- check: needs numpy -->                the block only runs where Python has this module
    <!-- check: file mean.py -->               before a block of any language: it is written to this file

Blocks whose first command is make, apt-get, sudo, docker, pip, git or swift do not run: other stages of CI build and test.
"""

import argparse
import concurrent.futures
import csv
import glob
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, ".build/release/fedsim")
OTHER_STAGES = ("make", "apt-get", "sudo", "docker", "pip", "git", "swift", ".ci/run", "podman")
BLOCK_SECONDS = 150
FILES = re.compile(
    r"(?<![\w/.$-])((?:docs|scripts|experiments|Sources|Tests|Benchmarks|results)/[\w./+{},-]*\.(?:md|py|sh|yaml|swift|svg|c|h))")


def pages():
    found = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] + sorted(
        os.path.relpath(path, ROOT) for path in glob.glob(f"{ROOT}/docs/*.md"))
    return [page for page in found if os.path.exists(f"{ROOT}/{page}")]


def read(page):
    with open(f"{ROOT}/{page}", encoding="utf-8") as file:
        return file.read()


# Links


def anchors(text):
    """Of all headings, as GitHub names them."""
    names, inside = {}, False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            inside = not inside
        match = None if inside else re.match(r"#{1,6} (.*)", line)
        if match:
            title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match.group(1)).lower()
            name = re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-")
            number = names.get(name, 0)
            names[name] = number + 1
            if number:
                names[f"{name}-{number}"] = 1
    return set(names)


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def check_links():
    wrong = []
    results = sorted(os.path.relpath(p, ROOT) for p in glob.glob(f"{ROOT}/results/*/README.md"))
    for page in pages() + results:
        text = read(page)
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            full = os.path.normpath(os.path.join(ROOT, os.path.dirname(page), path)) if path else f"{ROOT}/{page}"
            if not os.path.exists(full):
                wrong.append(f"{page}: the link {target} leads nowhere")
            elif anchor and full.endswith(".md"):
                with open(full, encoding="utf-8") as file:
                    if anchor not in anchors(file.read()):
                        wrong.append(f"{page}: the link {target} names no heading of that page")
        here = set(re.findall(r"<!-- check: not here (\S+) -->", text))
        for name in sorted(set(FILES.findall(text)) - here):
            for one in expanded(name):
                if not glob.glob(os.path.join(ROOT, one)) and one not in here and not written_there(text, one):
                    wrong.append(f"{page}: names {one}, which is not there")
    lines = len(read("README.md").splitlines())
    if lines > 150:
        wrong.append(f"README.md: has {lines} lines, more than 150")
    return wrong


def expanded(name):
    """a-{b,c}.d as two names."""
    match = re.search(r"\{([^}]*)\}", name)
    if not match:
        return [name]
    return [name[:match.start()] + part + name[match.end():] for part in match.group(1).split(",")]


def written_there(text, name):
    """Whether a command of the page makes the file."""
    return re.search(r"(?:--out|>|Save this as) ?`?" + re.escape(name), text) is not None or name.startswith("results/") and not name.endswith((".md", ".svg"))


# Generated pages


def generated():
    """Each page with what it has to be."""
    def program(flag):
        return subprocess.run(
            [PROGRAM, "explain", flag], check=True, capture_output=True, text=True).stdout
    folder = read("docs/run-folder.md")
    begin = folder.index("-->", folder.index("<!-- columns:")) + 3
    end = folder.index("<!-- end of columns -->")
    return {
        "docs/experiment-file.md": program("--markdown"),
        "docs/experiment.schema.json": program("--schema"),
        "docs/run-folder.md": folder[:begin] + "\n\n" + program("--columns") + "\n" + folder[end:],
    }


def check_generated():
    return [
        f"{page}: is not what the program says; run scripts/check-docs.py --update"
        for page, text in generated().items() if read(page) != text]


def check_schema():
    """Every experiment of the project is one by the schema."""
    try:
        import json
        import jsonschema
        import yaml
    except ImportError:
        print("python3 has no jsonschema or no yaml: experiments are not checked against the schema")
        return []
    schema = json.loads(read("docs/experiment.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = []
    for path in sorted(glob.glob(f"{ROOT}/experiments/*.yaml")):
        with open(path, encoding="utf-8") as file:
            for error in validator.iter_errors(yaml.safe_load(file)):
                place = ".".join(map(str, error.path))
                wrong.append(f"{os.path.basename(path)}: {place}: {error.message[:200]}")
    return wrong


# Commands

SHIM = r'''#!/usr/bin/env python3
"""The program, with … in arguments filled in and with small experiments."""
import glob, os, re, sys

LIMITS = {"training.rounds": 3, "population.clients": 160, "training.cohort_size": 10, "evaluation.clients": 8,
          "evaluation.new_clients": 4, "sweep.seed": 2}

def smaller(match, limit):
    return match.group(1) + str(min(int(match.group(2).replace("_", "")), limit))

def shrink(text):
    lines, group = [], ""
    for line in text.split("\n"):
        top = re.match(r"(\w+):", line)
        if top:
            group = top.group(1)
        for path, limit in LIMITS.items():
            of, key = path.split(".")
            if of == group:
                line = re.sub(r"((?<![\w.])" + key + r": *)([\d_]+)(?![\d.])", lambda m: smaller(m, limit), line)
        lines.append(line)
    return "\n".join(lines)

def filled(argument):
    if "…" not in argument or "=" in argument:
        return argument
    found = glob.glob(argument.replace("…", "*"))
    return max(found, key=os.path.getmtime) if found else argument

arguments = [filled(argument) for argument in sys.argv[1:]]
for index, argument in enumerate(arguments):
    match = re.match(r"(?:--set=)?([\w.]+)=(\d[\d_]*)$", argument)
    if match and match.group(1) in LIMITS:
        arguments[index] = argument[:match.start(2)] + str(min(int(match.group(2)), LIMITS[match.group(1)]))
    if argument.endswith((".yaml", ".yml")) and os.path.isfile(argument) and arguments[0] in ("run", "sweep", "audit", "lifecycle"):
        with open(argument, encoding="utf-8") as file:
            text = file.read()
        if shrink(text) != text:
            with open(argument, "w", encoding="utf-8") as file:
                file.write(shrink(text))
os.execv(os.environ["FEDSIM_PROGRAM"], ["fedsim"] + arguments)
'''


def blocks(text):
    """The commands of a page: line, code, and what a comment before them says."""
    found = []
    lines = text.splitlines()
    index = 0
    while index < len(lines):
        match = re.match(r"( *)```sh\s*$", lines[index])
        if not match:
            index += 1
            continue
        notes, before = {}, index - 1
        while before >= 0 and lines[before].strip().startswith("<!-- check:"):
            word, _, rest = lines[before].strip()[len("<!-- check:"):-len("-->")].strip().partition(" ")
            notes[word] = rest
            before -= 1
        start = index + 1
        index = start
        while index < len(lines) and not lines[index].strip() == "```":
            index += 1
        indent = len(match.group(1))
        found.append((start + 1, "\n".join(line[indent:] for line in lines[start:index]), notes))
    return found


def files(text):
    """Blocks that a comment gives the name of a file."""
    return re.findall(r"^<!-- check: file (\S+) -->\n```\w*\n(.*?)^```$", text, flags=re.S | re.M)


def sample_log():
    """Opens of 14 people over three weeks: user, time, app."""
    apps = ["com.whatsapp", "com.android.chrome", "com.spotify.music", "com.google.android.gm", "org.mozilla.firefox",
            "com.instagram.android", "com.android.camera"]
    state, rows = 1, ["user,time,app"]
    for person in range(14):
        for day in range(21):
            minute = 400 + 7 * person
            while minute < 1380:
                state = (state * 1103515245 + 12345) % 2**31
                app = apps[(person + state // 65536 % (2 + person % 4)) % len(apps)]
                rows.append(f"p{person:02},2026-01-{day + 1:02} {minute // 60:02}:{minute % 60:02}:{state % 60:02},{app}")
                minute += 20 + state // 1024 % 90
    return "\n".join(rows) + "\n"


def check_commands(page, folder):
    """Runs the blocks of one page; what went wrong, and how many ran."""
    with open(f"{folder}/log.csv", "w", encoding="utf-8") as file:
        file.write(sample_log())
    shutil.copytree(f"{ROOT}/experiments", f"{folder}/experiments")
    for name in ["scripts", "docs"]:
        os.symlink(f"{ROOT}/{name}", f"{folder}/{name}")
    os.makedirs(f"{folder}/results")
    for name in os.listdir(f"{ROOT}/results"):
        if os.path.exists(f"{ROOT}/results/{name}/README.md"):
            os.symlink(f"{ROOT}/results/{name}", f"{folder}/results/{name}")
    os.makedirs(f"{folder}/.bin")
    with open(f"{folder}/.bin/fedsim", "w", encoding="utf-8") as file:
        file.write(SHIM)
    os.chmod(f"{folder}/.bin/fedsim", 0o755)
    environment = dict(
        os.environ, PATH=f"{folder}/.bin:{os.environ['PATH']}", FEDSIM_PROGRAM=PROGRAM, ROOT=ROOT,
        PYTHONUTF8="1")
    for name, content in files(read(page)):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(content)
    wrong, ran, skipped = [], 0, []
    for line, code, notes in blocks(read(page)):
        first = next((l for l in code.splitlines() if l.strip() and not l.startswith("#")), "")
        if "skip" in notes or first.split(" ")[0] in OTHER_STAGES:
            skipped.append(f"{page}:{line}: not run: {notes.get('skip', 'another stage of CI')}")
            continue
        if "needs" in notes and importlib.util.find_spec(notes["needs"]) is None:
            skipped.append(f"{page}:{line}: not run: Python has no {notes['needs']}")
            continue
        ran += 1
        script = f"set -eo pipefail\n{notes.get('before', '')}\n{code}\n"
        wanted = int(notes.get("exit", "0"))
        try:
            result = subprocess.run(
                ["bash", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=BLOCK_SECONDS)
            # 141: head has read enough.
            if result.returncode != wanted and not (result.returncode == 141 and wanted == 0):
                output = result.stdout.decode("utf-8", "replace").strip().splitlines()
                wrong.append("\n    ".join(
                    [f"{page}:{line}: ends with {result.returncode}, not {wanted}"] + output[-8:]))
        except subprocess.TimeoutExpired:
            wrong.append(f"{page}:{line}: takes longer than {BLOCK_SECONDS} s")
    wrong += check_columns(page, folder)
    return wrong, ran, skipped


def check_columns(page, folder):
    """Whether docs/run-folder.md has the columns of every file that the commands have written."""
    known = set(re.findall(r"^\| `([^`]+)` \|", read("docs/run-folder.md"), flags=re.M))
    names = ["rounds", "evaluation", "segments", "clients", "privacy", "system", "secure_aggregation",
             "secure_aggregation_seconds", "calibration", "coverage", "lifecycle", "staleness"]
    wrong = set()
    for path in glob.glob(f"{folder}/**/*.csv", recursive=True):
        if os.path.basename(path)[:-4] not in names or os.path.basename(os.path.dirname(path)) == "figures":
            continue
        if os.path.realpath(path).startswith(os.path.realpath(ROOT) + "/results"):
            continue
        with open(path, newline="", encoding="utf-8") as file:
            header = next(csv.reader(file), [])
        wrong |= {f"{page}: {os.path.basename(path)} has the column {c}, which docs/run-folder.md does not name"
                  for c in header if c not in known and "split" in header or c.startswith("sim_") and c not in known}
    return sorted(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", action="store_true")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--only", action="append", metavar="PAGE")
    parser.add_argument("--keep", metavar="FOLDER", help="where to leave what the commands write")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if options.update:
        for page, text in generated().items():
            with open(f"{ROOT}/{page}", "w", encoding="utf-8") as file:
                file.write(text)
        return 0
    wrong = check_links()
    if not options.links:
        start = time.monotonic()
        if not os.path.exists(PROGRAM):
            sys.exit(f"{PROGRAM} is missing; run `make build` first")
        wrong += check_generated() + check_schema()
        chosen = options.only or pages()
        folder = options.keep or tempfile.mkdtemp(prefix="fedsim-docs-")
        try:
            with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
                def one(page):
                    own = f"{folder}/{page.replace('/', '-')}"
                    os.makedirs(own)
                    began = time.monotonic()
                    return page, check_commands(page, own), time.monotonic() - began
                # The longest pages first, so that none is left alone at the end.
                order = sorted(chosen, key=lambda page: -len(blocks(read(page))))
                for page, (faults, ran, skipped), seconds in pool.map(one, order):
                    wrong += faults
                    for line in skipped:
                        print(line)
                    if ran:
                        print(f"{page}: {ran} blocks of commands in {seconds:.0f} s")
        finally:
            if not options.keep:
                shutil.rmtree(folder, ignore_errors=True)
        print(f"{time.monotonic() - start:.0f} s")
    for fault in wrong:
        print(fault, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
