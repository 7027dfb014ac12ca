"""The tests of the tests: pages with one deliberate fault each, and which of the checks has to find it.

A sound page passes; so what is found is the fault, and nothing else.
"""

from typing import NamedTuple

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

COLUMNS = ("benchmark", "metric", "baseline", "candidate", "change", "interval", "p", "verdict")
HEAD = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)

# What the only row of the sound page is made of.
ROW = {
    "benchmark": "digits",
    "metric": "latency_p99",
    "unit": "ns",
    "baseline": 4121000.0,
    "candidate": 5031900.0,
    "change": 0.22104,
    "ci": [0.18361, 0.2604],
    "p_adjusted": 0.0004,
    "test": "welch-t-log",
    "verdict": "regression",
}

SOUND = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A sound page</title>
<style>
:root {{ color-scheme: light dark; --ink: #1b1b1b; --ground: #ffffff; --line: #0645ad; }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ --ink: #e8e8e8; --ground: #121212; --line: #9ecbff; }} }}
.wide {{ overflow-x: auto; background: linear-gradient(var(--ground), var(--ground)) 0 0 / 1rem local; }}
@media print {{ :root {{ color-scheme: light; }} .wide {{ overflow: visible; }} }}
body {{ color: var(--ink); background: var(--ground); margin: 1rem; font: 16px sans-serif; }}
a {{ color: var(--line); }}
svg {{ max-width: 100%; height: auto; }}
svg text {{ fill: var(--ink); font-size: 12px; }}
</style>
</head>
<body>
<a href="#main">Skip to the content</a>
<nav id="contents" aria-label="Contents"><a href="#rows">Rows</a></nav>
<main id="main" tabindex="-1">
<h1>A sound page</h1>
<h2 id="rows">Rows</h2>
<p>See <a href="#rows">the rows</a>.</p>
<div class="wide" role="region" aria-label="Rows" tabindex="0">
<table><caption>Rows</caption><thead><tr>{HEAD}</tr></thead>
<tbody><tr><th scope="row">digits</th><td>latency_p99</td><td>4.12 ms</td><td>5.03 ms</td><td>+22.1 %</td>
<td>[+18.4, +26.0]</td><td>&lt;.001</td><td>regression</td></tr></tbody></table>
</div>
<svg role="img" aria-labelledby="t" viewBox="0 0 300 60" width="300" height="60"><title id="t">A plot</title>
<text x="10" y="20">left</text><text x="200" y="20">right</text></svg>
<details><summary>More</summary><p>Hidden at first.</p></details>
</main>
</body>
</html>
"""


class Fault(NamedTuple):
    """A way to break the sound page, and what has to be said about it."""

    name: str
    edits: tuple[tuple[str, str], ...]
    found: str

    def page(self) -> str:
        text = SOUND
        for old, new in self.edits:
            if old not in text:
                raise AssertionError(f"{self.name}: the sound page does not have {old!r}")
            text = text.replace(old, new, 1)
        return text


def adding(name: str, html: str, found: str) -> Fault:
    """A fault that is something more at the end of `main`."""
    return Fault(name, (("</main>", f"{html}</main>"),), found)


def styled(name: str, css: str, found: str) -> Fault:
    """A fault of the style."""
    return Fault(name, (("</style>", f"{css}</style>"),), found)


def free(name: str, html: str, found: str) -> Fault:
    """Something more in the head, on a page whose policy lets it load what it likes."""
    return Fault(name, ((POLICY, "default-src * 'unsafe-inline'"), ("</head>", f"{html}</head>")), found)


def changed(name: str, old: str, new: str, found: str) -> Fault:
    return Fault(name, ((old, new),), found)


FAULTS = (
    adding("an error on the console", "<script>console.error('oh')</script>", "console.error: oh"),
    adding("a warning on the console", "<script>console.warn('oh')</script>", "console.warning: oh"),
    adding("an exception", "<script>nowhere()</script>", "exception: ReferenceError"),
    adding("what the policy forbids", '<img src="other.png" alt="other">', "issue ContentSecurityPolicyIssue"),
    free("a style from a file", '<link rel="stylesheet" href="other.css">', "the page asks for file:"),
    free("a script over the network", '<script src="https://script.invalid/x.js"></script>', "asks for https:"),
    free(
        "a font over the network",
        "<style>@font-face { font-family: F; src: url(http://font.invalid/f) } h1 { font-family: F }</style>",
        "asks for http://font.invalid",
    ),
    free("no policy to speak of", "", "its policy is not default-src"),
    styled("grey on grey", "p { color: #999; background: #aaa }", "axe: color-contrast"),
    styled(
        "grey on grey in the dark alone",
        "@media (prefers-color-scheme: dark) { p { color: #444 } }",
        "axe: color-contrast",
    ),
    styled("grey in print alone", "@media print { p { color: #bbb } }", "axe: color-contrast"),
    styled("grey in a fold", "details p { color: #aaa }", "axe: color-contrast"),
    adding(
        "too wide in a fold",
        '<details><summary>Wide</summary><div style="width: 600px">wide</div></details>',
        "with open folds, sideways: the page is",
    ),
    changed("no language", ' lang="en"', "", "axe: html-has-lang"),
    adding("a field without a label", "<input>", "axe: label"),
    adding("a list that is none", "<ul><div>one</div></ul>", "axe: list"),
    adding("too wide for a phone", '<div style="width: 600px">wide</div>', "sideways: the page is"),
    Fault(
        "too wide for a phone, and cut off",
        (("</main>", '<div style="width: 600px">wide</div></main>'), ("</style>", "body { overflow-x: clip }</style>")),
        "beyond: div",
    ),
    adding(
        "a box that would have to scroll on paper",
        '<div tabindex="0" style="overflow-x: auto"><div style="width: 1000px">wide</div></div>',
        "lostOnPaper: div",
    ),
    styled("words broken in a table", "td { max-width: 3em; overflow-wrap: anywhere }", 'brokenWords: "regression"'),
    changed(
        "no viewport",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "",
        "sideways: the page is laid out for",
    ),
    changed("dark paper", "@media screen and (prefers", "@media (prefers", "paper: the page's ground"),
    changed("quirks mode", "<!doctype html>", "", "quirks mode"),
    adding("an id twice", '<p id="rows">again</p>', 'ids: id "rows" is there 2 times'),
    adding("a link to nowhere", '<p><a href="#gone">gone</a></p>', "links: a"),
    adding("a label that is not there", '<p aria-describedby="gone">text</p>', "references: aria-describedby"),
    adding("a plot without a name", '<svg width="9" height="9"></svg>', "nameless: svg"),
    adding(
        "a plot with an empty name", '<svg role="img" aria-labelledby="e"><title id="e"> </title></svg>', "nameless"
    ),
    adding("no number", "<p>changed by NaN %</p>", 'words: "NaN" stands in the text'),
    adding("no value", "<p>p is null</p>", 'words: "null" stands in the text'),
    adding("an empty paragraph", "<p> </p>", "empty: p is empty"),
    adding("a heading out of line", "<h5>deep</h5>", 'heading: h5 "deep" follows'),
    changed("a text cut off in a plot", 'x="200"', 'x="290"', 'plotTexts: cut off: "right"'),
    changed("texts on each other in a plot", 'x="200"', 'x="20"', '"right" lies on "left"'),
    styled("small letters in a plot", "svg text { font-size: 10.5px }", "plotLetters: letters of 10.5 px"),
    styled(
        "nothing that says how wide a table is", ".wide { background: none; width: 9rem }", "unhinted: nothing says"
    ),
    adding("a character that is not seen", "<p>zero&#8203;width</p>", "invisible: the text has characters"),
    styled("a pale text in a plot", "svg text { fill: #bbb }", "plotContrast: text"),
    changed("no skip link", '<a href="#main">Skip to the content</a>', "", "keyboard: the first Tab"),
    changed("a skip link past everything", '<a href="#main">', '<a href="#contents">', "keyboard: the first Tab"),
    styled("a focus that is not seen", "summary:focus { outline: none }", "has the focus and does not show it"),
    changed("a fold out of the keyboard's reach", "<summary>", '<summary tabindex="-1">', "keyboard: none of 1 folds"),
    adding(
        "a fold that does not open",
        "<script>document.querySelector('summary').onclick = event => event.preventDefault()</script>",
        "does not open by",
    ),
    changed("another verdict", "<td>regression</td>", "<td>unchanged</td>", "row 1: verdict is 'unchanged'"),
    changed("another benchmark", ">digits</th>", ">tokenize</th>", "row 1: benchmark is 'tokenize'"),
    changed("another digit", "4.12 ms", "4.13 ms", "row 1: baseline is '4.13 ms'"),
    changed("another unit", "5.03 ms", "5.03 µs", "row 1: candidate is '5.03 µs'"),
    changed("another sign", "+22.1 %", "−22.1 %", "row 1: change is '−22.1 %'"),
    changed("another interval", "+26.0]", "+26.1]", "row 1: interval is"),
    changed("another chance", "&lt;.001", ".62", "row 1: p is '.62'"),
    changed("no row", "<tbody><tr>", "<tbody></tbody><tfoot><tr>", "0 rows instead of 1"),
    changed("no such column", ">verdict</th>", ">outcome</th>", "no table has the columns"),
)
