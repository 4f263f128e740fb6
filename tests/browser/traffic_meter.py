"""Bytes between browser and server, counted at the server, whoever asked: a page or its worker."""

from wsgiref.simple_server import ServerHandler

from django.contrib.staticfiles.handlers import StaticFilesHandlerMixin
from django.core.servers.basehttp import WSGIRequestHandler


class TrafficMeter:
    """What was asked since `begin`: (request line, bytes up, bytes down), headers included."""

    def __init__(self, monkeypatch):
        self._asked = {}
        # Files by the product's own road, not by the test server's.
        monkeypatch.setattr(StaticFilesHandlerMixin, "_should_handle", lambda self, path: False)
        write, parse = ServerHandler._write, WSGIRequestHandler.parse_request
        counted = self

        def counting_write(self, data):
            counted._note(self.request_handler.requestline, down=len(data))
            return write(self, data)

        def counting_parse(self):
            well = parse(self)
            if well:
                size = len(self.raw_requestline) + len(bytes(self.headers))
                size += int(self.headers.get("Content-Length") or 0)
                counted._note(self.requestline, up=size)
            return well

        monkeypatch.setattr(ServerHandler, "_write", counting_write)
        monkeypatch.setattr(WSGIRequestHandler, "parse_request", counting_parse)

    def _note(self, line, *, up=0, down=0):
        before = self._asked.get(line, (0, 0))
        self._asked[line] = (before[0] + up, before[1] + down)

    def begin(self):
        """Count from now on."""
        self._asked.clear()

    @property
    def lines(self):
        """Request lines with their bytes (up, down)."""
        return dict(self._asked)

    def down(self, part=""):
        """Bytes to the browser, of requests whose line contains `part`."""
        return sum(down for line, (_up, down) in self._asked.items() if part in line)

    def both(self, part=""):
        """The same both ways."""
        return sum(up + down for line, (up, down) in self._asked.items() if part in line)
