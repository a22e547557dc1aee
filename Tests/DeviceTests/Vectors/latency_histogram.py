"""Percentiles of made-up latencies by HdrHistogram's own Python package.

pip install hdrhistogram; python3 latency_histogram.py > latency_histogram.json
"""

import json

from hdrh.histogram import HdrHistogram

COUNT = 20_000


def latencies():
    """From 0 to 2^36 ns, every order of magnitude about as often; the test makes the same."""
    state = 1
    for _ in range(COUNT):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> (28 + (state >> 32) % 32)


histogram = HdrHistogram(1, 2**37, 3)
values = list(latencies())
for value in values:
    histogram.record_value(value)
percents = [1, 10, 25, 50, 75, 90, 99, 99.9]
print(
    json.dumps(
        {
            "count": COUNT,
            "maximum": max(values),
            "mean": sum(values) / COUNT,
            "percentiles": [[p, histogram.get_value_at_percentile(p)] for p in percents],
        }
    )
)
