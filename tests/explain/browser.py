"""Chromium without a window: what a page looks like when it is opened.

It is found as the program that CORNU_CHROMIUM names, else as chromium or google-chrome.
"""

import json
import os
import re
import shutil
import subprocess
from html import unescape

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "Chromium is not installed: apt-get install chromium, or name it by CORNU_CHROMIUM"

# Measures when all is loaded, and writes what it finds into the page.
SCRIPT = """<script>
const problems = [];
addEventListener("error", e => problems.push(e.message || "not loaded: " + e.target.outerHTML), true);
addEventListener("load", () => {
  const box = each => {
    const b = each.getBoundingClientRect();
    return [b.left, b.top, b.right, b.bottom];
  };
  const pictures = [...document.querySelectorAll("img, svg")].map(each => ({
    kind: each.tagName.toLowerCase(), box: box(each), natural: each.naturalWidth,
    words: [...each.querySelectorAll("text")].map(word => [word.textContent, box(word)]),
    frames: [...each.querySelectorAll("rect")].map(box),
  }));
  const cells = [...document.querySelectorAll("td, th, pre, p")].map(each =>
    [each.textContent, each.scrollWidth, each.clientWidth]);
  const measured = document.createElement("pre");
  measured.id = "measured";
  measured.textContent = JSON.stringify({problems, pictures, cells, title: document.title});
  document.body.append(measured);
});
</script>"""


def chromium():
    """The path of the program, or None."""
    return next(filter(None, map(shutil.which, (os.environ.get("CORNU_CHROMIUM") or "", *NAMES))), None)


def opened(html, folder, size=(1000, 3000)):
    """The page as it is drawn: its measurements, what its console says, and a picture's path."""
    (folder / "page.html").write_text(html.replace("<head>", f"<head>{SCRIPT}", 1))
    dom, log = _run(folder, size, "--dump-dom")
    found = re.search(r'<pre id="measured">(.*?)</pre>', dom, re.S)
    assert found, f"nothing was measured: {log[-2000:]}"
    _run(folder, size, f"--screenshot={folder / 'page.png'}")
    console = [line for line in log.splitlines() if ":CONSOLE" in line]
    return json.loads(unescape(found[1])), console, folder / "page.png"


def _run(folder, size, *what):
    options = ["--headless", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]
    options += [f"--user-data-dir={folder / 'profile'}", f"--window-size={size[0]},{size[1]}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")  # it refuses to be run by root otherwise
    command = [chromium(), *options, *what, (folder / "page.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout, done.stderr
