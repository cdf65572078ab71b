"""The built site in a browser: nothing overflows, pictures load, and the search needs no network.

sphinx-build -W --keep-going -b html docs docs/_build
python -m pytest -m site
"""

import json
import shutil
import subprocess
import threading
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SITE = Path(__file__).parents[1] / "docs" / "_build"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = (1366, 390)  # of a laptop and of a phone, in CSS pixels
WORDS = ("checkpoint", "photos", "install", "GPU")
PATIENCE = 1200  # seconds, on a busy machine

pytestmark = pytest.mark.site

PROBE = """<!doctype html><title>probe</title><body style="margin:0"><script>
const frame = document.createElement("iframe");
frame.style = "border:0;height:900px";
document.body.append(frame);

const opened = (address) => new Promise((resolve) => {
  frame.onload = () => resolve(frame.contentDocument);
  frame.src = address;
});

const scrolls = (element) => {
  for (let box = element; box && box.localName !== "body"; box = box.parentElement)
    if (getComputedStyle(box).overflowX !== "visible") return true;
  return false;
};

const look = async (page, width) => {
  frame.style.width = width + "px";
  const doc = await opened("/" + page);
  const missing = [], outside = [];
  for (const image of doc.images) {
    image.loading = "eager";
    try { await image.decode(); } catch { missing.push(image.getAttribute("src")); }
  }
  const wide = [...doc.querySelectorAll("article *")]
    .filter((box) => box.getBoundingClientRect().right > width + 1 && !scrolls(box))
    .map((box) => box.outerHTML.slice(0, 120));
  if (doc.documentElement.scrollWidth > width + 1) wide.push("the page itself");
  for (const part of doc.querySelectorAll("script[src], link[rel=stylesheet], img[src]")) {
    const address = new URL(part.src || part.href);
    if (!["data:", location.protocol].includes(address.protocol) || (
      address.protocol !== "data:" && address.host !== location.host)) outside.push(address.href);
  }
  return { page, width, missing, outside, wide: wide.slice(0, 3) };
};

const search = async (word) => {
  const doc = await opened("/search.html?q=" + word);
  for (let tries = 0; tries < 300; tries++) {
    const found = doc.querySelectorAll("#search-results li").length;
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return 0;
};

(async () => {
  const { pages, widths, words } = await (await fetch("/probe/pages")).json();
  const seen = [];
  for (const width of widths) for (const page of pages) seen.push(await look(page, width));
  const found = {};
  for (const word of words) found[word] = await search(word);
  await fetch("/probe/result", { method: "POST", body: JSON.stringify({ seen, found }) });
})();
</script>"""


class Handler(SimpleHTTPRequestHandler):
    """Serves the site, the probe, and takes what the probe has seen."""

    def __init__(self, *arguments):
        super().__init__(*arguments, directory=str(SITE))

    def do_GET(self):
        pages = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html"))
        plan = {"pages": pages, "widths": WIDTHS, "words": WORDS}
        own = {
            "/probe": ("text/html", PROBE),
            "/probe/pages": ("application/json", json.dumps(plan)),
        }
        if self.path not in own:
            super().do_GET()
            return
        kind, text = own[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.result = json.loads(content)
        self.server.done.set()

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """What a browser has seen of all pages, at both widths."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no Chromium here")
    if not (SITE / "index.html").exists():
        pytest.fail(f"there is no site in {SITE}: build it first")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.done, server.result = threading.Event(), None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        options += ["--remote-debugging-port=0"]  # it stays until it is told to go
        options += [f"--user-data-dir={tmp_path_factory.mktemp('browser')}", "--no-first-run"]
        process = subprocess.Popen(
            [browser, *options, f"http://127.0.0.1:{server.server_port}/probe"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert server.done.wait(PATIENCE), "the browser has not come to an end"
        finally:
            process.terminate()
            process.wait(60)
            server.shutdown()
    return server.result


def of_pages(result, key):
    return {f"{seen['page']} at {seen['width']}": seen[key] for seen in result["seen"] if seen[key]}


def test_nothing_is_wider_than_the_screen(result):
    assert len(result["seen"]) > 2 * 100
    assert of_pages(result, "wide") == {}


def test_pictures_load(result):
    assert of_pages(result, "missing") == {}


def test_pages_need_no_network(result):
    assert of_pages(result, "outside") == {}


def test_the_search_finds_words(result):
    assert set(result["found"]) == set(WORDS)
    assert all(result["found"].values()), result["found"]


def test_every_link_within_the_site_leads_somewhere():
    """Sphinx checks references; this checks what it wrote."""
    if not (SITE / "index.html").exists():
        pytest.fail(f"there is no site in {SITE}: build it first")
    broken = [link for page in SITE.rglob("*.html") for link in broken_links(page)]
    assert broken == []


def broken_links(page):
    targets = []

    class Links(HTMLParser):
        def handle_starttag(self, tag, attributes):
            targets.extend(value for name, value in attributes if name in ("href", "src") and value)

    Links().feed(page.read_text())
    for target in targets:
        path = target.split("#")[0].split("?")[0]
        if path and ":" not in path and not (page.parent / path).exists():
            yield f"{page.relative_to(SITE)}: {target}"
