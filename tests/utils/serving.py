"""A server of files in this process, on real sockets: it knows ranges, and breaks off when told to."""

import socket
import struct
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Files(ThreadingHTTPServer):
    """Serves `contents`, path -> bytes.

    `breaks` says after how many bytes the next answer for a path ends, although it announced more;
    `resets` names paths of which the connection is then torn instead. `ranges` is what a request for the
    rest gets: "right", "none" (all of it) or "wrong" (another part).
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.contents, self.breaks, self.resets = {}, {}, set()
        self.ranges, self.asked = "right", []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        files, wanted = self.server, self.headers.get("Range")
        files.asked.append((self.path, wanted))
        if self.path not in files.contents:
            self.send_error(404, "gone")
            return
        content, start = files.contents[self.path], 0
        if wanted and files.ranges != "none":
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                self.send_error(416, "nothing there")
                return
            start = 0 if files.ranges == "wrong" else start
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : start + files.breaks.pop(self.path, len(content))])
        if self.path in files.resets:
            self.wfile.flush()
            linger = struct.pack("ii", 1, 0)  # closing sends a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    def log_message(self, *args):
        pass


@contextmanager
def serving():
    """A server for as long as the block runs."""
    files = Files()
    thread = threading.Thread(target=files.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield files
    finally:
        files.shutdown()
        thread.join()
        files.server_close()
