"""POST /services/oauth2/token: the JWT bearer grant with a real signature check, client credentials, refresh; and the sessions
that come of them."""
import base64
import binascii
import hashlib
import hmac
import json
import subprocess
import tempfile
import urllib.parse

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AHEAD_SECONDS_MAX = 180   # exp further ahead than this is refused, as one in milliseconds is


class Refused(Exception):
    def __init__(self, error, description):
        super().__init__(description)
        self.error, self.description = error, description


def decoded(part):
    """base64url without padding, and nothing else."""
    if not part or set(part) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"):
        raise Refused("invalid_grant", "invalid assertion")
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise Refused("invalid_grant", "invalid assertion") from None


class Key:
    """A public key, from its PEM or from a certificate; the openssl program checks with it."""

    def __init__(self, path):
        with open(path, encoding="ascii") as file:
            text = file.read()
        if "BEGIN CERTIFICATE" in text:
            text = subprocess.run(["openssl", "x509", "-pubkey", "-noout"], input=text, capture_output=True, text=True, check=True).stdout
        if "BEGIN PUBLIC KEY" not in text:
            raise ValueError(f"{path} holds neither a certificate nor a public key in PEM")
        self.file = tempfile.NamedTemporaryFile("w", suffix=".pem")
        self.file.write(text)
        self.file.flush()

    def signed(self, data, signature):
        with tempfile.NamedTemporaryFile() as held:
            held.write(signature)
            held.flush()
            done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.file.name, "-signature", held.name],
                                  input=data, capture_output=True, check=False)
        return done.returncode == 0


class Session:
    def __init__(self, number, token, grant):
        self.number, self.token, self.grant, self.calls, self.ended = number, token, grant, 0, False


class Tokens:
    def __init__(self, org, options):
        self.org, self.options = org, options
        self.key = Key(options.jwt_key) if options.jwt_key else None
        self.sessions, self.refresh_tokens = {}, set(options.refresh_token or [])
        self.approved, self.login_host = True, False
        self.calls_each = options.session_calls

    # Sessions

    def open(self, grant):
        number = len(self.sessions) + 1
        secret = hashlib.sha256(f"{self.options.random_seed}/{number}".encode()).hexdigest()
        token = f"{self.org.id[:15]}!AQ{secret}"
        self.sessions[token] = Session(number, token, grant)
        return self.sessions[token]

    def session(self, authorization):
        """The live session of an Authorization header, counted as used; None is a 401."""
        scheme, _, token = (authorization or "").partition(" ")
        session = self.sessions.get(token) if scheme in ("Bearer", "OAuth") else None
        if session is None or session.ended:
            return None
        if self.calls_each and session.calls >= self.calls_each:
            session.ended = True
            return None
        session.calls += 1
        return session

    def expire(self):
        for session in self.sessions.values():
            session.ended = True

    # Grants

    def answer(self, form, host, instance_url):
        grant = form.get("grant_type")
        grants = {JWT_BEARER: self.jwt, "client_credentials": self.client_credentials, "refresh_token": self.refresh,
                  "password": self.password}
        if grant not in grants:
            raise Refused("unsupported_grant_type", "grant type not supported")
        extra = grants[grant](form)
        session = self.open(grant)
        issued = str(int(self.org.now().timestamp() * 1000))
        reply = {"access_token": session.token, "scope": "id api", "instance_url": instance_url,
                 "id": f"{host}/id/{self.org.id}/{self.org.user_id}", "token_type": "Bearer"}
        if extra == "signed":   # the grants other than JWT bearer sign the identity
            mac = hmac.new((self.options.client_secret or "").encode(), (reply["id"] + issued).encode(), hashlib.sha256).digest()
            reply.update(issued_at=issued, signature=base64.b64encode(mac).decode())
        return session, reply

    def jwt(self, form):
        parts = form.get("assertion", "").split(".")
        if len(parts) != 3 or self.key is None:
            raise Refused("invalid_grant", "invalid assertion")
        try:
            header, claims = json.loads(decoded(parts[0])), json.loads(decoded(parts[1]))
        except ValueError:
            raise Refused("invalid_grant", "invalid assertion") from None
        if not isinstance(header, dict) or not isinstance(claims, dict) or header.get("alg") != "RS256":
            raise Refused("invalid_grant", "invalid assertion")
        if claims.get("iss") != self.options.consumer_key:
            raise Refused("invalid_client_id", "client identifier invalid")
        if not self.key.signed(f"{parts[0]}.{parts[1]}".encode(), decoded(parts[2])):
            raise Refused("invalid_grant", "invalid assertion")
        if claims.get("aud") not in self.options.audience:
            raise Refused("invalid_grant", "audience is invalid")
        now, expires = self.org.now().timestamp(), claims.get("exp")
        if isinstance(expires, bool) or not isinstance(expires, (int, float)) or not now < expires <= now + AHEAD_SECONDS_MAX:
            raise Refused("invalid_grant", "expired authorization code")
        if claims.get("sub") != self.options.user or not self.approved:
            raise Refused("invalid_grant", "user hasn't approved this consumer")

    def check_client(self, form, secret_needed):
        if form.get("client_id") != self.options.consumer_key:
            raise Refused("invalid_client_id", "client identifier invalid")
        if (secret_needed or "client_secret" in form) and (self.options.client_secret is None or
                                                           form.get("client_secret") != self.options.client_secret):
            raise Refused("invalid_client", "invalid client credentials")

    def client_credentials(self, form):
        if self.login_host:
            raise Refused("invalid_grant", "request not supported on this domain")
        self.check_client(form, secret_needed=True)
        if not self.approved:
            raise Refused("invalid_grant", "no client credentials user enabled")
        return "signed"

    def refresh(self, form):
        self.check_client(form, secret_needed=False)
        if form.get("refresh_token") not in self.refresh_tokens:
            raise Refused("invalid_grant", "expired access/refresh token")
        return "signed"

    def password(self, form):
        self.check_client(form, secret_needed=True)
        raise Refused("invalid_grant", "authentication failure - Invalid Password")


def basic_client(authorization):
    """client_id and client_secret from an Authorization: Basic header, which the token endpoint takes as well."""
    scheme, _, text = (authorization or "").partition(" ")
    if scheme != "Basic":
        return {}
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return {}
    return {"client_id": urllib.parse.unquote(name), "client_secret": urllib.parse.unquote(secret)}
