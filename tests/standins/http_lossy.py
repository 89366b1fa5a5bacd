#!/usr/bin/env python3
"""An HTTP server that misbehaves on purpose.

    http_lossy.py JOURNAL [--cert FILE --key FILE [--client-ca FILE]]

Prints "ready PORT". The path says what happens: /status/NNN answers so (429 and 503 with Retry-After: 7, 3xx with a
Location), /drop reads the request and resets the line, /hang reads it and never answers, /half announces 100 bytes and
sends 10, /half-chunked never says that it is through, /big sends 1 MiB, /gzip and /bomb send packed bytes (a text; 64 MiB of zeros), /die-next answers and resets the
line at the next request on it, /hang-up answers and closes without a word, /after/TEXT sends 429 with that Retry-After,
/echo and all else answer with the body. JOURNAL gets {"event": "request", "connection": n, "method", "path", "headers",
"body"} a line.
"""
import argparse
import gzip
import json
import socket
import ssl
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

LOCK = threading.Lock()
CONNECTIONS = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        global CONNECTIONS
        super().setup()
        with LOCK:
            CONNECTIONS += 1
            self.number = CONNECTIONS
        self.dies = False

    def log_message(self, *args):
        pass

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

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
            JOURNAL.write(json.dumps({"event": "request", "connection": self.number, "method": self.command, "path": self.path,
                                      "headers": sorted(k.lower() for k in self.headers.keys()),
                                      "body": body.decode("utf-8", "replace")}) + "\n")
            JOURNAL.flush()
        if self.dies:
            self.reset()
        elif self.path.startswith("/status/"):
            status = int(self.path.rsplit("/", 1)[1])
            extra = {"Retry_After": "7"} if status in (429, 503) else {}
            extra.update({"Location": "/status/200"} if 300 <= status < 400 else {})
            self.answer(status, b"said", **extra)
        elif self.path == "/drop":
            self.reset()
        elif self.path == "/die-next":
            self.answer(200, b"alive")
            self.dies = True
        elif self.path == "/hang-up":
            self.answer(200, b"bye")
            self.close_connection = True
        elif self.path.startswith("/after/"):
            self.answer(429, b"", Retry_After=unquote(self.path[len("/after/"):]))
        elif self.path == "/gzip":
            self.answer(200, gzip.compress(b"a text that was packed"), Content_Encoding="gzip")
        elif self.path == "/bomb":
            self.answer(200, gzip.compress(bytes(64 << 20)), Content_Encoding="gzip")
        elif self.path == "/hang":
            self.connection.recv(1)
        elif self.path == "/half":
            self.answer(200, b"0123456789", announced=100)
            self.close_connection = True
        elif self.path == "/half-chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"4\r\nhalf\r\n")
            self.close_connection = True
        elif self.path == "/big":
            self.answer(200, b"x" * (1 << 20))
        else:
            self.answer(200, body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve


class Server(ThreadingHTTPServer):
    daemon_threads = True
    context = None

    def finish_request(self, request, client_address):
        # The handshake on the connection's own thread: a client that stalls in it stalls nobody else.
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, *args):
        pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("journal")
    for name in ("--cert", "--key", "--client-ca"):
        parser.add_argument(name)
    options = parser.parse_args()
    JOURNAL = open(options.journal, "a", encoding="utf-8")
    server = Server(("127.0.0.1", 0), Handler)
    if options.cert:
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(options.cert, options.key)
        if options.client_ca:
            server.context.load_verify_locations(options.client_ca)
            server.context.verify_mode = ssl.CERT_REQUIRED
    print("ready", server.server_address[1], flush=True)
    server.serve_forever()
