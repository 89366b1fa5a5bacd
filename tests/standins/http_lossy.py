#!/usr/bin/env python3
"""An HTTP server that misbehaves on purpose.

    http_lossy.py JOURNAL

Prints "ready PORT". The path says what happens: /status/NNN answers so (429 and 503 with Retry-After: 7, 3xx with a
Location), /drop reads the request and resets the line, /hang reads it and never answers, /half announces 100 bytes and
sends 10, /big sends 1 MiB, /echo answers with the body. JOURNAL gets {"event": "request", "method", "path", "body"} a line.
"""
import json
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JOURNAL = open(sys.argv[1], "a", encoding="utf-8")
LOCK = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", announced=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if announced is None else announced))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with LOCK:
            JOURNAL.write(json.dumps({"event": "request", "method": self.command, "path": self.path,
                                      "headers": sorted(k.lower() for k in self.headers.keys()),
                                      "body": body.decode("utf-8", "replace")}) + "\n")
            JOURNAL.flush()
        if self.path.startswith("/status/"):
            status = int(self.path.rsplit("/", 1)[1])
            extra = {"Retry_After": "7"} if status in (429, 503) else {}
            extra.update({"Location": "/status/200"} if 300 <= status < 400 else {})
            self.answer(status, b"said", **extra)
        elif self.path == "/drop":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif self.path == "/hang":
            self.connection.recv(1)
        elif self.path == "/half":
            self.answer(200, b"0123456789", announced=100)
            self.close_connection = True
        elif self.path == "/big":
            self.answer(200, b"x" * (1 << 20))
        else:
            self.answer(200, body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *args: None
    print("ready", server.server_address[1], flush=True)
    server.serve_forever()
