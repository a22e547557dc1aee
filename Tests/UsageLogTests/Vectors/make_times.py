"""Writes written_times.csv, two_columns.csv and zones.csv: times as people and programs write them, and what they are on a local
clock, worked out by Python's standard library (datetime, zoneinfo, email.utils)."""

import csv
import datetime
import email.utils
import zoneinfo

UTC = datetime.timezone.utc
MICROSECOND = datetime.timedelta(microseconds=1)
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


def spanish(t, blank):
    return ("a" if t.hour < 12 else "p") + "." + blank + "m."


def part(t):
    return (t - t.replace(hour=0, minute=0, second=0)) / datetime.timedelta(days=1)


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
    ("no zeros", "", lambda t: f"{t.year}-{t.month:02}-{t.day:02} {t.hour}:{t.minute}:{t.second}"),
    ("no zeros T", "", lambda t: f"{t:%Y-%m-%dT%H}:{t.minute}:{t.second}"),
    ("no zeros day first", "", lambda t: f"{t.day}/{t.month}/{t.year} {t.hour}:{t.minute}:{t.second}.125"),
    ("no zeros AM/PM", "", lambda t: f"{t.month}/{t.day}/{t.year} {half(t)}:{t.minute}:{t.second} {a(t)}"),
    ("no zeros dots", "", lambda t: f"{t.day}.{t.month}.{t.year} {t.hour}.{t.minute}.{t.second}"),
    ("no zeros time first", "", lambda t: f"{t.hour}:{t.minute}:{t.second} {t.day}.{t.month}.{t.year}"),
    ("no zeros strptime", "%Y-%m-%d %H:%M:%S", lambda t: f"{t.year}-{t.month}-{t.day} {t.hour}:{t.minute}:{t.second}"),
    ("no zeros strptime AM/PM", "%d/%m/%Y %I:%M:%S %p",
     lambda t: f"{t.day}/{t.month}/{t.year} {half(t)}:{t.minute}:{t.second} {a(t)}"),
    ("no zeros strptime words", "%d/%m/%Y %Hh%Mm%Ss", lambda t: f"{t.day}/{t.month}/{t.year} {t.hour}h{t.minute}m{t.second}s"),
    ("Spanish", "", lambda t: f"{t.day}/{t.month}/{t.year} {half(t)}:{t:%M:%S} {spanish(t, ' ')}"),
    ("Spanish U+00A0", "", lambda t: f"{t.day}/{t.month}/{t.year} {half(t)}:{t:%M:%S}\u00a0{spanish(t, chr(0xa0))}"),
    ("Spanish U+202F", "", lambda t: f"{t.day}/{t.month}/{t.year} {half(t)}:{t:%M:%S}\u202f{spanish(t, chr(0x202f))}"),
    ("Spanish time first", "", lambda t: f"{half(t)}:{t:%M:%S} {spanish(t, chr(0xa0))} {t:%d/%m/%Y}"),
    ("Spanish strptime", "%d/%m/%Y %I:%M:%S %p", lambda t: f"{t:%d/%m/%Y} {half(t)}:{t:%M:%S} {spanish(t, chr(0xa0))}"),
    ("JSON date", "", lambda t: f"/Date({unix(t) * 1000 + 125})/"),
    ("JSON date offset", "", lambda t: f"/Date({(unix(t) - 3600) * 1000}+0100)/"),
    ("JSON date west", "", lambda t: f"/Date({(unix(t) + 18000) * 1000}-0500)/"),
    ("JSON date escaped", "", lambda t: f"\\/Date({unix(t) * 1000})\\/"),
    ("FILETIME", "filetime", lambda t: str((t - datetime.datetime(1601, 1, 1)) // MICROSECOND * 10 + 9)),
    (".NET ticks", "dotnet_ticks", lambda t: str((t - datetime.datetime(1, 1, 1)) // MICROSECOND * 10 + 9)),
    ("Apple nanoseconds", "apple_ns", lambda t: str((t - datetime.datetime(2001, 1, 1)) // MICROSECOND * 1000)),
]

# Name, --time-format, a date and, in another column, its time.
TWO_COLUMNS = [
    ("part of the day", "", lambda t: f"{t:%Y-%m-%d}", lambda t: repr(part(t))),
    ("eight decimals", "", lambda t: f"{t:%Y-%m-%d}", lambda t: f"{part(t):.8f}"),
    ("five decimals", "", lambda t: f"{t:%d.%m.%Y}", lambda t: f"{part(t):.5f}"),
    ("comma", "", lambda t: f"{t.day}.{t.month}.{t.year}", lambda t: f"{part(t):.7f}".replace(".", ",")),
    ("month first", "", lambda t: f"{t.month}/{t.day}/{t.year}", lambda t: repr(part(t))),
    ("month name", "", lambda t: f"{t:%B} {t.day}, {t.year}", lambda t: repr(part(t))),
    ("compact", "", lambda t: f"{t:%Y%m%d}", lambda t: repr(part(t))),
    ("exponent", "", lambda t: f"{t:%Y-%m-%d}", lambda t: f"{part(t):.10e}" if part(t) >= 0.1 else repr(part(t))),
    ("serial", "", lambda t: str(int(serial(t))), lambda t: repr(part(t))),
    ("serial with a point", "", lambda t: f"{int(serial(t))}.0", lambda t: f"{part(t):.8f}"),
    ("serial and clock", "", lambda t: str(int(serial(t))), lambda t: f"{t:%H:%M:%S}"),
    ("named day first", "day_first", lambda t: f"{t:%d/%m/%Y}", lambda t: repr(part(t))),
    ("named Excel", "excel", lambda t: f"{t:%Y-%m-%d}", lambda t: repr(part(t))),
    ("named Excel, day first", "excel", lambda t: f"{t:%d/%m/%Y}", lambda t: f"{part(t):.8f}"),
    ("named Excel, serial", "excel", lambda t: str(int(serial(t))), lambda t: repr(part(t))),
    ("named Excel, serial and clock", "excel", lambda t: str(int(serial(t))), lambda t: f"{t.hour}:{t.minute}:{t.second}"),
    ("named Excel, whole serial", "excel", lambda t: f"{t:%Y-%m-%d}", lambda t: repr(serial(t))),
    ("whole serial", "", lambda t: f"{t:%Y-%m-%d}", lambda t: repr(serial(t))),
    ("named Excel 1904", "excel_1904",
     lambda t: str(int(serial(t, datetime.datetime(1904, 1, 1)))), lambda t: repr(part(t))),
    ("no zeros", "", lambda t: f"{t.day}/{t.month}/{t.year}", lambda t: f"{t.hour}:{t.minute}:{t.second}"),
    ("Spanish", "", lambda t: f"{t:%d/%m/%Y}", lambda t: f"{half(t)}:{t:%M:%S} {spanish(t, ' ')}"),
    ("Spanish U+00A0", "", lambda t: f"{t:%d/%m/%Y}", lambda t: f"{half(t)}:{t:%M:%S}\u00a0{spanish(t, chr(0xa0))}"),
    ("pattern of both", "%d/%m/%Y %Hh%Mm%S", lambda t: f"{t:%d/%m/%Y}", lambda t: f"{t:%Hh%Mm%S}"),
    ("pattern of the time", "%d/%m/%Y %H:%M:%S", lambda t: f"{t:%Y-%m-%d}", lambda t: f"{t:%d/%m/%Y %H:%M:%S}"),
    ("own date", "", lambda t: f"{t:%Y-%m-%d}", lambda t: str(unix(t))),
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
    with open("two_columns.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["name", "format", "date", "time", "seconds"])
        for name, form, write_date, write_time in TWO_COLUMNS:
            for t in MOMENTS:
                out.writerow([name, form, write_date(t), write_time(t), unix(t)])
    with open("zones.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["zone", "utc", "local"])
        for place in PLACES:
            for instant in INSTANTS:
                local = datetime.datetime.fromtimestamp(instant, zoneinfo.ZoneInfo(place))
                out.writerow([place, instant, unix(local.replace(tzinfo=None))])


if __name__ == "__main__":
    main()
