"""HTTP as the org speaks it: reading requests, the session, the limit, the moods, the log; answers whole, torn or not at all."""
import email.utils
import gzip
import json
import re
import socket
import struct
import sys
import threading
import time
import traceback
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .api import Reply, not_found
from .moods import HTML, refusal
from .tokens import Refused, basic_client
from .values import ApiError, dump, load

URL_BYTES_MAX = 16_384
BODY_BYTES_MAX = 160_000_000
VERSION = re.compile(r"/services/data/v(\d+\.\d)(/.*)?")
SESSION_GONE = ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid", headers=[("WWW-Authenticate", "Token")])


class Request:
    def __init__(self, method, target, headers, body):
        parts = urllib.parse.urlsplit(target)
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.whole_path = parts.path
        self.query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        self.version = self.path = self.base = self.identity = None

    def json(self):
        kind = self.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", f"Content-Type is {kind or 'missing'}; expected application/json")
        try:
            return load(self.body)
        except ValueError as error:
            raise ApiError(400, "JSON_PARSER_ERROR", f"Unexpected input: {error} at [line:1, column:1]") from error

    def json_object(self):
        value = self.json()
        if not isinstance(value, dict):
            raise ApiError(400, "JSON_PARSER_ERROR", "the body is not a JSON object")
        return value


class Unread(Exception):
    """The request's body cannot be read; the reply closes the line."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Salesforce-stand-in", ""
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    @property
    def world(self):
        return self.server.world

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(self.world.org.now().timestamp(), usegmt=True)   # a skewed org shows it

    # Reading

    def read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self.read_chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            raise Unread
        return self.rfile.read(int(length))

    def read_chunks(self):
        data = b""
        while True:
            size = int(self.rfile.readline(100).split(b";")[0].strip() or b"x", 16)
            if size < 0:
                raise Unread
            if size == 0:
                break
            data += self.rfile.read(size)
            if self.rfile.readline(10).strip() or len(data) > BODY_BYTES_MAX:
                raise Unread
        while self.rfile.readline(1000).strip():
            pass
        return data

    def serve(self):
        try:
            body = self.read_body()
            if self.headers.get("Content-Encoding", "").lower() == "gzip":
                body = gzip.decompress(body)
        except (Unread, ValueError, OSError, EOFError):
            self.close_connection = True
            return self.send(Reply(400, text="<html><h1>Bad Message 400</h1></html>", content_type="text/html"), {})
        request = Request(self.command, self.path, self.headers, body)
        if request.whole_path == "/__control":
            return self.control(request)
        self.call(request)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve

    def control(self, request):
        with self.world.lock:
            try:
                words = load(request.body) if request.method == "POST" else {"do": "state"}
                reply = Reply(200, self.world.control.do(words))
            except ValueError as error:
                reply = Reply(400, {"error": str(error)})
        self.send(reply, {})

    # One call

    def call(self, request):
        world = self.world
        with world.lock:
            world.org.request += 1
            log = {"event": "request", "number": world.org.request, "at": world.org.now().isoformat(), "method": request.method,
                   "target": request.target}
            before, after = world.moods.choose(request.method, request.target)
            log["moods"] = [rule.name for rule in ([before] if before else []) + after]
            reply = None if before and before.name in ("reset", "hang") else self.decided(request, before, log)
            log["status"] = reply.status if reply else None
            log["usage"] = world.options.usage[0]
            world.log(log)
        if reply is None:
            return self.cut() if before.name == "reset" else self.hang()
        self.send(reply, {rule.name: rule.words for rule in after})

    def decided(self, request, before, log):
        """The reply, errors included. The log says what came in, but never a secret."""
        world = self.world
        headers = []
        try:
            if len(request.target.encode()) > URL_BYTES_MAX:
                return Reply(414, text="<html><h1>URI Too Long</h1></html>", content_type="text/html")
            if before and before.name == "html":
                return Reply(before.words.get("status", 503), text=HTML, content_type="text/html")
            if before and before.name != "expire":
                raise refusal(before)
            if request.whole_path == "/services/oauth2/token":
                return self.token(request, log)
            log["body"] = request.body.decode("utf-8", "replace")
            if request.whole_path in ("/services/data", "/services/data/"):
                if request.method != "GET":
                    raise ApiError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{request.method}' not allowed. Allowed are GET", headers=[("Allow", "GET")])
                return world.api.versions()
            return self.data(request, before, log, headers)
        except ApiError as error:
            log["error"] = error.code
            return Reply(error.status, error.body(), error.headers + headers)
        except Exception:
            traceback.print_exc()   # a defect of the stand-in: its starter sees it, the client what the org would say
            log["error"] = "UNKNOWN_EXCEPTION"
            return Reply(500, [{"message": "An unexpected error occurred.", "errorCode": "UNKNOWN_EXCEPTION"}], headers)

    def data(self, request, before, log, headers):
        world = self.world
        found = VERSION.fullmatch(request.whole_path)
        identity = re.fullmatch(r"/id/(\w+)/(\w+)", request.whole_path)
        if not found and not identity:
            raise not_found()
        session = world.tokens.session(request.headers.get("Authorization"))
        if session and before:   # expire
            session.ended, session = True, None
        if session is None:
            raise SESSION_GONE
        log["session"] = session.number
        used, most = world.options.usage
        headers.append(("Sforce-Limit-Info", f"api-usage={min(used + 1, most)}/{most}"))
        if used >= most:
            raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        world.options.usage[0] += 1
        if identity:
            return self.identity(identity, headers)
        request.version, request.path = found.group(1), found.group(2) or ""
        request.base = f"/services/data/v{request.version}"
        request.identity = f"{world.url}/id/{world.org.id}/{world.org.user_id}"
        if request.version not in world.options.versions:
            raise not_found()
        reply = world.api.answer(request)
        reply.headers += headers
        return reply

    def identity(self, found, headers):
        org = self.world.org
        if found.groups() != (org.id, org.user_id):
            raise not_found()
        return Reply(200, {"id": f"{self.world.url}/id/{org.id}/{org.user_id}", "asserted_user": True, "user_id": org.user_id,
                           "organization_id": org.id, "username": self.world.options.user, "active": True}, headers)

    def token(self, request, log):
        if request.method != "POST":
            raise ApiError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{request.method}' not allowed. Allowed are POST", headers=[("Allow", "POST")])
        form = {}
        if self.headers.get("Content-Type", "").split(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            form = dict(urllib.parse.parse_qsl(request.body.decode("ascii", "replace"), keep_blank_values=True))
        form = {**basic_client(self.headers.get("Authorization")), **form}
        log["grant"] = form.get("grant_type")
        headers = [("Cache-Control", "no-cache, no-store"), ("Pragma", "no-cache")]
        try:
            session, reply = self.world.tokens.answer(form, self.world.url, self.world.options.instance_url or self.world.url)
        except Refused as refused:
            log["error"] = f"{refused.error}: {refused.description}"
            return Reply(400, {"error": refused.error, "error_description": refused.description}, headers)
        log["session"] = session.number
        return Reply(200, reply, headers)

    # Answering

    def cut(self):
        """A reset, as from a crashed machine: nothing in flight is delivered."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def hang(self):
        self.close_connection = True
        try:
            while self.connection.recv(65536):
                pass
        except OSError:
            pass

    def send(self, reply, after):
        try:
            self.send_spoiled(reply, after)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send_spoiled(self, reply, after):
        if "slow" in after:
            time.sleep(after["slow"].get("seconds", 1))
        if "lost" in after:
            return self.cut()
        body, content_type = reply.body, reply.content_type
        if "type" in after:
            content_type = after["type"].get("content_type", "text/html")
            body = after["type"]["body"].encode() if "body" in after["type"] else body
        packed = len(body) > 256 and "gzip" in self.headers.get("Accept-Encoding", "").lower()
        if packed:
            body = gzip.compress(body)
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if packed:
            self.send_header("Content-Encoding", "gzip")
        if reply.status != 204:
            if body:
                self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if "torn" in after:
            body = body[:after["torn"].get("bytes", len(body) // 2)]
            self.close_connection = True
        if self.command == "HEAD" or reply.status == 204:
            return
        step = after["drip"].get("chunk", 64) if "drip" in after else len(body) or 1
        for start in range(0, len(body), step):
            self.wfile.write(body[start:start + step])
            if "drip" in after:
                self.wfile.flush()
                time.sleep(after["drip"].get("seconds", 0.05))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        # Lines are cut on purpose here; a defect of the stand-in itself must not pass unseen.
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()


class World:
    """All parts of one stand-in; one lock, so that each call sees and leaves a whole org."""

    def __init__(self, options, org, tokens, moods, bulk, api, control):
        self.options, self.org, self.tokens, self.moods, self.bulk, self.api = options, org, tokens, moods, bulk, api
        self.control = control(self)
        self.lock = threading.RLock()
        self.file = open(options.log, "a", encoding="utf-8") if options.log else None
        org.row_moods = moods.on_row
        org.on_effect = lambda effect: self.log({"event": "effect", **effect})
        self.url, self.server = None, None

    def log(self, entry):
        if self.file:
            self.file.write(dump(entry) + "\n")
            self.file.flush()

    def serve(self, context):
        self.server = Server(("127.0.0.1", self.options.port), Handler)
        self.server.world = self
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        port = self.server.server_address[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{port}"
        print(json.dumps({"port": port, "url": self.url, "control": self.url + "/__control"}), flush=True)
        self.server.serve_forever(poll_interval=0.05)

    def stop(self):
        threading.Thread(target=self.server.shutdown).start()
