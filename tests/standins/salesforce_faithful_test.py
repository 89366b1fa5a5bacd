#!/usr/bin/env python3
"""The Salesforce stand-in is faithful: jsforce, a client that others wrote against the real thing, works with it.

    salesforce_faithful_test.py [FOLDER]

Installs the pinned client into FOLDER (default: OWED_BUILD/jsforce), once; needs node 18 or later. Ends with 77 (skipped, and it
says so) only if npm cannot reach its registry.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
NETWORK = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED")
STEPS = 14


def tools():
    for name in ("node", "npm", "openssl"):
        if not shutil.which(name):
            sys.exit(f"{name} is missing; .ci/install-dependencies --test installs it")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < 18:
        sys.exit(f"node is {version}; the client needs 18 or later")


def install(folder):
    """npm install, only when what package.json pins is not there yet. The lock file stays away: it would name hosts."""
    package = (HERE / "jsforce/package.json").read_bytes()
    stamp, wanted = folder / "installed", hashlib.sha256(package).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted and (folder / "node_modules/jsforce/package.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_bytes(package)
    done = subprocess.run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev"],
                          cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stdout + done.stderr
        if NETWORK.search(said):
            print("SKIPPED: npm cannot reach its registry, so the stand-in was NOT proven against jsforce:\n" + said[-1500:], flush=True)
            sys.exit(SKIPPED)
        sys.exit("npm install failed:\n" + said[-3000:])
    version = json.loads((folder / "node_modules/jsforce/package.json").read_text())["version"]
    if version != json.loads(package)["dependencies"]["jsforce"]:
        sys.exit(f"npm installed jsforce {version}, which is not the pinned one")
    stamp.write_text(wanted)


def seed(folder):
    accounts = [{"Name": f"Account {i:04}", "owed_Customer__c": f"C-{i:04}", "owed_Balance__c": i + 0.5, "CreatedDate": "2026-01-05T08:00:00Z"}
                for i in range(301)]
    (folder / "seed.json").write_text(json.dumps({"records": {"Account": accounts}}))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=owed test",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)


def prove(client, folder):
    settings = {"consumerKey": "owed-consumer-key", "user": "integration@owed.test", "key": str(folder / "key.pem")}
    server = subprocess.Popen([sys.executable, HERE / "salesforce", "--seed", folder / "seed.json", "--jwt-key", folder / "cert.pem",
                               "--log", folder / "log"], stdout=subprocess.PIPE, text=True)
    try:
        settings.update(json.loads(server.stdout.readline()))
        script = client / "faithful.cjs"   # beside node_modules, where node looks
        shutil.copyfile(HERE / "jsforce/faithful.cjs", script)
        done = subprocess.run(["node", script, json.dumps(settings)], capture_output=True, text=True, timeout=120, check=False)
        print(done.stdout + done.stderr, end="", flush=True)
        if done.returncode != 0:
            print((folder / "log").read_text()[-3000:])
            return 1
        return 0 if done.stdout.count("ok ") == STEPS else 1
    finally:
        server.kill()
        server.wait()


def main(words):
    tools()
    client = pathlib.Path(words[0] if words else os.path.join(os.environ.get("OWED_BUILD", "build"), "jsforce")).resolve()
    install(client)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="owed-jsforce-"))
    try:
        seed(folder)
        return prove(client, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
