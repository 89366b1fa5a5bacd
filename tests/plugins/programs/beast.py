"""A program that behaves, or does anything but: settings say what (daemon/host/program_test.cpp)."""
import ctypes
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import flatbuffers
import owed_frames as frames
import records_generated as wire


def customers(first, count, name="Nordwind"):
    builder, offsets = flatbuffers.Builder(1024), []
    for number in range(first, first + count):
        strings = [builder.CreateString(s) for s in ("C-%d" % number, name, "beast:%d" % number)]
        wire.CustomerStart(builder)
        wire.CustomerAddNumber(builder, strings[0])
        wire.CustomerAddName(builder, strings[1])
        body = wire.CustomerEnd(builder)
        wire.RecordStart(builder)
        wire.RecordAddBodyType(builder, wire.Body.Customer)
        wire.RecordAddBody(builder, body)
        wire.RecordAddExternalId(builder, strings[0])
        wire.RecordAddWhere(builder, strings[2])
        offsets.append(wire.RecordEnd(builder))
    wire.RecordBatchStartRecordsVector(builder, len(offsets))
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    records = builder.EndVector()
    wire.RecordBatchStart(builder)
    wire.RecordBatchAddRecords(builder, records)
    builder.Finish(wire.RecordBatchEnd(builder))
    return builder.Output()


class Deeds:
    def __init__(self, host, target):
        self.host, self.target = host, target

    def good(self, cursor):
        first = int(cursor or b"1")
        self.host.records(customers(first, 3))
        self.host.commit(str(first + 3))

    def much(self, _):
        for batch in range(40):
            self.host.records(customers(batch * 100, 100, "x" * 4000))
        self.host.commit("much")

    def asks(self, _):
        host = self.host
        host.log("a line", frames.WARN)
        host.metric("pages", 3)
        host.progress(1, 2, "half")
        assert host.now_us() == 1775000000000000, host.now_us()
        assert 0 < host.remaining_ms() <= 60000
        assert not host.cancelled()
        assert len(host.random("dice", 16)) == 16
        assert host.state("page") is None
        host.put_state("page", b"\x00\xff")
        assert host.state("page") == b"\x00\xff"
        assert not host.has_secret("nobody")
        names = [(name, size) for name, size, _, _, _ in host.files("folder:drop", "*.txt")]
        assert names == [("a.txt", 5)], names
        assert host.read_file("folder:drop", "a.txt") == b"hello"
        assert host.artifact("a.txt", b"", "folder:drop") == 0
        print("this is for people")
        host.commit(b"\x01binary")

    def fails(self, _):
        raise frames.Failed(frames.RATE_LIMITED, "the API wants a pause", "page 3", "wait", detail="the answer was\n\x1b[31mslow down", retry_after_ms=5000)

    def raises(self, _):
        return {}["a key that is not there"]

    def no_records(self, _):
        self.host.records(b"this is no FlatBuffer")
        self.host.commit("x")

    def crash(self, _):
        ctypes.string_at(0)

    def exits(self, _):
        os._exit(7)

    def hang(self, _):
        time.sleep(1e6)

    def deaf(self, _):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            pass

    def garbage(self, _):
        os.write(self.host._out, b"Reading page 1 of 7...\n")

    def half_a_frame(self, _):
        os.write(self.host._out, b"\x10\x00\x00")
        time.sleep(1e6)

    def huge_frame(self, _):
        os.write(self.host._out, b"\xff\xff\xff\x7f" + b"\x10\x00\x00\x00" * 2)

    def memfd_flag(self, _):
        self.host._send(frames.RECORDS, 4, self.host._call, b"\x00" * 8)

    def memory(self, _):
        self.hog = [bytearray(1 << 24) for _ in range(1000)]

    def network(self, _):
        try:
            socket.getaddrinfo("localhost", 80)
        except OSError:
            pass
        found = []
        for family, kind in ((socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET6, socket.SOCK_DGRAM), (socket.AF_UNIX, socket.SOCK_STREAM),
                             (socket.AF_NETLINK, socket.SOCK_RAW), (socket.AF_INET, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW)):
            try:
                socket.socket(family, kind).close()
                found.append("%s/%s" % (family.name, kind.name))
            except PermissionError:
                pass
        raise frames.Failed(frames.DATA, "sockets: " + (", ".join(found) or "none"))

    def connects(self, _):
        with socket.create_connection(("127.0.0.1", int(self.target)), 5) as peer:
            peer.sendall(b"ping")
            raise frames.Failed(frames.DATA, "heard " + peer.recv(100).decode())

    def listens(self, _):
        with socket.socket() as own:
            own.bind(("127.0.0.1", 0))

    def execs(self, _):
        os.execv("/bin/sh", ["sh", "-c", "echo > " + self.target])

    def execs_by_descriptor(self, _):
        libc, fd = ctypes.CDLL(None, use_errno=True), os.open("/usr/bin/dash", os.O_RDONLY)
        argv = (ctypes.c_char_p * 4)(b"sh", b"-c", b"echo", None)
        number = {"x86_64": 322, "aarch64": 281}[os.uname().machine]
        libc.syscall(number, fd, b"", argv, None, 0x1000)
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def forks(self, _):
        os.fork()

    def spawns(self, _):
        subprocess.run(["/bin/sh", "-c", "echo > " + self.target], check=True)

    def starts_allowed(self, _):
        done = subprocess.run([self.target, "one"], capture_output=True, text=True, check=True)
        raise frames.Failed(frames.DATA, "it said " + done.stdout)

    def leaves_child(self, _):
        subprocess.Popen([self.target])
        raise frames.Failed(frames.DATA, "left")

    def threads(self, _):
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()

    def reads(self, _):
        with open(self.target, "rb") as file:
            file.read(1)

    def writes(self, _):
        with open(self.target, "w") as file:
            file.write("x")

    def looks_around(self, _):
        with open("note", "w") as file:
            file.write("mine")
        assert os.getcwd() == os.environ["TMPDIR"] == os.environ["HOME"], os.environ
        known = {"TMPDIR", "HOME", "PATH", "LANG", "LC_CTYPE"}
        assert set(os.environ) <= known, set(os.environ) - known
        descriptors = []
        for fd in range(64):
            try:
                os.fstat(fd)
                descriptors.append(fd)
            except OSError as error:
                assert error.errno == errno.EBADF
        assert descriptors == [0, 1, 2, 3, 4, 5], descriptors   # 3 and 5: owed_frames.py's copies of 0 and 1


class Beast(frames.Plugin):
    def __init__(self, host, name, settings_json):
        super().__init__(host, name, settings_json)
        self.settings = json.loads(settings_json)
        if self.settings["do"] == "refuses_settings":
            raise frames.Failed(frames.CONFIG, "these settings will not do", "settings/do", "take others")

    def read(self, cursor):
        getattr(Deeds(self.host, self.settings.get("with", "")), self.settings["do"])(cursor)


if __name__ == "__main__":
    sys.stderr.write("beast starts\n")
    frames.run(Beast)
