#!/usr/bin/python3
"""A real SMTP server (aiosmtpd of Debian) on loopback that writes what it receives to a journal.

    smtp_real.py JOURNAL [--cert FILE --key FILE] [--tls] [--user NAME --password TEXT]

With a certificate it insists on STARTTLS, or speaks TLS from the first byte with --tls; with a user it insists on AUTH.
Prints "ready PORT". JOURNAL gets {"event": "message", "from", "to", "helo", "data"} a line for each message taken.
"""
import argparse
import asyncio
import json
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")

    async def handle_DATA(self, server, session, envelope):
        event = {"event": "message", "from": envelope.mail_from, "to": envelope.rcpt_tos, "helo": session.host_name,
                 "data": envelope.original_content.decode("utf-8", "replace")}
        self.file.write(json.dumps(event) + "\n")
        self.file.flush()
        return "250 2.0.0 queued"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("journal")
    for name in ("--cert", "--key", "--user", "--password"):
        parser.add_argument(name)
    parser.add_argument("--tls", action="store_true")
    options = parser.parse_args()

    context = None
    if options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)

    def authenticate(server, session, envelope, mechanism, data):
        good = data.login.decode() == options.user and data.password.decode() == options.password
        return AuthResult(success=good, handled=good)

    handler = Handler(options.journal)
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
