#!/usr/bin/env python3
"""An SMTP server that misbehaves on purpose, for tests of what owed does about it.

    smtp_lossy.py JOURNAL FAULT [--cert FILE --key FILE] [--tls]

Prints "ready PORT" and serves 127.0.0.1:PORT until killed. JOURNAL gets a JSON object a line: {"event": "connection"},
{"event": "command", "line": ...} and {"event": "message", "from": ..., "to": [...], "data": ...} for each message whose
final dot arrived, whatever was answered to it. FAULT is one of the names below.
"""
import argparse
import json
import socket
import ssl
import struct
import sys
import threading

FAULTS = """none refuse-recipient refuse-second-recipient refuse-message busy-recipient busy-message flood-message
refuse-sender greeting-554 greeting-421 refuse-login hang-greeting hang-recipient hang-final drop-greeting drop-recipient
drop-after-data drop-mid-message drop-after-dot garbage-greeting""".split()


class Journal:
    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")
        self.lock = threading.Lock()

    def write(self, **event):
        with self.lock:
            self.file.write(json.dumps(event) + "\n")
            self.file.flush()


class Gone(Exception):
    pass


class Session:
    def __init__(self, connection, journal, options):
        self.connection, self.journal, self.options = connection, journal, options
        self.buffer = b""
        self.sender, self.recipients = "", []
        self.encrypted = options.tls

    def say(self, text):
        self.connection.sendall(text.encode() + b"\r\n")

    def line(self):
        while b"\r\n" not in self.buffer:
            chunk = self.connection.recv(65536)
            if not chunk:
                raise Gone
            self.buffer += chunk
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("utf-8", "replace")

    def drop(self):
        # A reset, as from a crashed machine: nothing in flight is delivered.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        raise Gone

    def hang(self):
        while self.connection.recv(65536):
            pass
        raise Gone

    def fault(self, name):
        return self.options.fault == name

    def greet(self):
        if self.fault("hang-greeting"):
            self.hang()
        if self.fault("drop-greeting"):
            self.drop()
        if self.fault("garbage-greeting"):
            self.say("SSH-2.0-OpenSSH_9.2")
            return
        if self.fault("greeting-554"):
            self.say("554 5.7.1 no SMTP service for you")
            return
        if self.fault("greeting-421"):
            self.say("421 4.3.2 shutting down")
            return
        self.say("220 lossy.test ESMTP")

    def hello(self):
        lines = ["lossy.test", "SIZE 10000000", "8BITMIME"]
        if self.options.cert and not self.encrypted:
            lines.append("STARTTLS")
        if self.fault("refuse-login"):
            lines.append("AUTH PLAIN LOGIN")
        for text in lines[:-1]:
            self.say("250-" + text)
        self.say("250 " + lines[-1])

    def start_tls(self):
        self.say("220 go ahead")
        self.connection = server_context(self.options).wrap_socket(self.connection, server_side=True)
        self.encrypted = True

    def recipient(self, line):
        self.recipients.append(line[line.index("<") + 1:line.index(">")])
        if self.fault("hang-recipient"):
            self.hang()
        if self.fault("drop-recipient"):
            self.drop()
        if self.fault("refuse-recipient") or (self.fault("refuse-second-recipient") and len(self.recipients) == 2):
            self.say("550-5.1.1 no such user")
            return self.say("550 5.1.1 ask the postmaster")
        if self.fault("busy-recipient"):
            return self.say("451 4.7.1 greylisted, come back later")
        self.say("250 2.1.5 ok")

    def data(self):
        self.say("354 go ahead")
        if self.fault("drop-after-data"):
            self.drop()
        if self.fault("drop-mid-message"):
            self.connection.recv(1)
            self.drop()
        lines = []
        while (line := self.line()) != ".":
            lines.append(line[1:] if line.startswith("..") else line)
        text = "\r\n".join(lines) + "\r\n"
        self.journal.write(event="message", **{"from": self.sender, "to": self.recipients, "data": text})
        if self.fault("drop-after-dot"):
            self.drop()
        if self.fault("hang-final"):
            self.hang()
        replies = {"refuse-message": "554 5.6.0 content refused", "busy-message": "452 4.3.1 disk full",
                   "flood-message": "450 4.7.28 too much mail from you"}
        self.say(replies.get(self.options.fault, "250 2.0.0 queued as LOSSY1"))

    def run(self):
        self.journal.write(event="connection")
        if self.options.tls:
            self.connection = server_context(self.options).wrap_socket(self.connection, server_side=True)
        self.greet()
        while True:
            line = self.line()
            word = line.split(" ")[0].upper()
            self.journal.write(event="command", line=line if word != "AUTH" else "AUTH")
            if word == "EHLO":
                self.hello()
            elif word == "STARTTLS":
                self.start_tls()
            elif word == "AUTH":
                self.say("535 5.7.8 user or password wrong")
            elif word == "MAIL":
                self.sender = line[line.index("<") + 1:line.index(">")]
                self.say("550 5.7.1 sender refused" if self.fault("refuse-sender") else "250 2.1.0 ok")
            elif word == "RCPT":
                self.recipient(line)
            elif word == "DATA":
                self.data()
            elif word == "QUIT":
                self.say("221 2.0.0 bye")
                return
            else:
                self.say("502 5.5.1 not here")


def server_context(options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)
    return context


def serve(connection, journal, options):
    session = Session(connection, journal, options)
    try:
        session.run()
    except (Gone, OSError) as end:
        journal.write(event="end", why=type(end).__name__)
    finally:
        session.connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("journal")
    parser.add_argument("fault", choices=FAULTS)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--tls", action="store_true", help="TLS from the first byte")
    options = parser.parse_args()
    journal = Journal(options.journal)
    listener = socket.create_server(("127.0.0.1", 0))
    print("ready", listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, journal, options), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
