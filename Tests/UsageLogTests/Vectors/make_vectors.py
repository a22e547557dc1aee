"""Writes local_times.csv and hashed_ids.csv: expected values from Python's standard library."""

import calendar
import csv
import hashlib
import hmac
import time

WALL_CLOCK = [
    ("1970-01-01T00:00:00", "1970-01-01T00:00:00"),
    ("2013-03-23T23:51:23", "2013-03-23T23:51:23"),
    ("2018-01-16 06:01:05", "2018-01-16T06:01:05"),
    ("2020-02-29T12:00", "2020-02-29T12:00:00"),
    ("2000-02-29 23:59:59", "2000-02-29T23:59:59"),
    ("2100-03-01T00:00:00", "2100-03-01T00:00:00"),
    ("2199-12-31T23:59:59", "2199-12-31T23:59:59"),
    ("9999-12-31T23:59:59", "9999-12-31T23:59:59"),
    ("2024-12-31T23:59:60", "2024-12-31T23:59:59"),
    ("2024-07-01T08:30:00.125", "2024-07-01T08:30:00"),
    # A zone is not applied: the wall clock counts as written.
    ("2024-07-01T08:30:00Z", "2024-07-01T08:30:00"),
    ("2024-07-01T08:30:00+02:00", "2024-07-01T08:30:00"),
    ("2024-07-01 08:30:00.5-0530", "2024-07-01T08:30:00"),
    ("2024-07-01 08:30:00 +01", "2024-07-01T08:30:00"),
    ("1719822600", "2024-07-01T08:30:00"),
    ("1719822600123", "2024-07-01T08:30:00"),
    ("1719822600.75", "2024-07-01T08:30:00"),
]
NO_TIMES = [
    "2023-02-29T12:00:00", "2100-02-29T12:00:00", "2024-13-01T00:00:00", "2024-00-10T00:00:00",
    "2024-04-31T00:00:00", "2024-01-01T24:00:00", "2024-01-01T10:60:00", "2024-01-01T10:00:61",
    "2024-01-01", "2024/01/01 10:00:00", "24-01-01T10:00:00", "2024-01-01T10:00:00 CET",
    "2024-01-01T10:00:00+2", "1969-12-31T23:59:59", "10000-01-01T00:00:00", "-5", "12x", "",
    "999999999999999", "99999999999999999999",
]
KEY = bytes(range(32))
CLIENTS = ["alice", "bob", "carol", "dave", "erin"]


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))


with open("local_times.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["text", "seconds"])
    writer.writerows((text, seconds(wall)) for text, wall in WALL_CLOCK)
    writer.writerows((text, "") for text in NO_TIMES)

with open("hashed_ids.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["client", "hashed_id"])
    for client in CLIENTS:
        code = hmac.new(KEY, client.encode(), hashlib.sha256).hexdigest()[:32]
        writer.writerow([client, code])
