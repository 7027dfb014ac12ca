"""What every page has to be like, in every way it is looked at. A check gives what is wrong, as texts.

Here: the checks. Not here: how the browser is asked (`chromium`, `page.js`), which pages there are (`pages`).
"""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Callable

from chromium import Page, View

HERE = Path(__file__).resolve().parent
PHONE, DESK, SHEET = 390, 1280, 718
# In front of a screen, on a phone, and on A4 without its margins.
VIEWS = (
    View("light", DESK),
    View("dark", DESK),
    View("light", PHONE),
    View("dark", PHONE),
    View("light", SHEET, "print"),
    # Who prints from a dark screen gets the same paper.
    View("dark", SHEET, "print"),
)

# In every view; each a function of page.js.
ALWAYS = ("sideways", "beyond", "brokenWords", "plotContrast", "plotTexts")
# Where a screen is narrow, and paper is not.
ON_SCREEN = ("plotLetters", "unhinted")
# Once: how the page is looked at does not matter.
ONCE = ("invisible", "ids", "links", "references", "nameless", "words", "empty", "policy", "heading")
# Rules of axe-core that depend on how a page is looked at. The others take it as it was written, and are asked once.
# A colour is the same on a phone and on a desk, and on paper it must not be the dark's, which `paper` sees to.
SEEN = ("color-contrast", "link-in-text-block")
AXE: "dict[View, tuple[str, ...]]" = {
    View("dark", DESK): SEEN,
    View("light", PHONE): ("scrollable-region-focusable",),
    View("light", SHEET, "print"): SEEN,
}
ON_PAPER = ("paper", "lostOnPaper")

KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " ")}


@cache
def axe(folder: Path) -> str:
    """axe-core's source, from the package that brings it."""
    (file,) = folder.rglob("axe.min.js")
    return file.read_text(encoding="utf-8")


@cache
def script() -> str:
    """What is asked of a page."""
    return (HERE / "page.js").read_text(encoding="utf-8").rstrip().rstrip(";")


def ready(page: Page) -> None:
    page.ask(f"globalThis.asks = {script()}; null")


def requests(page: Page) -> list[str]:
    """Whatever was asked for besides the file itself."""
    asked = []
    for event in page.told():
        if event["method"] == "Network.requestWillBeSent":
            asked.append(event["params"]["request"]["url"])
        elif event["method"] in ("Network.webSocketCreated", "Network.webTransportCreated"):
            asked.append(event["params"]["url"])
    others = list(asked)
    if page.url in others:
        others.remove(page.url)
    # Only if requests are told at all does their absence mean anything.
    unseen = [] if page.url in asked else ["the request for the page itself was not seen"]
    return unseen + [f"the page asks for {url[:200]}" for url in others]


def complaints(page: Page) -> list[str]:
    """What the browser says about the page: to the console, to its log, and among the faults that its tools list."""
    found = []
    for event in page.told():
        about = event["params"]
        if event["method"] == "Runtime.consoleAPICalled":
            said = " ".join(str(one.get("value", one.get("description", ""))) for one in about["args"])
            found.append(f"console.{about['type']}: {said[:200]}")
        elif event["method"] == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            found.append(f"exception: {details.get('exception', {}).get('description', details['text'])[:200]}")
        elif event["method"] == "Log.entryAdded":
            entry = about["entry"]
            found.append(f"log, {entry['source']} {entry['level']}: {entry['text'][:200]}")
        elif event["method"] == "Audits.issueAdded":
            issue = about["issue"]
            found.append(f"issue {issue['code']}: {str(issue['details'])[:200]}")
    return found


def asked(page: Page, names: tuple[str, ...]) -> list[str]:
    found = []
    for name in names:
        found += [f"{name}: {problem}" for problem in some(page.ask(f"asks.{name}({page.view.width})"))]
    return found


def some(problems: list[str], most: int = 5) -> list[str]:
    """The first few: a fault of a row is a fault of a thousand."""
    more = [f"… and {len(problems) - most} more"] if len(problems) > most else []
    return problems[:most] + more


def accessibility(page: Page, axe_folder: Path, rules: "tuple[str, ...]" = ()) -> list[str]:
    """The faults that axe-core calls serious or critical, by all of its rules if none are named."""
    page.ask(axe(axe_folder) + "; null")
    return [f"axe: {fault}" for fault in page.ask(f"asks.axeFaults({json.dumps(rules) if rules else ''})")]


def look(page: Page, axe_folder: Path, first: bool) -> list[str]:
    """Everything that is checked in one view."""
    found = some(requests(page)) + some(complaints(page))
    ready(page)
    found += asked(page, ALWAYS)
    if page.view.media == "print":
        found += asked(page, ON_PAPER)
    else:
        found += asked(page, ON_SCREEN)
    if first:
        found += asked(page, ONCE)
    if page.view.media == "screen":
        page.ask("asks.openFolds(true), asks.drawAll()")
        found += [f"with open folds, {problem}" for problem in asked(page, ALWAYS) if problem not in found]
    # Only what is shown is looked at.
    if first or page.view in AXE:
        found += accessibility(page, axe_folder, () if first else AXE[page.view])
    page.ask("asks.openFolds(false)")
    return found


def press(page: Page, key: str) -> None:
    page.press(key, *KEYS[key])


FOCUS = """(() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return {
    name: asks.name(at),
    tag: at.tagName.toLowerCase(),
    skips: !!at.hash && document.querySelector(at.hash)?.matches("main, main > :first-child"),
    seen: outlined || style.boxShadow !== "none",
    inMain: !!at.closest("main"),
    open: at.parentElement.open === true,
    place: [...document.querySelectorAll("summary")].indexOf(at),
  };
})()"""


def keyboard(page: Page, most: int = 300) -> list[str]:
    """The way through without a mouse: the skip link first, into `main`; folds open and close; focus is seen."""
    ready(page)
    found = []
    press(page, "Tab")
    first = page.ask(FOCUS)
    if not first or not first["skips"]:
        return [f"keyboard: the first Tab does not reach a skip link but {first and first['name']}"]
    if not first["seen"]:
        found.append("the skip link shows no focus")
    press(page, "Enter")
    press(page, "Tab")
    after = page.ask(FOCUS)
    in_main = "!!document.querySelector('main :is(a[href], summary, [tabindex], button, input)')"
    if page.ask(in_main) and not (after and after["inMain"]):
        found.append(f"after the skip link Tab does not go into main but to {after and after['name']}")
    wanted = page.ask("[...document.querySelectorAll('summary')].filter(one => one.checkVisibility()).length")
    opened = 0
    page.ask("document.activeElement?.blur(); null")
    seen: set[str] = set()
    for _ in range(most):
        press(page, "Tab")
        at = page.ask(FOCUS)
        if at is None:
            break
        if not at["seen"] and at["tag"] not in seen:
            found.append(f"{at['name']} has the focus and does not show it")
            seen.add(at["tag"])
        if at["tag"] == "summary" and opened < 3:
            before = at["open"]
            for key in ("Enter", " "):
                press(page, key)
                now = page.ask(FOCUS)
                if now is None or now["open"] == before:
                    found.append(f"{at['name']} does not {'close' if before else 'open'} by {key!r}")
                before = not before
            opened += 1
    if wanted and not opened:
        found.append(f"none of {wanted} folds is reached by Tab")
    return [f"keyboard: {problem}" for problem in found]


def printed(page: Page) -> list[str]:
    """The page on paper: that there is some, and how much."""
    paper = base64.b64decode(page.paper())
    return [] if paper.startswith(b"%PDF") and len(paper) > 1000 else ["the page cannot be printed"]


Check = Callable[[Page], list[str]]
