"""Writes written_times.csv and zones.csv: times as people and programs write them, and what they are on a local
clock, worked out by Python's standard library (datetime, zoneinfo, email.utils)."""

import csv
import datetime
import email.utils
import zoneinfo

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)
# Midnight, noon, both sides of them, one-digit fields, a day above 12, a leap day.
MOMENTS = [
    datetime.datetime(2024, 1, 5, 0, 45, 44),
    datetime.datetime(2024, 1, 13, 12, 45, 44),
    datetime.datetime(2024, 11, 30, 23, 59, 59),
    datetime.datetime(2024, 2, 29, 11, 5, 0),
    datetime.datetime(2024, 9, 1, 12, 0, 0),
    datetime.datetime(2024, 5, 5, 0, 0, 1),
    datetime.datetime(2024, 7, 22, 9, 7, 3),
]


def half(t):
    return t.hour % 12 or 12


def a(t):
    return "AM" if t.hour < 12 else "PM"


def plus(hours):
    return datetime.timezone(datetime.timedelta(hours=hours))


def unix(t):
    return int((t - EPOCH).total_seconds())


def serial(t, start=datetime.datetime(1899, 12, 30)):
    return (t - start) / datetime.timedelta(days=1)


# Name, --time-format, how a moment of the local clock is written. Whole seconds are written unless it says
# otherwise.
FORMS = [
    ("iso slashes", "", lambda t: f"{t:%Y/%m/%d %H:%M:%S}"),
    ("iso dots", "", lambda t: f"{t:%Y.%m.%d %H:%M:%S}"),
    ("iso short", "", lambda t: f"{t.year}-{t.month}-{t.day} {t.hour}:{t:%M:%S}"),
    ("iso AM/PM", "", lambda t: f"{t:%Y-%m-%d} {half(t):02}:{t:%M:%S} {a(t)}"),
    ("iso comma", "", lambda t: f"{t:%Y-%m-%d %H:%M:%S},125"),
    ("iso T comma", "", lambda t: f"{t:%Y-%m-%dT%H:%M:%S},125"),
    ("iso blanks", "", lambda t: f"  {t:%Y-%m-%d %H:%M:%S} "),
    ("BigQuery", "", lambda t: f"{t:%Y-%m-%d %H:%M:%S}.000000 UTC"),
    ("java zoned", "", lambda t: f"{t:%Y-%m-%dT%H:%M:%S}+01:00[Europe/Paris]"),
    ("IANA name", "", lambda t: f"{t:%Y-%m-%d %H:%M:%S} America/New_York"),
    ("CET", "", lambda t: f"{t:%Y-%m-%d %H:%M:%S} CET"),
    ("GMT+1", "", lambda t: f"{t:%Y-%m-%d %H:%M:%S} GMT+1"),
    ("UTC -05:30", "", lambda t: f"{t:%Y-%m-%d %H:%M:%S} UTC-05:30"),
    ("compact", "", lambda t: f"{t:%Y%m%d %H:%M:%S}"),
    ("compact blank", "", lambda t: f"{t:%Y%m%d %H%M%S}"),
    ("digits", "", lambda t: f"{t:%Y%m%d%H%M%S}"),
    ("day first", "", lambda t: f"{t:%d/%m/%Y %H:%M:%S}"),
    ("day first dots", "", lambda t: f"{t:%d.%m.%Y %H:%M:%S}"),
    ("day first dots everywhere", "", lambda t: f"{t:%d.%m.%Y %H.%M.%S}"),
    ("day first dashes", "", lambda t: f"{t:%d-%m-%Y %H:%M:%S}"),
    ("day first short", "", lambda t: f"{t.day}.{t.month}.{t.year} {t.hour}:{t:%M:%S}"),
    ("day first comma", "", lambda t: f"{t:%d.%m.%Y, %H:%M:%S}"),
    ("day first AM/PM", "", lambda t: f"{t:%d/%m/%Y} {half(t)}:{t:%M:%S} {a(t).lower()}"),
    ("month first", "", lambda t: f"{t:%m/%d/%Y %H:%M:%S}"),
    ("month first dashes", "", lambda t: f"{t:%m-%d-%Y %H:%M:%S}"),
    ("month first AM/PM", "", lambda t: f"{t.month}/{t.day}/{t.year} {half(t)}:{t:%M:%S} {a(t)}"),
    ("month first a.m.", "", lambda t: f"{t:%m/%d/%Y} {half(t)}:{t:%M:%S} {a(t)[0].lower()}.m."),
    ("month first AMPM", "", lambda t: f"{t:%m/%d/%Y} {half(t):02}:{t:%M:%S}{a(t)}"),
    ("browser", "", lambda t: f"{t.month}/{t.day}/{t.year}, {half(t)}:{t:%M:%S} {a(t)}"),
    ("browser no-break", "", lambda t: f"{t.month}/{t.day}/{t.year}, {half(t)}:{t:%M:%S}\u202f{a(t)}"),
    ("month first offset", "", lambda t: f"{t:%m/%d/%Y %H:%M:%S} +0530"),
    ("java", "", lambda t: f"{t:%a %b %d %H:%M:%S} GMT+01:00 {t.year}"),
    ("java CET", "", lambda t: f"{t:%a %b %d %H:%M:%S} CET {t.year}"),
    ("C", "", lambda t: f"{t:%a %b} {t.day:2} {t:%H:%M:%S} {t.year}"),
    ("JavaScript", "", lambda t: f"{t:%a %b %d %Y %H:%M:%S} GMT+0100 (Central European Standard Time)"),
    ("RFC 2822", "", lambda t: email.utils.format_datetime(t.replace(tzinfo=plus(1)))),
    ("RFC 2822 GMT", "", lambda t: email.utils.format_datetime(t.replace(tzinfo=UTC), usegmt=True)),
    ("RFC 2822 no day", "", lambda t: f"{t:%d %b %Y %H:%M:%S} -0000"),
    ("web server", "", lambda t: f"{t:%d/%b/%Y:%H:%M:%S} +0100"),
    ("web server in brackets", "", lambda t: f"[{t:%d/%b/%Y:%H:%M:%S} +0100]"),
    ("Go", "", lambda t: f"{t:%Y-%m-%d %H:%M:%S} +0000 UTC"),
    ("time before date", "", lambda t: f"{t:%H:%M:%S %d.%m.%Y}"),
    ("AM/PM before date", "", lambda t: f"{half(t)}:{t:%M:%S} {a(t)}, {t:%B} {t.day}, {t.year}"),
    ("Oracle", "", lambda t: f"{t:%d-%b-%Y %H:%M:%S}".upper()),
    ("SAS", "", lambda t: f"{t:%d%b%Y:%H:%M:%S}".upper()),
    ("month name", "", lambda t: f"{t:%b} {t.day}, {t.year} {half(t)}:{t:%M:%S} {a(t)}"),
    ("full month name", "", lambda t: f"{t:%B} {t.day}, {t.year} at {half(t)}:{t:%M:%S} {a(t)}"),
    ("weekday", "", lambda t: f"{t:%A}, {t:%B} {t.day}, {t.year} {half(t)}:{t:%M:%S} {a(t)}"),
    ("day, month name", "", lambda t: f"{t.day} {t:%B} {t.year}, {t:%H:%M:%S}"),
    ("month name in the middle", "", lambda t: f"{t:%Y-%b-%d %H:%M:%S}"),
    ("SQL Server", "", lambda t: f"{t:%b} {t.day:2} {t.year} {half(t)}:{t:%M:%S}:125{a(t)}"),
    ("seconds", "", lambda t: str(unix(t))),
    ("float seconds", "", lambda t: f"{unix(t)}.125"),
    ("comma seconds", "", lambda t: f"{unix(t)},125"),
    ("exponent seconds", "", lambda t: f"{unix(t) / 1e9!r}E9"),
    ("exponent milliseconds", "", lambda t: f"{unix(t) * 1000 / 1e12!r}e+12"),
    ("milliseconds", "", lambda t: str(unix(t) * 1000 + 125)),
    ("microseconds", "", lambda t: str(unix(t) * 10**6 + 125)),
    ("nanoseconds", "", lambda t: str(unix(t) * 10**9 + 125)),
    ("Excel", "", lambda t: repr(serial(t))),
    ("Excel five decimals", "", lambda t: f"{serial(t):.5f}"),
    ("Excel comma", "", lambda t: f"{serial(t):.6f}".replace(".", ",")),
    ("named iso", "iso", lambda t: f"{t:%Y-%m-%dT%H:%M:%S}"),
    ("named day first", "day_first", lambda t: f"{t:%d/%m/%Y %H:%M:%S}"),
    ("named month first", "month_first", lambda t: f"{t:%m/%d/%Y %H:%M:%S}"),
    ("named seconds", "epoch_s", lambda t: str(unix(t))),
    ("named milliseconds", "epoch_ms", lambda t: str(unix(t) * 1000)),
    ("named microseconds", "epoch_us", lambda t: str(unix(t) * 10**6)),
    ("named nanoseconds", "epoch_ns", lambda t: str(unix(t) * 10**9)),
    ("named Excel", "excel", lambda t: repr(serial(t))),
    ("named Excel 1904", "excel_1904", lambda t: repr(serial(t, datetime.datetime(1904, 1, 1)))),
    ("Apple", "apple", lambda t: str(unix(t) - unix(datetime.datetime(2001, 1, 1)))),
    ("Apple float", "apple", lambda t: f"{unix(t) - unix(datetime.datetime(2001, 1, 1))}.125"),
    ("WebKit", "webkit", lambda t: str((unix(t) - unix(datetime.datetime(1601, 1, 1))) * 10**6)),
    ("short year", "%d/%m/%y %H:%M:%S", None),
    ("strptime AM/PM", "%m/%d/%Y %I:%M:%S %p", None),
    ("strptime fraction", "%Y-%m-%d %H:%M:%S.%f", None),
    ("strptime zone", "%d.%m.%Y %H:%M:%S %z", lambda t: f"{t:%d.%m.%Y %H:%M:%S} +0100"),
    ("strptime name", "%A %d %B %Y %H:%M:%S", None),
    ("strptime odd", "%Yy%mm%dd %Hh%Mm%Ss", None),
    ("strptime digits", "%y%m%d%H%M%S", None),
    ("strptime percent", "%F%% %T", None),
    ("strptime hour first", "%H:%M:%S %d.%m.%Y", None),
]

PLACES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"]
INSTANTS = [
    # Around the changes of 2024 in Europe, North America and Lord Howe, and Brazil's last one.
    1711846799, 1711846800, 1729990799, 1729990800, 1710053999, 1710054000, 1730613599, 1730613600,
    1712415599, 1712415600, 1728142199, 1728142200, 1550368799, 1550368800, 1767571544, 1783000000,
    1893456000, 2500000000,
]


def main():
    with open("written_times.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["name", "format", "text", "seconds"])
        for name, form, write in FORMS:
            for t in MOMENTS:
                text = write(t) if write else t.strftime(form)
                out.writerow([name, form, text, unix(t)])
    with open("zones.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["zone", "utc", "local"])
        for place in PLACES:
            for instant in INSTANTS:
                local = datetime.datetime.fromtimestamp(instant, zoneinfo.ZoneInfo(place))
                out.writerow([place, instant, unix(local.replace(tzinfo=None))])


if __name__ == "__main__":
    main()
