#!/usr/bin/env python3
"""Canaries for secrets: each that the configuration names, or a server hands out, does its work, goes where it must, and is
found nowhere else: log, answers, metrics, data folder, backup, cassettes, command lines, environments, memory of plugins,
other servers. Servers that repeat what they were sent make it harder (SECURITY T17, SIMULATION G24)."""
import base64
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse

from bad_input_test import demo_text
from company import ROOT, Company

DAY = ROOT / "config/demo/days/2026-03-31"
CONFIGURED = ("smtp-password", "client-secret", "refresh-token", "crm-secret", "crm-key", "unused", "ssh-key")
HANDED_OUT = ("access-token", "next-refresh-token", "crm-token", "crm-session")
CANARY = {name: f"cAnAry+{name}/\"<&>%={i:04x}7c1f" for i, name in enumerate(("smtp-password", "client-secret", "crm-secret", "unused", "ssh-key"))}
CANARY |= {name: f"cAnAry-{name}-{i:04x}9e2b" for i, name in enumerate(("refresh-token",) + HANDED_OUT)}   # what tokens may hold


def key_file():
    """A private key, whose canary is the middle of its base64."""
    pem = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True, check=True).stdout
    CANARY["crm-key"] = pem.splitlines()[12]
    return pem


def forms_of(secret):
    """As it may stand somewhere: plain, for JSON, XML and URLs, in base64 by itself or within something longer, in hex."""
    raw = secret.encode()
    forms = {raw, json.dumps(secret)[1:-1].encode(), raw.hex().encode(), raw.hex().upper().encode(), urllib.parse.quote(secret, "").encode(), urllib.parse.quote_plus(secret).encode(),
             secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").encode(), raw.decode().encode("utf-16-le")}
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw)
        cut = whole[before + 1 if before else 0:(before + len(raw)) * 8 // 6]
        forms |= {cut, cut.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


class Echo(http.server.BaseHTTPRequestHandler):
    """A token server by the letter at /token, a token server that says no and repeats everything elsewhere."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.seen.append((self.path, str(self.headers).encode() + body))
        if self.path == "/token":
            answer, status = {"access_token": CANARY["access-token"], "refresh_token": CANARY["next-refresh-token"], "expires_in": 3600}, 200
        elif self.path == "/crm/token":
            answer, status = {"access_token": CANARY["crm-token"], "instance_url": self.server.url, "token_type": "Bearer"}, 200
        else:
            answer, status = {"error": "invalid_client", "error_description": "you said " + body.decode() + " and " + str(self.headers)}, 401
        self.reply(status, answer)

    def do_GET(self):
        self.server.seen.append((self.path, str(self.headers).encode()))
        self.reply(400, [{"errorCode": "MALFORMED", "message": "you said " + str(self.headers), "sessionId": CANARY["crm-session"]}])

    do_PATCH = do_PUT = do_DELETE = do_GET

    def reply(self, status, answer):
        text = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("X-Echo", str(self.headers.get("Authorization"))), ("Content-Length", str(len(text)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Secrets(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="owed-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        (self.folder / "secrets").mkdir(mode=0o700)
        for name in CONFIGURED:
            file = self.folder / "secrets" / name
            file.write_text(key_file() if name == "crm-key" else CANARY[name], encoding="utf-8")
            file.chmod(0o600)

    def reference(self, name):
        return f'"file:{self.folder / "secrets" / name}"'

    def mail_server(self, name, *words):
        journal = self.folder / f"{name}.journal"
        server = subprocess.Popen(["/usr/bin/python3", str(ROOT / "tests/standins/smtp_real.py"), str(journal), "--user", "desk@example.test", *words], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        return int(server.stdout.readline().split()[1]), journal

    def web_server(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        server.seen, server.url = [], f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def company(self, password_port, token_port, web):
        mail = f"""  - name: mail
    plugin: email
    entity: emea
    settings: {{host: 127.0.0.1, port: {password_port}, security: none, user: desk@example.test, password_secret: login}}
    secrets: {{login: {self.reference("smtp-password")}, spare: {self.reference("unused")}}}
    transfer: {{record: {self.folder}/mail.cassette, ssh_key: {self.reference("ssh-key")}}}
  - name: mail-us
    plugin: email
    entity: us
    settings: {{host: 127.0.0.1, port: {token_port}, security: none, user: desk@example.test, password_secret: login}}
    secrets:
      login:
        oauth2: {{grant: refresh_token, token_url: "{web.url}/token", client_id: owed, client_secret: {self.reference("client-secret")}, refresh_token: {self.reference("refresh-token")}}}
    transfer: {{record: {self.folder}/mail-us.cassette}}
"""
        for name, grant in (("crm-shut", f"grant: client_credentials, token_url: \"{web.url}/echo\", client_secret: {self.reference('crm-secret')}"),
                            ("crm-key", f"grant: jwt_bearer, subject: owed@example.test, token_url: \"{web.url}/echo\", private_key: {self.reference('crm-key')}"),
                            ("crm-open", f"grant: client_credentials, token_url: \"{web.url}/crm/token\", client_secret: {self.reference('crm-secret')}")):
            mail += f"""  - name: {name}
    plugin: salesforce
    entity: emea
    settings: {{instance_url: "{web.url}", currency: EUR}}
    secrets: {{login: {{oauth2: {{{grant}, client_id: owed}}}}}}
    transfer: {{plain_text_on_loopback: true, record: {self.folder}/{name}.cassette}}
"""
        text = re.sub(r"  - name: mail\n    plugin: email\n    settings: \{maildir: [^}]*\}\n", lambda _: mail, demo_text())
        self.assertIn("crm-open", text)
        config = self.folder / "owed.yaml"
        config.write_text(text, encoding="utf-8")
        company = Company(config)
        self.addCleanup(company.__exit__, None)
        return company.start()

    def search(self, where, text, allowed=()):
        for name, secret in CANARY.items():
            for form in forms_of(secret):
                if name not in allowed and form in text:
                    at = text.index(form)
                    self.fail(f"{name} stands in {where}: ...{text[max(0, at - 120):at]!r}")

    def search_files(self, folder, allowed=()):
        count = 0
        for path in pathlib.Path(folder).rglob("*"):
            if path.is_file():
                self.search(path, path.read_bytes(), allowed)
                count += 1
        return count

    def processes_of(self, company):
        pid = company.daemon.pid
        return pid, [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]

    def search_memory(self, pid):
        searched = 0
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in maps:
                begin, end, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
                size = int(end, 16) - int(begin, 16)
                if rights[0] != "r" or size > 512 << 20:
                    continue
                try:
                    memory.seek(int(begin, 16))
                    piece = memory.read(size)
                except (OSError, ValueError, OverflowError):
                    continue   # [vvar] and the like
                # A session that the server's answer opens for the plugin is the plugin's own.
                self.search(f"the memory of process {pid}", piece, ("crm-session",))
                searched += len(piece)
        self.assertGreater(searched, 1 << 20)

    def test_a_secret_goes_where_it_must_and_nowhere_else(self):
        password_port, password_journal = self.mail_server("password", "--password", CANARY["smtp-password"])
        token_port, token_journal = self.mail_server("token", "--token", CANARY["access-token"])
        web = self.web_server()
        company = self.company(password_port, token_port, web)
        answers = [json.dumps(company.ctl("config", "show"))]
        for folder in DAY.iterdir():
            for file in folder.iterdir():
                company.drop(folder.name, file.name, file.read_bytes())
        for connector in ("erp-emea", "erp-us", "bank-emea", "bank-us", "crm-shut", "crm-key", "crm-open"):
            done = company.ask("sync", connector, who="stefan")
            self.assertEqual(done.returncode != 0, connector.startswith("crm"), connector + done.stdout + done.stderr)
            answers.append(done.stdout + done.stderr)
        company.ctl("clock", "advance", "2026-03-31T15:35", who="stefan")
        company.ctl("clock", "advance", "2026-03-31T21:35", who="stefan")
        answers.append(company.ask("connectors", "check").stdout)

        # They did their work: the mails left, and each server got what was for it.
        for journal in (password_journal, token_journal):
            events = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
            self.assertTrue([e for e in events if e["event"] == "message"], journal)
        got = {path: b"".join(text for where, text in web.seen if where == path) for path, _ in web.seen}
        self.assertIn(urllib.parse.quote(CANARY["client-secret"], "").encode(), got["/token"])
        self.assertIn(urllib.parse.quote(CANARY["crm-secret"], "").encode(), got["/echo"])
        self.assertTrue([text for text in got.values() if CANARY["crm-token"].encode() in text], "the token was not used")
        self.assertEqual((self.folder / "secrets/refresh-token").read_text(encoding="utf-8"), CANARY["next-refresh-token"], "the new refresh token was not kept")
        mine = {"/token": ("client-secret", "refresh-token", "next-refresh-token"), "/echo": ("crm-secret",), "/crm/token": ("crm-secret",)}
        for path, text in got.items():
            self.search(f"what the server got at {path}", text, mine.get(path, ("crm-token",)))
        for journal in (password_journal, token_journal):
            self.search(journal, journal.read_bytes())

        # What a person or a program can ask for.
        for words in (("status",), ("doctor",), ("metrics",), ("connectors",), ("plugins",), ("jobs",), ("notices",), ("outbox",), ("inbox",), ("rejects",), ("audit", "list"), ("config", "show"),
                      ("writeback",), ("orders",), ("top", "--once"), ("config", "check"), ("reload",)):
            done = company.ask(*words)
            self.assertTrue(done.returncode == 0 or words[0] == "doctor", f"{words}: {done.stdout}{done.stderr}")   # it names the servers that say no
            answers.append(done.stdout + done.stderr)
        told = "\n".join(answers)
        self.assertIn("you said", told + company.log(), "the servers' words did not arrive, so that nothing was tested")
        self.search("an answer", told.encode())
        self.search("the log", company.log().encode())

        # What lies on the disk, and in a backup.
        company.ctl("backup", self.folder / "backup")
        backup = self.folder / "backup"
        whole = b"".join(path.read_bytes() for path in sorted(backup.rglob("*")) if path.is_file()) if backup.is_dir() else backup.read_bytes()
        self.assertIn(b"SQLite format 3", whole, "it is packed, and cannot be searched so")
        self.search("the backup", whole)
        self.assertGreater(self.search_files(company.data), 10)
        cassettes = list(self.folder.glob("*.cassette"))
        self.assertEqual(sorted(c.stem for c in cassettes), ["crm-key", "crm-open", "crm-shut", "mail", "mail-us"])
        for cassette in cassettes:
            self.search(cassette, cassette.read_bytes())

        # What other processes of this machine can see, and what plugins hold.
        pid, children = self.processes_of(company)
        self.assertGreaterEqual(len(children), 7)
        for one in (pid, *children):
            for what in ("cmdline", "environ"):
                self.search(f"{what} of process {one}", pathlib.Path(f"/proc/{one}/{what}").read_bytes())
        for child in children:
            self.search_memory(child)
        core = re.search(r"Max core file size +(\S+)", pathlib.Path(f"/proc/{pid}/limits").read_text(encoding="utf-8")).group(1)
        self.assertEqual(core, "0", "a crash of the daemon would write its secrets into a core")


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("only root reads the memory of plugins; skipped")
        sys.exit(77)
    unittest.main(verbosity=2)
