"""A server that speaks as much of the Hub's protocol as an upload and a download need."""

import base64
import hashlib
import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

COMMIT = "0" * 40


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/repos/create":
            body = json.loads(content)
            name = f"{body.get('organization') or 'me'}/{body['name']}"
            self.server.repos.setdefault(name, {})
            self.answer({"url": f"{self.server.address}/{name}"})
        elif self.path == "/api/validate-yaml":
            self.answer({"errors": [], "warnings": []})
        elif "/preupload/" in self.path:
            files = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
                for file in json.loads(content)["files"]
            ]
            self.answer({"files": files})
        elif "/commit/" in self.path:
            repo = self.path.removeprefix("/api/models/").partition("/commit/")[0]
            for line in content.splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    value = entry["value"]
                    self.server.repos[repo][value["path"]] = base64.b64decode(value["content"])
                else:
                    self.server.messages.append(entry["value"]["summary"])
            url = f"{self.server.address}/{repo}/commit/{COMMIT}"
            self.answer({"success": True, "commitOid": COMMIT, "commitUrl": url})
        else:
            self.send_error(404)

    def do_HEAD(self):
        self.send_file(body=False)

    def do_GET(self):
        self.send_file(body=True)

    def send_file(self, body):
        repo, _, rest = self.path.lstrip("/").partition("/resolve/")
        files = self.server.repos.get(repo)
        content = (files or {}).get(rest.partition("/")[2])
        if content is None:
            self.send_response(404)
            kind = "RepoNotFound" if files is None else "EntryNotFound"
            self.send_header("X-Error-Code", kind)
            if files is not None:
                self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def answer(self, value):
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@contextmanager
def hub_server():
    """Runs the server for the duration of a block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.repos, server.messages = {}, []
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
