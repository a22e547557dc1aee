#!/usr/bin/env python3
"""Packs the program and the Python package `fedsim` into a wheel, with Python's own library alone.

Usage: make-wheel.py FOLDER VERSION GLIBC ARCHITECTURE OUT

FOLDER is what dist.sh stages: bin/fedsim, python/fedsim, LICENSE and licenses/. `pip install` of the wheel puts the
program beside the interpreter's other commands, and the package among its modules. The same files give the same
bytes.
"""

import base64
import hashlib
import pathlib
import sys
import zipfile

folder, version, glibc, architecture, out = sys.argv[1:]
folder = pathlib.Path(folder)
tag = f"py3-none-manylinux_{glibc.replace('.', '_')}_{architecture}"
info = f"fedsim-{version}.dist-info"

metadata = f"""Metadata-Version: 2.1
Name: fedsim
Version: {version}
Summary: Simulates private federated learning of next-app models on many phones
License: Apache-2.0
Requires-Python: >=3.8
Requires-Dist: numpy>=1.20
Provides-Extra: frames
Requires-Dist: pandas>=1.3; extra == "frames"
Description-Content-Type: text/markdown

The command `fedsim`, a native program: try `fedsim new` and `fedsim --help`. And the package `fedsim`, for clients
and models of your own in Python, and for fedsim's runs in a notebook.
"""
wheel = f"""Wheel-Version: 1.0
Generator: fedsim make-wheel
Root-Is-Purelib: false
Tag: {tag}
"""

files = [
    (f"fedsim-{version}.data/scripts/fedsim", (folder / "bin/fedsim").read_bytes(), 0o755),
    (f"{info}/METADATA", metadata.encode(), 0o644),
    (f"{info}/WHEEL", wheel.encode(), 0o644),
    (f"{info}/LICENSE", (folder / "LICENSE").read_bytes(), 0o644),
]
for source, target in (("python/fedsim/*.py", "fedsim"), ("python/examples/*.*", "fedsim/examples")):
    for path in sorted(folder.glob(source)):
        files.append((f"{target}/{path.name}", path.read_bytes(), 0o644))
for path in sorted((folder / "licenses").iterdir()):
    files.append((f"{info}/licenses/{path.name}", path.read_bytes(), 0o644))

record = ""
for name, data, _ in files:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    record += f"{name},sha256={digest},{len(data)}\n"
files.append((f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode(), 0o644))

target = pathlib.Path(out) / f"fedsim-{version}-{tag}.whl"
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for name, data, mode in files:
        entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
        entry.external_attr = (0o100000 | mode) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, data)
print(target)
