#!/usr/bin/python3
"""A real FTP server (pyftpdlib of Debian) on loopback, with MLSD and a login.

    ftp_real.py JOURNAL FOLDER --cert FILE --key FILE [--tls] [--plain]

AUTH TLS, and data lines encrypted or refused; TLS from the first byte with --tls; without any TLS with --plain. The login is
desk / s3cret. Prints "ready PORT". JOURNAL gets {"event": "command", "line"} for each command but PASS.
"""
import argparse
import json
import logging

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

parser = argparse.ArgumentParser()
parser.add_argument("journal")
parser.add_argument("folder")
parser.add_argument("--cert")
parser.add_argument("--key")
parser.add_argument("--tls", action="store_true")
parser.add_argument("--plain", action="store_true")
options = parser.parse_args()
logging.basicConfig(level=logging.ERROR)
journal = open(options.journal, "a", encoding="utf-8")


class Handler(FTPHandler if options.plain else TLS_FTPHandler):
    def pre_process_command(self, line, cmd, arg):
        if cmd != "PASS":
            journal.write(json.dumps({"event": "command", "line": line}) + "\n")
            journal.flush()
        super().pre_process_command(line, cmd, arg)

    if options.tls:
        def handle(self):
            self.secure_connection(self.get_ssl_context())
            self._pbsz = self._prot = True
            super().handle()


authorizer = DummyAuthorizer()
authorizer.add_user("desk", "s3cret", options.folder, perm="elradfmwMT")
Handler.authorizer = authorizer
Handler.auth_failed_timeout = 0
if not options.plain:
    Handler.certfile, Handler.keyfile = options.cert, options.key
    Handler.tls_control_required = Handler.tls_data_required = True
server = FTPServer(("127.0.0.1", 0), Handler)
print("ready", server.socket.getsockname()[1], flush=True)
server.serve_forever()
