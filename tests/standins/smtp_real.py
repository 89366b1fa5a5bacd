#!/usr/bin/python3
"""A real SMTP server (aiosmtpd of Debian) on loopback that writes what it receives to a journal.

    smtp_real.py JOURNAL [--cert FILE --key FILE] [--tls] [--user NAME --password TEXT | --user NAME --token TEXT]

With a certificate it insists on STARTTLS, or speaks TLS from the first byte with --tls; with a user it insists on AUTH:
by PLAIN, LOGIN or, with a token, XOAUTH2, whose refusal it explains in a challenge first, as mail providers do.
Prints "ready PORT". JOURNAL gets {"event": "message", "from", "to", "helo", "data"} a line for each message taken.
"""
import argparse
import asyncio
import base64
import json
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")

    def note(self, event):
        self.file.write(json.dumps(event) + "\n")
        self.file.flush()

    async def handle_DATA(self, server, session, envelope):
        event = {"event": "message", "from": envelope.mail_from, "to": envelope.rcpt_tos, "helo": session.host_name,
                 "data": envelope.original_content.decode("utf-8", "replace")}
        self.note(event)
        return "250 2.0.0 queued"


class TokenHandler(Handler):
    def __init__(self, path, user, token):
        super().__init__(path)
        self.wanted = f"user={user}\x01auth=Bearer {token}\x01\x01".encode()

    async def auth_XOAUTH2(self, server, args):
        answer = base64.b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
        good = answer == self.wanted
        self.note({"event": "login", "good": good})
        if not good:
            await server.challenge_auth(json.dumps({"status": "400", "schemes": "bearer", "scope": "mail"}))
        return AuthResult(success=good, handled=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("journal")
    for name in ("--cert", "--key", "--user", "--password", "--token"):
        parser.add_argument(name)
    parser.add_argument("--tls", action="store_true")
    options = parser.parse_args()

    context = None
    if options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)

    def authenticate(server, session, envelope, mechanism, data):
        handler.note({"event": "password login"})
        good = options.password is not None and data.login.decode() == options.user and data.password.decode() == options.password
        return AuthResult(success=good, handled=good)

    handler = TokenHandler(options.journal, options.user, options.token) if options.token else Handler(options.journal)
    starttls = context if context and not options.tls else None

    def factory():
        return SMTP(handler, hostname="real.test", tls_context=starttls, require_starttls=starttls is not None,
                    authenticator=authenticate if options.user else None, auth_required=options.user is not None,
                    auth_require_tls=False, enable_SMTPUTF8=True)

    async def serve():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(factory, "127.0.0.1", 0, ssl=context if options.tls else None)
        print("ready", server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
