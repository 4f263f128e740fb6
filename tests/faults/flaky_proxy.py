"""A line between senders and the web that swallows answers and speaks for a server that is away."""

import http.client
import itertools
import socketserver
import threading
from http.server import BaseHTTPRequestHandler

FATES = ["whole", "swallowed", "502", "whole", "swallowed", "504"]
ANSWER_WITHIN = 15  # seconds


class BadLine:
    """Used as a context: `port` leads to the web at `target`, and each request meets the next of
    FATES. A swallowed answer was given: what it tells is done.

    `swallowed` and `refused` count.
    """

    def __init__(self, target):
        line, fates, lock = self, itertools.cycle(FATES), threading.Lock()
        self.swallowed = self.refused = 0

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                with lock:
                    fate = next(fates)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if fate.isdecimal():
                    line.refused += 1
                    self.send_response(int(fate))
                    self.end_headers()
                    return
                try:
                    status, location = forward(target, self.path, self.headers, body)
                except (OSError, http.client.HTTPException):
                    return  # the web died over it
                if fate == "swallowed":
                    line.swallowed += 1
                    return
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.end_headers()

            def log_message(self, *args):
                """Say nothing."""

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *raised):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)


def forward(target, path, headers, body):
    """(status, location) of the web itself."""
    connection = http.client.HTTPConnection("127.0.0.1", target, timeout=ANSWER_WITHIN)
    try:
        kept = {name: value for name, value in headers.items() if name != "Host"}
        connection.request("POST", path, body, kept)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Location")
    finally:
        connection.close()
