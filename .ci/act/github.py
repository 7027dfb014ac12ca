"""A stand-in for GitHub's API, which keeps comments: the program `fake_github` of the tests."""

import json
import subprocess
import urllib.request
from types import TracebackType

from repository import ROOT

PROGRAM = ROOT / "target" / "debug" / "examples" / "fake_github"


class GitHub:
    """A server; tokens are those of workflows, until `_settings` says otherwise."""

    def __enter__(self) -> "GitHub":
        self.process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def state(self) -> dict:
        with urllib.request.urlopen(f"{self.url}/_state") as answer:
            return json.load(answer)

    @property
    def comments(self) -> list[str]:
        """What the comments say, the oldest first."""
        return [comment["body"] for comment in self.state["comments"]]

    def only_comment(self) -> str:
        comments = self.comments
        assert len(comments) == 1, comments
        return comments[0]

    def send(self, path: str, body: object) -> None:
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data=data, method="POST")
        urllib.request.urlopen(request).close()

    def variables(self, run: int = 100) -> dict[str, str]:
        """What a runner of this server says of itself."""
        return {"GITHUB_API_URL": self.url, "GITHUB_RUN_ID": str(run), "GITHUB_RUN_ATTEMPT": "1"}


def nobody() -> dict[str, str]:
    """The variables of a runner whose API is not there: nothing listens on this port."""
    return {"GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_RUN_ID": "100", "GITHUB_RUN_ATTEMPT": "1"}
