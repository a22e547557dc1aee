"""A safetensors file from the description of the format, with struct and json alone.

https://github.com/huggingface/safetensors: eight bytes of header length, a JSON header padded with
spaces, then the tensors. `python3 safetensors.py` writes model.safetensors beside itself.
"""

import json
import pathlib
import struct

tensors = {
    "embedding.weight": ([3, 2], [0.5, -1.25, 3.0, 1e-30, -0.0, 65504.0]),
    "output.bias": ([4], [1.0, 2.0, float("inf"), 0.1]),
    "scale": ([1], [7.0]),
}
metadata = {"kind": "lstm", "format": "fedsim 1", "task": "first/app \"é\""}

header, body = {}, b""
for name, (shape, values) in tensors.items():
    data = struct.pack(f"<{len(values)}f", *values)
    header[name] = {
        "data_offsets": [len(body), len(body) + len(data)], "dtype": "F32", "shape": shape,
    }
    body += data


def dumps(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


text = ('{"__metadata__":' + dumps(metadata) + "," + dumps(header)[1:]).encode()
text += b" " * (-len(text) % 8)
path = pathlib.Path(__file__).with_name("model.safetensors")
path.write_bytes(struct.pack("<Q", len(text)) + text + body)
