#!/usr/bin/env python3
"""The package does the main job.   package_test.py BUILD contents|unpacked|installed

contents   makes BUILD/package-test/owed_*.deb and looks at what is in it
unpacked   runs the unpacked files as they lie, as whoever calls this
installed  as root: installs with dpkg in a mount namespace of its own, runs the unit's command as user owed with /etc and
           /var as the package made them, installs again over changed configuration, purges; nothing is left on this machine
Exit 77: this part cannot run here, with the reason."""
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BUILD, PART = os.path.abspath(sys.argv[1]), sys.argv[2]
OUT = os.path.join(BUILD, "package-test")
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

CUSTOMERS = "customer_number,name,email,language,currency,street,postcode,city,country,payment_terms\n" \
            "10001,Muster KG,ap@muster.example,de,EUR,Weg 1,12345,Musterstadt,DE,30\n"
INVOICES = "number,customer_number,issued,due,amount,currency\n" \
           "RE-26001,10001,2026-01-10,2026-02-09,250.00,EUR\nRE-26002,10001,2026-02-10,2026-03-12,99.90,EUR\n"
STATEMENT = ":20:STARTUMS\n:25:DE02120300000000202051\n:28C:00001/001\n:60F:C260330EUR1000,00\n" \
            ":61:2603310331C250,00NTRFNONREF//B1\n:86:166?00SEPA GUTSCHRIFT?20EREF+NOTPROVIDED SVWZ+RE-2?216001?32Muster KG\n" \
            ":62F:C260331EUR1250,00\n-\n"


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def output(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    check(done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def package():
    found = glob.glob(f"{OUT}/owed_*.deb")
    check(len(found) == 1, f"one package lies in {OUT}, not {found}")
    return found[0]


# ---------------------------------------------------------------- contents

def sdk_contents():
    """owed-dev: the SDK, and nothing that a daemon needs."""
    found = glob.glob(f"{OUT}/owed-dev_*.deb")
    check(len(found) == 1, f"one package owed-dev lies in {OUT}, not {found}")
    paths = {line.split()[5][1:] for line in output("dpkg-deb", "-c", found[0]).splitlines()}
    for path in ("/usr/include/owed/abi.h", "/usr/include/owed/plugin.hpp", "/usr/share/owed-sdk/records.fbs", "/usr/lib/owed-sdk/libowed_sdk.a",
                 "/usr/lib/cmake/owed-sdk/owed-sdkConfig.cmake", "/usr/lib/cmake/owed-sdk/OwedPlugin.cmake", "/usr/share/doc/owed-dev/copyright"):
        check(path in paths, f"owed-dev holds {path}")
    strays = [path for path in paths if "/bin/" in path or "/sbin/" in path or path.startswith("/etc")]
    check(not strays, f"owed-dev holds no programs and no configuration: {strays}")
    check("libexpected-dev" in output("dpkg-deb", "-f", found[0], "Depends"), "owed-dev depends on the headers that its own include")


def contents():
    for tool in ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file"):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed")
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    output("cpack", "--config", f"{BUILD}/CPackConfig.cmake", "-B", OUT, cwd=BUILD)
    shutil.rmtree(f"{OUT}/_CPack_Packages", ignore_errors=True)
    sdk_contents()
    deb = package()
    rows = [line.split() for line in output("dpkg-deb", "-c", deb).splitlines()]
    modes = {row[5][1:]: row[0] for row in rows}
    expected = ["/usr/sbin/owed", "/usr/bin/owectl", "/usr/libexec/owed/owed-plugin-host", "/usr/lib/owed/plugins/plugins.lock", "/etc/owed/owed.yaml",
                "/etc/owed/policies/standard.yaml", "/etc/owed/templates/en/reminder-1.text.mustache", "/etc/owed/profiles/oracle-ar.yaml",
                "/usr/lib/systemd/system/owed.service", "/usr/lib/sysusers.d/owed.conf", "/usr/lib/tmpfiles.d/owed.conf", "/usr/share/man/man8/owed.8.gz",
                "/usr/share/man/man1/owectl.1.gz", "/usr/share/bash-completion/completions/owectl", "/usr/share/doc/owed/copyright"]
    expected += [f"/usr/lib/owed/plugins/{name}.so" for name in ("agency", "bank-files", "email", "erp-csv", "erp-receipts", "letter", "rates", "salesforce")]
    for path in expected:
        check(path in modes, f"the package holds {path}")
    strays = [path for path in modes if not path.startswith(("/usr/", "/etc/owed/")) and path not in ("/", "/usr/", "/etc/", "/etc/owed/")]
    check(not strays, f"nothing lies elsewhere: {strays}")
    loose = [path for path, mode in modes.items() if mode[5] == "w" or mode[8] == "w"]
    check(not loose, f"only root may change what is installed: {loose}")
    check(all(row[1] == "root/root" for row in rows), "everything belongs to root")
    conffiles = set(output("dpkg-deb", "-I", deb, "conffiles").split())
    in_etc = {path for path in modes if path.startswith("/etc/") and not path.endswith("/")}
    check(conffiles == in_etc, f"every file in /etc is a conffile and the reverse: {conffiles ^ in_etc}")
    depends = output("dpkg-deb", "-f", deb, "Depends")
    for library in ("libc6", "libsqlite3-0", "libcurl4", "libpango", "tzdata"):
        check(library in depends, f"Depends names {library}: {depends}")
    if shutil.which("systemd-analyze"):
        # The scale ends at 10; the shipped sandbox is at 1.2.
        unit = os.path.join(SOURCE, "packaging/systemd/owed.service")
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", unit], capture_output=True, text=True)
        check(done.returncode == 0, f"the unit is confined: {done.stdout[-300:]}{done.stderr[-300:]}")
        print(done.stdout.strip().splitlines()[-1])
    if shutil.which("lintian"):   # told, not held against it
        print(subprocess.run(["lintian", "--no-tag-display-limit", deb], capture_output=True, text=True).stdout)
    print(f"{os.path.basename(deb)}: {os.path.getsize(deb) >> 10} KiB, {len(modes)} entries, {len(conffiles)} conffiles")


# ---------------------------------------------------------------- running it

class Daemon:
    """The unit's command, with what systemd would give it."""

    def __init__(self, program, config, as_user=()):
        self.owectl = [os.path.join(os.path.dirname(os.path.dirname(program)), "bin", "owectl"), "--config", config, "--json"]
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o755)
        self.ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ready.bind(f"{self.folder}/notify")
        os.chmod(f"{self.folder}/notify", 0o777)
        self.ready.settimeout(60)
        self.log = open(f"{self.folder}/log", "w+", encoding="utf-8")
        self.process = subprocess.Popen([*as_user, program, "--config", config], stderr=self.log, stdout=self.log, cwd="/",
                                        env={"NOTIFY_SOCKET": f"{self.folder}/notify", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        try:
            said = self.ready.recv(100)
        except socket.timeout:
            said = b"nothing"
        check(said == b"READY=1", f"the daemon says READY=1, not {said}: {self.told()}")

    def told(self):
        self.log.flush()
        with open(f"{self.folder}/log", encoding="utf-8") as log:
            return log.read()[-3000:]

    def ask(self, *words):
        done = subprocess.run([*self.owectl, *words], capture_output=True, text=True)
        check(done.returncode == 0, f"owectl {' '.join(words)}: exit {done.returncode}: {done.stdout}{done.stderr}\n{self.told()}")
        return json.loads(done.stdout)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        check(self.process.wait(60) == 0, f"SIGTERM ends it with 0, not {self.process.returncode}: {self.told()}")
        shutil.rmtree(self.folder)


def put(folder, name, text, as_user=()):
    """A file as a bank's client leaves it: whole, and marked as such."""
    for file, what in ((name, text), (name + ".done", "")):
        subprocess.run([*as_user, "sh", "-c", 'umask 027; cat > "$1"', "sh", f"{folder}/{file}"], input=what, text=True, check=True)


def main_job(daemon, data, as_uploader=()):
    put(f"{data}/drop/erp", "customers.csv", CUSTOMERS, as_uploader)
    put(f"{data}/drop/erp", "invoices.csv", INVOICES, as_uploader)
    put(f"{data}/drop/bank", "march.sta", STATEMENT, as_uploader)
    daemon.ask("sync")
    inbox = daemon.ask("inbox")["inbox"]
    check(sorted(a["name"] for a in inbox if a["state"] == "taken") == ["customers.csv", "invoices.csv", "march.sta"], f"three files were taken: {inbox}")
    items = {item["document"]: item for item in daemon.ask("items")["items"]}
    check(items.get("RE-26001", {}).get("residual") == "0.00", f"the receipt paid RE-26001: {items}")
    check(items.get("RE-26002", {}).get("residual") == "99.90", f"RE-26002 is open: {items}")
    check(daemon.ask("ledger", "verify")["ok"], "the books agree with themselves")
    check(os.path.exists(f"{data}/drop/bank/archive/march.sta"), "the bank's file was put away")
    states = daemon.ask("status")["connectors"]
    check(all(state in ("ok", "starting") for state in states.values()), f"every connector is well, or is about to be asked: {states}")


def unpacked():
    root = tempfile.mkdtemp(prefix="owed-package-")
    os.chmod(root, 0o755)
    try:
        output("dpkg-deb", "-x", package(), root)
        config, data = f"{root}/etc/owed/owed.yaml", f"{root}/var/lib/owed"
        with open(config, encoding="utf-8") as file:
            text = file.read()
        # The two places that a package's configuration names and an unpacked tree cannot have.
        text = text.replace("data: /var/lib/owed ", f"data: {data} ").replace("socket: /run/owed/owed.sock ", f"socket: {root}/owed.sock ")
        check(data in text and f"{root}/owed.sock" in text, "owed.yaml names /var/lib/owed and /run/owed")
        with open(config, "w", encoding="utf-8") as file:
            file.write(text)
        for folder in ("drop/bank", "drop/erp"):
            os.makedirs(f"{data}/{folder}")
        program = f"{root}/usr/sbin/owed"
        print(output(program, "--check", "--config", config).strip())
        daemon = Daemon(program, config)
        main_job(daemon, data)
        daemon.stop()
        again = Daemon(program, config)
        check(len(again.ask("items", "--open")["items"]) == 1, "the books are there after a restart")
        again.stop()
    finally:
        shutil.rmtree(root)


# ---------------------------------------------------------------- installed, inside the namespace

AS_OWED = ("setpriv", "--reuid", "owed", "--regid", "owed", "--init-groups")
AS_UPLOADER = ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--groups", "owed-drop")


def overlay():
    """/etc, /usr, /var and /run of this namespace are written to memory only."""
    upper = "/mnt"
    output("mount", "-t", "tmpfs", "tmpfs", upper)
    for folder in ("etc", "usr", "var"):
        os.makedirs(f"{upper}/{folder}/new")
        os.makedirs(f"{upper}/{folder}/work")
        output("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/{folder},upperdir={upper}/{folder}/new,workdir={upper}/{folder}/work", f"/{folder}")
    output("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")


def installed_inside():
    overlay()
    deb = sys.argv[3]
    dpkg = dict(env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdin=subprocess.DEVNULL)
    if subprocess.run(["dpkg-query", "-W", "owed"], capture_output=True).returncode == 0:
        output("dpkg", "-P", "owed", **dpkg)
    if os.path.isdir("/var/lib/owed"):
        shutil.rmtree("/var/lib/owed")
    print(output("dpkg", "-i", deb, **dpkg).strip().splitlines()[-1])
    check(not os.path.exists("/run/owed"), "installing starts nothing")
    check(os.stat("/var/lib/owed").st_mode & 0o7777 == 0o711, "outsiders pass through the data folder and cannot list it")
    check(os.stat("/var/lib/owed/drop/bank").st_mode & 0o7777 == 0o2770, "uploaders share drop folders through their group")
    if shutil.which("systemd-analyze"):
        output("systemd-analyze", "verify", "--man=no", "/usr/lib/systemd/system/owed.service", env={**os.environ, "SYSTEMD_UNIT_PATH": "/usr/lib/systemd/system"})

    os.mkdir("/run/owed")                 # RuntimeDirectory=
    shutil.chown("/run/owed", "owed", "owed")
    os.chmod("/run/owed", 0o750)
    print(output(*AS_OWED, "/usr/sbin/owed", "--check").strip())
    daemon = Daemon("/usr/sbin/owed", "/etc/owed/owed.yaml", AS_OWED)
    main_job(daemon, "/var/lib/owed", AS_UPLOADER)
    outsider = subprocess.run([*AS_UPLOADER, "/usr/bin/owectl", "status"], capture_output=True, text=True)
    check(outsider.returncode == 3, f"an uploader does not reach the daemon: {outsider.stdout}{outsider.stderr}")
    daemon.stop()
    readable = [os.path.join(at, name) for at, _, names in os.walk("/var/lib/owed") for name in names
                if "/drop/" not in at and os.lstat(os.path.join(at, name)).st_mode & 0o077]
    check(not readable, f"nobody else reads the books: {readable}")

    with open("/etc/owed/policies/standard.yaml", "a", encoding="utf-8") as file:
        file.write("# ours\n")
    output("dpkg", "-i", deb, **dpkg)     # the next version
    with open("/etc/owed/policies/standard.yaml", encoding="utf-8") as file:
        check(file.read().endswith("# ours\n"), "an upgrade keeps what the administrator changed")
    again = Daemon("/usr/sbin/owed", "/etc/owed/owed.yaml", AS_OWED)
    check(len(again.ask("items", "--open")["items"]) == 1, "the books are there after an upgrade")
    again.stop()
    purged = output("dpkg", "-P", "owed", **dpkg)
    check("the books stay" in purged and os.path.isdir("/var/lib/owed"), f"a purge keeps the books and says so: {purged}")
    left = [path for path in ("/usr/sbin/owed", "/usr/lib/owed", "/etc/owed") if os.path.exists(path)]
    check(not left, f"a purge takes the rest: {left}")
    print("installed, ran as owed, upgraded, purged")


def installed():
    if os.geteuid() != 0:
        skip("installing takes root")
    if shutil.which("unshare") is None or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        skip("this machine gives no mount namespace, and without one the installation would stay")
    for tool in ("systemd-sysusers", "systemd-tmpfiles"):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed (package systemd)")
    with tempfile.TemporaryDirectory() as folder:   # the build may lie where an overlay cannot see it
        deb = shutil.copy(package(), folder)
        done = subprocess.run(["unshare", "--mount", "--propagation", "private", sys.executable, os.path.abspath(__file__), BUILD, "inside", deb])
    sys.exit(done.returncode)


{"contents": contents, "unpacked": unpacked, "installed": installed, "inside": installed_inside}[PART]()
