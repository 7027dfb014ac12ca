"""What a table has to say, by the document that it was made of: the same rows in the same order, the same numbers.

Numbers are read back from what people read, and must be those of the document to the last digit shown. Nothing of
this knows how perfgate writes them.
"""

import re
from typing import Any, NamedTuple, Optional, Union

# How many of a unit one of what is shown is.
SHOWN = {
    "ns": {"ns": 1.0, "µs": 1e3, "ms": 1e6, "s": 1e9, "min": 60e9, "h": 3600e9, "d": 86400e9},
    "1/s": {"/s": 1.0, "k/s": 1e3, "M/s": 1e6, "G/s": 1e9, "T/s": 1e12},
    "B": {"B": 1.0, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30, "TiB": 2.0**40},
    "ratio": {"%": 0.01},
}
LETTERS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
NUMBER = re.compile(
    r"(?P<sign>[+−-]?)(?P<times>×?)(?P<digits>\d+(?:\.(?P<decimals>\d+))?|\.(?P<bare>\d+))(?:e(?P<power>-?\d+))?"
)


class Value(NamedTuple):
    """A value of a document, in a unit of a document."""

    number: float
    unit: str

    def says(self, text: str) -> bool:
        found = NUMBER.match(text)
        if not found:
            return False
        rest = text[found.end() :].strip()
        per = SHOWN.get(self.unit, {}).get(rest)
        if per is None and self.unit not in SHOWN:
            letter, _, unit = rest.partition(" ") if " " in rest else ("", "", rest)
            if self.unit == "1":
                letter, unit = rest, ""
            per = LETTERS.get(letter) if unit == ("" if self.unit == "1" else self.unit) else None
        return per is not None and is_near(found, self.number / per)


class Change(NamedTuple):
    """A relative change, or another share of which percent are shown."""

    share: float

    def says(self, text: str) -> bool:
        bare = text.removesuffix("%").removesuffix("pp").strip()
        if bare in ("0", "~0"):
            return abs(self.share) < 0.00005
        found = NUMBER.match(bare)
        if not found:
            return False
        if found["times"]:
            per = LETTERS.get(bare[found.end() :].strip())
            return per is not None and is_near(found, (1.0 + self.share) / per)
        if found["sign"] != ("+" if self.share > 0 else "−"):
            return False
        return is_near(found, self.share * 100.0)


class Interval(NamedTuple):
    """The interval of a change."""

    low: float
    high: float

    def says(self, text: str) -> bool:
        found = re.fullmatch(r"\[(.+), (.+)\]", text.strip())
        return bool(found) and all(Change(end).says(said) for end, said in zip(self, found.groups()))


class Chance(NamedTuple):
    """A p-value."""

    value: float

    def says(self, text: str) -> bool:
        text = text.replace("0.", ".")
        if text.startswith("<"):
            return self.value < float(text[1:])
        found = NUMBER.match(text)
        return bool(found) and is_near(found, self.value)


Said = Union[str, Value, Change, Interval, Chance]


def is_near(found: "re.Match[str]", number: float) -> bool:
    """Whether this is the number, to the last digit shown."""
    decimals = len(found["decimals"] or found["bare"] or "")
    power = int(found["power"] or 0)
    shown = float(found["digits"]) * 10.0**power
    if found["sign"] in ("−", "-"):
        shown = -shown
    return abs(shown - number) <= 0.501 * 10.0 ** (power - decimals)


def of_comparison(document: dict) -> list[dict[str, Said]]:
    """The rows of a comparison, the worst first."""
    return [of_row(row) for row in document["rows"]]


def of_row(row: dict) -> dict[str, Said]:
    said: dict[str, Said] = {"benchmark": row["benchmark"], "verdict": row["verdict"]}
    if row.get("confirmed"):
        said["verdict"] += ", confirmed"
    if "metric" in row:
        said["metric"] = row["metric"]
    for side in ("baseline", "candidate"):
        if side in row:
            said[side] = Value(row[side], row["unit"])
    if row.get("metric") != "error_rate" and "change" in row:
        said["change"] = Change(row["change"])
        if "ci" in row:
            said["interval"] = Interval(*row["ci"])
    if "p_adjusted" in row and row.get("test") != "exact":
        said["p"] = Chance(row["p_adjusted"])
    return said


def differences(table: dict, expected: list[dict[str, Said]], columns: dict[str, str]) -> list[str]:
    """What a table says otherwise in its first rows. `columns` names, for what is expected, how a heading begins."""
    places = {}
    for what, heading in columns.items():
        place = next((at for at, name in enumerate(table["columns"]) if name.lower().startswith(heading)), None)
        if place is None:
            return [f"no column is called {heading!r}, only {table['columns']}"]
        places[what] = place
    if len(table["rows"]) < len(expected):
        return [f"{len(table['rows'])} rows instead of {len(expected)} at least"]
    found = []
    for number, (cells, row) in enumerate(zip(table["rows"], expected), 1):
        for what, said in row.items():
            if what not in places:
                continue
            text = cells[places[what]]
            if not (text == said if isinstance(said, str) else said.says(text)):
                found.append(f"row {number}: {what} is {text!r}, not {said!r}")
    return found


def with_columns(tables: list[dict], *headings: str) -> Optional[dict[str, Any]]:
    """The first table that has columns whose names begin so."""
    for table in tables:
        names = [name.lower() for name in table["columns"]]
        if all(any(name.startswith(heading) for name in names) for heading in headings):
            return table
    return None
