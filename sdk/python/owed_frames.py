"""The frames of owed for plugins in Python: subclass Plugin, then run(YourPlugin).

The protocol is docs/reference/frames.md; this file is all of it that a plugin needs and uses nothing but the standard
library. One thread: the host calls, the plugin answers, and in between it asks the host for what it needs. Records,
deliveries and the like are FlatBuffers of records.fbs, which `flatc --python` has code for.

stdout carries the frames, so print() goes to stderr here, where the host keeps the last 64 KiB.
"""
import os
import struct
import sys

MAJOR, MINOR = 0, 9                # the version of frames that this file speaks
MIN_HOST_MINOR = 9                 # the oldest host that it can work with
SDK = "owed_frames.py 0.9"
PAYLOAD_MAX = 64 << 20             # of one frame to the host
CREDITS, BYTES_AHEAD = 8, 16 << 20  # batches of records sent without having read their answers, and bytes in them

REPLY, ERROR = 1, 2                # flags
CALL, CANCEL, FINISHED, HELLO = 1, 2, 3, 4
(LOG, NOW, REMAINING, CANCELLED, RANDOM, STATE_GET, STATE_PUT, STATE_REMOVE, FILES_LIST, FILES_READ, FILES_WRITE_NEW,
 FILES_EXISTS, ARTIFACT, RECORDS, COMMIT, REPORT, RECEIPT, TRANSFER, RESULTS, ANSWER, SNIFFED, WAIT, SECRET_HAS, METRIC,
 PROGRESS, TRACE) = range(16, 42)

OK, CONFIG, AUTH, TRANSIENT, RATE_LIMITED, DATA, PERMANENT, UNKNOWN_OUTCOME, STATUS_CANCELLED, BUG, UNSUPPORTED = range(11)
#: Codes of the host's errors (frames.md, "Errors") and the status that a call ends with when the plugin passes one on.
_STATUS = {**dict.fromkeys((1, 2, 3, 20, 21, 22, 23, 40, 41, 42, 43, 44, 45, 46, 47, 103), DATA),
           **dict.fromkeys((4, 107, 126), BUG), 5: 11, 6: 12, **dict.fromkeys((60, 61, 104, 122, 124), PERMANENT), 80: CONFIG, 100: AUTH,
           **dict.fromkeys((101, 109, 110, 120, 121, 123, 125), TRANSIENT), 102: RATE_LIMITED, 105: UNKNOWN_OUTCOME,
           106: STATUS_CANCELLED, 108: UNSUPPORTED}
DEBUG, INFO, WARN, ERROR_LEVEL = 0, 1, 2, 3
NOT_FOUND, ALREADY_EXISTS = 5, 6   # codes of HostError


class Failed(Exception):
    """How a call ends that does not end well: a class (OK .. UNSUPPORTED), one sentence, where, and what to do."""

    def __init__(self, status, message, where="", advice="", detail="", record="", code="", retry_after_ms=0):
        super().__init__(message)
        self.status, self.message, self.where, self.advice = status, message, where, advice
        self.detail, self.record, self.code, self.retry_after_ms = detail, record, code, retry_after_ms


class HostError(Failed):
    """The host's answer to a request was an error; `errc` is its code. Uncaught, it is how the call ends."""

    def __init__(self, errc, what, where, advice):
        super().__init__(_STATUS.get(errc, BUG), what, where, advice)
        self.errc = errc


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<I", len(data)) + data


class Secret:
    """A piece of a request that the host fills in when it sends: the secret of this name. Its value never comes here.

    `encoding`: raw, xml, json, form or base64, for where it stands.
    """

    def __init__(self, name, encoding="raw"):
        self.name, self.encoding = name, ("raw", "xml", "json", "form", "base64").index(encoding)


def _parts(value):
    pieces = value if isinstance(value, (list, tuple)) else [value] if value else []
    packed = [struct.pack("<BI", 1, one.encoding) + text(one.name) if isinstance(one, Secret) else struct.pack("<BI", 0, 0) + text(one)
              for one in pieces]
    return struct.pack("<I", len(pieces)) + b"".join(packed)


class Response:
    """What became of a transfer, as the host judges it: `outcome` OK or the class of the failure, `code` the HTTP status or the
    last SMTP reply (0: none came), `bytes_left` whether it may have had an effect, headers with names in lower case. Headers and
    message are the server's bytes: what is no UTF-8 in them is replaced."""

    def __init__(self, taker):
        self.outcome, self.code, self.bytes_left = taker.number("i"), taker.number("i"), taker.number("B") != 0
        self.retry_after_ms = taker.number("Q")
        self.headers = {taker.text("replace"): taker.text("replace") for _ in range(taker.number("I"))}
        self.body, self.message = bytes(taker.bytes()), taker.text("replace")

    @property
    def ok(self):
        return self.outcome == OK

    def need_ok(self, where=""):
        """self, or the Failed that ends the call: with the class, and with when to come back."""
        if self.ok:
            return self
        raise Failed(self.outcome, self.message, where, detail="HTTP %d" % self.code if self.code else "", retry_after_ms=self.retry_after_ms)


class Taker:
    """Takes values from a payload, in order."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        (value,) = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return value

    def bytes(self):
        length = self.number("I")
        if self.at + length > len(self.data):
            raise ValueError("a text that ends after its payload")
        self.at += length
        return self.data[self.at - length:self.at]

    def text(self, errors="strict"):
        return bytes(self.bytes()).decode(errors=errors)


class Host:
    """What the host does for a plugin. Valid during a call; every function may raise HostError."""

    def __init__(self):
        self._in, self._out = os.dup(0), os.dup(1)
        os.dup2(2, 1)              # print() is for people
        sys.stdout, sys.stdin = sys.stderr, None
        self._call, self._ahead, self._bytes_ahead, self._fault, self._asked_to_stop = 0, 0, 0, None, False

    # ---- frames
    def _read(self, length):
        data = bytearray(length)
        view, got = memoryview(data), 0
        while got < length:
            n = os.readv(self._in, [view[got:]])
            if n == 0:
                os._exit(0)        # the host has closed: nothing is left to do
            got += n
        return data

    def _receive(self):
        length, op, flags, call = struct.unpack("<IHHI", self._read(12))
        return op, flags, call, self._read(length)

    def _send(self, op, flags, call, payload):
        if len(payload) > PAYLOAD_MAX:
            raise Failed(DATA, "more than 64 MiB in one call of the host")
        view = memoryview(struct.pack("<IHHI", len(payload), op, flags, call) + payload)
        while view:
            view = view[os.write(self._out, view):]

    def _reply_to(self, op):
        while True:
            got, flags, call, payload = self._receive()
            if got == CANCEL:
                self._asked_to_stop = True
                continue
            if got != op or not flags & REPLY:
                os._exit(3)        # the host would do the same to us
            if not flags & ERROR:
                return payload, None
            taker = Taker(payload)
            return None, HostError(taker.number("i"), taker.text(), taker.text(), taker.text())

    def _ask(self, op, payload=b""):
        self._send(op, 0, self._call, payload)
        self._settle()             # answers come in the order of the requests
        reply, error = self._reply_to(op)
        if error:
            raise error
        return reply

    def _take_records_reply(self):
        _, error = self._reply_to(RECORDS)
        self._ahead -= 1
        if self._ahead == 0:
            self._bytes_ahead = 0
        self._fault = self._fault or error

    def _settle(self):
        while self._ahead:
            self._take_records_reply()

    def _raise_fault(self):
        if self._fault:
            raise self._fault

    # ---- what every call may use
    def log(self, words, level=INFO):
        self._send(LOG, 0, self._call, struct.pack("<i", level) + text(words))

    def now_us(self):
        """Microseconds since 1970, UTC. It may be simulated: take no other clock."""
        return Taker(self._ask(NOW)).number("q")

    def remaining_ms(self):
        return Taker(self._ask(REMAINING)).number("Q")

    def cancelled(self):
        return self._asked_to_stop or Taker(self._ask(CANCELLED)).number("B") != 0

    def random(self, purpose, length):
        return bytes(self._ask(RANDOM, text(purpose) + struct.pack("<Q", length)))

    def wait_ms(self, millis):
        self._ask(WAIT, struct.pack("<Q", millis))

    def has_secret(self, name):
        try:
            self._ask(SECRET_HAS, text(name))
            return True
        except HostError as error:
            if error.errc == NOT_FOUND:
                return False
            raise

    def metric(self, name, value, gauge=False):
        self._send(METRIC, 0, self._call, text(name) + struct.pack("<qB", value, gauge))

    def progress(self, done, total=0, words=""):
        self._send(PROGRESS, 0, self._call, struct.pack("<QQ", done, total) + text(words))

    # ---- files: folders that settings name, as "folder:PATH"
    def files(self, folder, glob="*"):
        """[(name, bytes, modified in us since 1970, age in ms, ready)]"""
        taker = Taker(self._ask(FILES_LIST, text(folder) + text(glob)))
        return [(taker.text(), taker.number("Q"), taker.number("q"), taker.number("Q"), taker.number("B") != 0)
                for _ in range(taker.number("I"))]

    def read_file(self, folder, name, offset=0, length=16 << 20):
        return bytes(self._ask(FILES_READ, text(folder) + text(name) + struct.pack("<QQ", offset, length)))

    def write_new_file(self, folder, name, data):
        """Whole and durable. The same bytes there already is success; other bytes are HostError with errc ALREADY_EXISTS."""
        self._ask(FILES_WRITE_NEW, text(folder) + text(name) + text(data))

    def file_exists(self, folder, name):
        try:
            self._ask(FILES_EXISTS, text(folder) + text(name))
            return True
        except HostError as error:
            if error.errc == NOT_FOUND:
                return False
            raise

    # ---- read: state, records, artifacts, commit
    def state(self, key):
        """The bytes kept under `key`, or None."""
        try:
            return bytes(self._ask(STATE_GET, text(key)))
        except HostError as error:
            if error.errc == NOT_FOUND:
                return None
            raise

    def put_state(self, key, value):
        self._ask(STATE_PUT, text(key) + text(value))

    def remove_state(self, key):
        self._ask(STATE_REMOVE, text(key))

    def records(self, batch):
        """One owed.wire.RecordBatch, sent ahead: an error of it is raised by a later records(), commit() or at the end."""
        while self._ahead >= CREDITS or (self._ahead and self._bytes_ahead + len(batch) > BYTES_AHEAD):
            self._take_records_reply()
        self._raise_fault()
        self._send(RECORDS, 0, self._call, bytes(batch))
        self._ahead += 1
        self._bytes_ahead += len(batch)

    def artifact(self, name, data, folder="", archive=False):
        """Raw bytes for the instance's codec. 0 taken, 1 there already, 2 rejected, 3 to be left where it is."""
        return Taker(self._ask(ARTIFACT, struct.pack("<i", int(archive)) + text(name) + text(folder) + text(data))).number("B")

    def commit(self, cursor):
        """Everything since the last commit, the state and this cursor, in one transaction."""
        self._settle()
        self._raise_fault()
        self._ask(COMMIT, cursor.encode() if isinstance(cursor, str) else cursor)

    # ---- answers of the other kinds: FlatBuffers of records.fbs
    def report(self, report):
        self._settle()
        self._raise_fault()
        self._ask(REPORT, bytes(report))

    def receipt(self, receipt):
        self._ask(RECEIPT, bytes(receipt))

    def results(self, results):
        self._ask(RESULTS, bytes(results))

    def answer(self, answer):
        self._ask(ANSWER, bytes(answer))

    def sniffed(self, score, form):
        self._ask(SNIFFED, struct.pack("<i", score) + text(form))

    def transfer(self, method, url, headers=(), body=b"", user="", password="", plain_text=False, mail_from="", recipients=(),
                 idempotency_key="", timeout_ms=0, response_max=0):
        """One request and its Response; HostError only if nothing was tried (not allowed, cancelled, a wrong request).

        `headers` is a dict or pairs. Their values, body, user and password are a text, bytes, a Secret, or a list of those:
        transfer("GET", url, {"Authorization": ["Bearer ", Secret("login")]}). Zeros are what the configuration says.
        """
        pairs = list(headers.items() if hasattr(headers, "items") else headers)
        request = struct.pack("<I", int(plain_text)) + text(method) + text(url) + struct.pack("<I", len(pairs))
        request += b"".join(text(name) + _parts(value) for name, value in pairs)
        request += _parts(body) + _parts(user) + _parts(password) + text(mail_from)
        request += struct.pack("<I", len(recipients)) + b"".join(text(one) for one in recipients)
        request += text(idempotency_key) + struct.pack("<QQ", timeout_ms, response_max)
        return Response(Taker(self._ask(TRANSFER, request)))


class Plugin:
    """One instance. Define what your kinds need; what is not there answers `unsupported`.

    check(); read(cursor); decode(name, data, format, profile); sniff(name, head); send(delivery, action); lookup(key);
    write(batch); propose(question). Arguments are bytes, names and formats text. Raise Failed where it fails.
    """

    def __init__(self, host, name, settings_json):
        self.host, self.name, self.settings_json = host, name, settings_json

    def check(self):
        pass


def _dispatch(plugin, kind, name, form, profile, data):
    calls = {2: ("check", ()), 3: ("read", (data,)), 4: ("decode", (name, data, form, profile)), 5: ("send", (data, form)),
             6: ("lookup", (name,)), 7: ("write", (data,)), 8: ("propose", (data,)), 9: ("sniff", (name, data))}
    method, arguments = calls.get(kind, ("call %d" % kind, ()))
    if not hasattr(plugin, method):
        raise Failed(UNSUPPORTED, "the plugin has no " + method)
    getattr(plugin, method)(*arguments)


def _greet(host):
    op, _, _, payload = host._receive()
    taker = Taker(payload)
    if op != HELLO:
        os._exit(3)
    major, minor = taker.number("I"), taker.number("I")
    if major != MAJOR or minor < MIN_HOST_MINOR:
        words = "this host speaks frames %d.%d, and the plugin (%s) wants %d.%d or later" % (major, minor, SDK, MAJOR, MIN_HOST_MINOR)
        host._send(HELLO, REPLY | ERROR, 0, struct.pack("<i", 108) + text(words) + text("") + text("upgrade owed, or take an older plugin"))
        sys.exit(0)
    host._send(HELLO, REPLY, 0, struct.pack("<III", MAJOR, MINOR, MIN_HOST_MINOR) + text(SDK))


def run(make_plugin):
    """Serves calls until the host closes; never returns. make_plugin(host, name, settings_json) -> Plugin."""
    host, plugin = Host(), None
    _greet(host)
    while True:
        op, _, host._call, payload = host._receive()
        if op == CANCEL:
            continue               # for a call that is over by now
        if op != CALL:
            os._exit(3)
        taker = Taker(payload)
        kind, _file = taker.number("H"), taker.text()
        name, form, profile, data = taker.text(), taker.text(), taker.text(), bytes(taker.bytes())
        host._fault, host._asked_to_stop, end = None, False, Failed(OK, "")
        try:
            if kind == 1:
                plugin = make_plugin(host, name, data.decode())
            else:
                _dispatch(plugin, kind, name, form, profile, data)
            host._settle()
            host._raise_fault()
        except Failed as failed:
            host._settle()
            end = failed
        except Exception as bug:
            import traceback
            traceback.print_exc()
            host._settle()
            end = Failed(BUG, "%s: %s" % (type(bug).__name__, bug), detail=traceback.format_exc())
        words = (end.message, end.detail, end.where, end.record, end.code, end.advice)
        host._send(FINISHED, 0, host._call, struct.pack("<i", end.status) + b"".join(text(w) for w in words) + struct.pack("<Q", end.retry_after_ms))
