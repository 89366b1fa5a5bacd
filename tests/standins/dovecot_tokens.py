#!/usr/bin/python3
"""A key that Dovecot checks access tokens with, and a token of it for USER, good for an hour (RFC 9068, HS256).

    dovecot_tokens.py FOLDER USER

Writes FOLDER/keys/default/HS256/default and FOLDER/token.
"""
import base64
import hashlib
import hmac
import json
import pathlib
import secrets
import sys
import time


def text(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


folder, user = pathlib.Path(sys.argv[1]), sys.argv[2]
key = secrets.token_bytes(32)
place = folder / "keys" / "default" / "HS256"
place.mkdir(parents=True)
(place / "default").write_bytes(base64.b64encode(key))
now = int(time.time())
signed = text(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + b"." + text(json.dumps({"sub": user, "iat": now - 10, "exp": now + 3600}).encode())
(folder / "token").write_bytes(signed + b"." + text(hmac.new(key, signed, hashlib.sha256).digest()))
