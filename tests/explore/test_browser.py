"""The explorer in a browser: a click changes the picture. Needs Gradio and Chromium."""

import json
import shutil
import subprocess
import threading

import pytest

from keras_gan_kit import pretrained
from keras_gan_kit.explore import explorer

gradio = pytest.importorskip("gradio")
# Sockets and event loops that Gradio and its server leave open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 240  # seconds, on a busy machine

# Opens the explorer in a frame, waits for its first picture, clicks, waits for another one, then
# empties the field of the seed and waits for a message.
PROBE = """<!doctype html><title>probe</title><body><script>
const frame = document.createElement("iframe");
frame.style = "width:1200px;height:900px";
document.body.append(frame);
const until = async (look) => {
  for (let tries = 0; tries < 1000; tries++) {
    try { const found = look(); if (found) return found; } catch (error) {}
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return null;
};
const picture = () => frame.contentDocument.querySelector("#samples img")?.src;
const outside = () => frame.contentWindow.performance.getEntriesByType("resource")
  .map((entry) => new URL(entry.name)).filter((url) => url.protocol.startsWith("http") &&
    url.host !== location.host).map((url) => url.href);
(async () => {
  frame.src = "/app/";
  const first = await until(picture);
  frame.contentDocument.querySelector("#another").click();
  const second = await until(() => picture() !== first && picture());
  const box = frame.contentDocument.querySelector("#seed input");
  const seed = box.value;
  box.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((resolve) => setTimeout(resolve, 500));
  frame.contentDocument.querySelector("#draw").click();
  const message = await until(() => frame.contentDocument.body.innerText.match(/Invalid .*/)?.[0]);
  await fetch("/probe/result", { method: "POST", body: JSON.stringify(
    { first, second, seed, message, third: picture(), outside: outside() }) });
})();
</script>"""


def test_a_click_changes_the_picture(tmp_path):
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no Chromium here")
    import uvicorn
    from fastapi import FastAPI, Request, Response

    app, done, result = FastAPI(), threading.Event(), {}

    @app.get("/probe")
    def probe():
        return Response(PROBE, media_type="text/html")

    @app.post("/probe/result")
    async def take(request: Request):
        result.update(json.loads(await request.body()))
        done.set()

    app = gradio.mount_gradio_app(app, explorer(pretrained.digits()), path="/app")
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.1)
    port = server.servers[0].sockets[0].getsockname()[1]
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    options += ["--remote-debugging-port=0", f"--user-data-dir={tmp_path}", "--no-first-run"]
    process = subprocess.Popen(
        [browser, *options, f"http://127.0.0.1:{port}/probe"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert done.wait(PATIENCE), "the page has not shown a picture"
    finally:
        process.terminate()
        process.wait(60)
        server.should_exit = True
        thread.join(30)
    assert result["first"] and result["second"]
    assert result["seed"] == "1"
    assert result["message"].startswith("Invalid `seed`")
    assert result["third"] == result["second"]
    assert result["outside"] == []


def test_nothing_on_the_page_uploads():
    page = explorer(pretrained.digits())
    pictures = [part for part in page.blocks.values() if isinstance(part, gradio.Image)]
    assert [part.buttons for part in pictures] == [["download", "fullscreen"]]
    assert {event.api_visibility for event in page.fns.values()} == {"private"}
    assert not page.analytics_enabled
