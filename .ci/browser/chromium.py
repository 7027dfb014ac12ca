"""Chromium without a window, over the DevTools protocol on a pair of pipes: no port, no driver, no package.

Here: starting it, commands, and what it tells of a page while that is open. Not here: what a page should be like
(`checks`).
"""

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple, Optional

PROGRAMS = ("chromium", "google-chrome", "chromium-browser")
# Waiting for an answer ends here, with an error: a page that needs longer does not stay usable.
PATIENCE = 120.0

FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    # CI runs as root, in a container: there is no sandbox to be had. The pages are ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    # The browser's own errands are not the pages'.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    # Nothing that a page asks for by name is found.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
)


class View(NamedTuple):
    """How a page is looked at."""

    scheme: str
    width: int
    media: str = "screen"

    def __str__(self) -> str:
        return f"{self.scheme}, {self.width} px, {self.media}"


class Broken(Exception):
    """The browser did not do what it was told."""


class Chromium:
    """A running browser. Use it as a context: it ends with it."""

    def __init__(self, profile: Path) -> None:
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            raise Broken(f"none of {', '.join(PROGRAMS)} is installed: apt-get install chromium")
        to_browser, self.commands = os.pipe()
        self.answers, from_browser = os.pipe()

        def give_pipes() -> None:
            # It reads from 3 and writes to 4, and one of our ends may have either number.
            ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_browser, from_browser)]
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            start_new_session=True,
            preexec_fn=give_pipes,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.received = b""
        self.number = 0
        self.events: list[dict] = []

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Broken, OSError):
            self.command("Browser.close")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.commands)
        os.close(self.answers)

    def command(self, method: str, session: Optional[str] = None, **parameters: Any) -> dict:
        """Gives a command and waits for its result; events that come meanwhile are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        try:
            rest = json.dumps(message).encode() + b"\0"
            while rest:
                rest = rest[os.write(self.commands, rest) :]
        except BrokenPipeError:
            raise Broken("the browser has ended") from None
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._message(deadline, method)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Broken(f"{method}: {answer['error'].get('message')}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method: str, session: str) -> None:
        """Waits until this event has come, now or before."""
        deadline = time.monotonic() + PATIENCE
        while not any(event.get("method") == method and event.get("sessionId") == session for event in self.events):
            self.events.append(self._message(deadline, method))

    def _message(self, deadline: float, what: str) -> dict:
        while b"\0" not in self.received:
            ready, _, _ = select.select([self.answers], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise Broken(f"no answer to {what} within {PATIENCE:.0f} s")
            read = os.read(self.answers, 1 << 20)
            if not read:
                raise Broken(f"the browser ended while it did {what}")
            self.received += read
        line, self.received = self.received.split(b"\0", 1)
        return json.loads(line)

    def page(self, file: Path, view: View) -> "Page":
        """Opens a file in a tab of its own."""
        return Page(self, file, view)


class Page:
    """An open page in one view. Use it as a context: the tab closes with it."""

    def __init__(self, browser: Chromium, file: Path, view: View) -> None:
        self.browser = browser
        self.url = file.resolve().as_uri()
        self.view = view
        self.target = browser.command("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.command("Target.attachToTarget", targetId=self.target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits", "DOM", "Accessibility"):
            self.command(f"{domain}.enable")
        self.command("Performance.enable", timeDomain="timeTicks")
        self.look(view)
        # What is told from here on is about the page.
        browser.events.clear()
        self.command("Page.navigate", url=self.url)
        browser.wait_for("Page.loadEventFired", self.session)
        frame = self.command("Page.getFrameTree")["frameTree"]["frame"]
        self.world = self.command("Page.createIsolatedWorld", frameId=frame["id"])["executionContextId"]
        # Drawn, and all that it wanted to load has been asked for.
        self.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))")

    def __enter__(self) -> "Page":
        return self

    def __exit__(self, *_: object) -> None:
        self.browser.command("Target.closeTarget", targetId=self.target)
        self.browser.events.clear()

    def command(self, method: str, **parameters: Any) -> dict:
        return self.browser.command(method, self.session, **parameters)

    def look(self, view: View) -> None:
        """Looks at the page in another way, without loading it again."""
        self.view = view
        phone = view.width < 600
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=view.width,
            height=844 if phone else 800,
            deviceScaleFactor=1,
            mobile=phone,
        )
        self.command(
            "Emulation.setEmulatedMedia",
            media=view.media,
            features=[{"name": "prefers-color-scheme", "value": view.scheme}],
        )

    def ask(self, expression: str) -> Any:
        """The value of an expression, computed in a world of its own: the page sees nothing of it."""
        answer = self.command(
            "Runtime.evaluate", expression=expression, contextId=self.world, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Broken(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """Presses a key and lets it go."""
        event = {"key": key, "code": key if key != " " else "Space", "windowsVirtualKeyCode": code}
        self.command("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        self.command("Input.dispatchKeyEvent", type="keyUp", **event)

    def told(self) -> list[dict]:
        """What the browser has told of this page since it began to load."""
        return [event for event in self.browser.events if event.get("sessionId") == self.session]

    def figures(self) -> dict[str, float]:
        """The browser's own counts and times of this page: nodes, seconds of layout."""
        return {one["name"]: one["value"] for one in self.command("Performance.getMetrics")["metrics"]}

    def paper(self) -> str:
        """The page printed on A4, as a PDF in base 64."""
        return self.command("Page.printToPDF", preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69)["data"]

    def picture(self) -> str:
        """The whole page as a PNG in base 64."""
        return self.command("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
