"""A real Moodle from a source tree, with a database and a web server, all thrown away."""

import html.parser
import http.cookiejar
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from support.hub import wait_until

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT / "tests/moodle/real"
PLUGIN = ROOT / "moodle/local/integrationhub"
ADMIN_PASSWORD = "Adm1n-password"
POSTGRES_BIN = "/usr/lib/postgresql/15/bin"


def run(*words, timeout: float = 1200, **options) -> subprocess.CompletedProcess:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=timeout, check=False, **{"stdin": subprocess.DEVNULL, **options})
    assert done.returncode == 0, (words, telling(done.stdout), telling(done.stderr))
    return done


def telling(output: str) -> str:
    """The end of an output, without what an old Moodle says on a newer PHP."""
    lines = [line for line in output.splitlines() if line and "Deprecated: " not in line]
    return "\n".join(lines)[-3000:]


class MariaDb:
    """A MariaDB that only a socket leads to. It is thrown away, so it does not wait for the disk."""

    kind = "mariadb"

    def __init__(self, directory: Path):
        self.data = directory / "mariadb"
        self.socket = self.data / "socket"
        run("mariadb-install-db", "--no-defaults", f"--user={user()}", f"--datadir={self.data}",
            "--auth-root-authentication-method=normal")
        self.process = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--user={user()}", f"--datadir={self.data}",
             f"--socket={self.socket}", "--skip-networking",
             "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync",
             "--skip-innodb-doublewrite", f"--log-error={self.data}/log"],
            stdin=subprocess.DEVNULL)
        wait_until(self.socket.exists, "MariaDB listens", 60)
        run("mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", "-e",
            "create database moodle character set utf8mb4 collate utf8mb4_unicode_ci")

    def dump(self, file: Path) -> None:
        with open(file, "wb") as out:
            subprocess.run(["mariadb-dump", "--no-defaults", f"--socket={self.socket}", "-uroot",
                            "moodle"], stdout=out, check=True)

    def load(self, file: Path, name: str = "moodle") -> None:
        with open(file, "rb") as dumped:
            subprocess.run(["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", name],
                           stdin=dumped, check=True)

    @property
    def config(self) -> str:
        return (f"$CFG->dbtype = 'mariadb'; $CFG->dbhost = 'localhost'; $CFG->dbuser = 'root';"
                f"$CFG->dbpass = ''; $CFG->dboptions = ['dbsocket' => '{self.socket}',"
                "'dbcollation' => 'utf8mb4_unicode_ci'];")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


class PostgreSql:
    """A PostgreSQL that only a socket leads to, thrown away like the other. It refuses to run as
    root."""

    kind = "pgsql"

    def __init__(self, directory: Path):
        self.data = directory / "postgresql"
        self.data.mkdir()
        self.sockets = directory / "pgsocket"
        self.sockets.mkdir()
        if user() == "root":
            for folder in (self.data, self.sockets):
                shutil.chown(folder, "postgres", "postgres")
            for parent in [directory, *directory.parents]:
                if parent != Path("/") and parent.stat().st_uid == 0 and parent != Path("/tmp"):
                    parent.chmod(parent.stat().st_mode | 0o011)
        run(*self._as_postgres(), f"{POSTGRES_BIN}/initdb", "-D", self.data, "-U", "moodle",
            "--auth=trust", "--encoding=UTF8", "--no-locale")
        self.process = subprocess.Popen(
            [*self._as_postgres(), f"{POSTGRES_BIN}/postgres", "-D", str(self.data), "-k",
             str(self.sockets), "-c", "listen_addresses=", "-c", "fsync=off"],
            stdin=subprocess.DEVNULL, stdout=open(directory / "postgresql.log", "ab"),
            stderr=subprocess.STDOUT)
        wait_until((self.sockets / ".s.PGSQL.5432").exists, "PostgreSQL listens", 60)
        wait_until(lambda: subprocess.run(
            ["psql", "-h", str(self.sockets), "-U", "moodle", "-d", "postgres", "-c", "select 1"],
            capture_output=True, check=False).returncode == 0, "PostgreSQL answers", 60)
        run("psql", "-h", self.sockets, "-U", "moodle", "-d", "postgres", "-c",
            "create database moodle encoding 'UTF8' template template0")

    def dump(self, file: Path) -> None:
        with open(file, "wb") as out:
            subprocess.run(["pg_dump", "-h", str(self.sockets), "-U", "moodle", "moodle"],
                           stdout=out, check=True)

    def load(self, file: Path) -> None:
        run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.sockets, "-U", "moodle", "-d",
            "moodle", "-f", file)

    def _as_postgres(self) -> list[str]:
        if user() != "root":
            return []
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

    @property
    def config(self) -> str:
        return ("$CFG->dbtype = 'pgsql'; $CFG->dbhost = 'localhost'; $CFG->dbuser = 'moodle';"
                f"$CFG->dbpass = ''; $CFG->dboptions = ['dbsocket' => '{self.sockets}'];")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def user() -> str:
    return "root" if os.geteuid() == 0 else os.environ.get("USER", "nobody")


def reported(output: str) -> object:
    """The last line of JSON, among what Moodle says in cron."""
    for line in reversed(output.splitlines()):
        try:
            return json.loads(line)
        except ValueError:
            continue
    raise AssertionError(f"nothing was reported: {output[-2000:]}")


def php_text(text: str) -> str:
    """A text as PHP writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class RealMoodle:
    """Installed from a copy of the tree, which stays as it is."""

    def __init__(self, tree: Path, database, directory: Path):
        self.database = database
        self.directory = directory
        self.root = directory / "moodle"
        copied = subprocess.run(["cp", "-al", str(tree), str(self.root)], check=False,
                                capture_output=True)
        if copied.returncode != 0:
            run("cp", "-a", tree, self.root)
        self.dirroot = self.root / "public" if (self.root / "public").is_dir() else self.root
        for folder in run("php", REAL / "foreign_plugins.php", self.dirroot).stdout.splitlines():
            shutil.rmtree(folder)
        self._accept_this_php()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._configure()
        version = (self.dirroot / "version.php").read_text()
        self.release = re.search(r"\$release\s*=\s*'([^']+)'", version)[1]
        self.branch = re.search(r"\$branch\s*=\s*'(\d)(\d+)'", version)
        self.label = f"{self.branch[1]}.{int(self.branch[2])}"
        self.web = None

    def install(self) -> None:
        """Installs Moodle, or starts from what an earlier run left in MOODLE_INSTALLED."""
        kept = os.environ.get("MOODLE_INSTALLED")
        name = re.sub(r"[^\w.]+", "-", f"{self.release}-{self.database.kind}.sql")
        if kept and (Path(kept) / name).is_file():
            self.database.load(Path(kept) / name)
            return
        self.cli("install_database.php", "--agree-license", f"--adminpass={ADMIN_PASSWORD}",
                 "--adminemail=admin@example.com", "--fullname=Test", "--shortname=test")
        if kept:
            unfinished = Path(kept) / f"{name}.{os.getpid()}"
            self.database.dump(unfinished)
            unfinished.rename(Path(kept) / name)

    def add_plugin(self, source: Path, name: str) -> None:
        shutil.copytree(source, self.dirroot / "local" / name)

    def upgrade(self) -> str:
        return self.cli("upgrade.php", "--non-interactive")

    def start_web(self) -> None:
        self.web = subprocess.Popen(
            ["php", "-d", "opcache.enable=1", "-S", f"127.0.0.1:{self.port}", "-t",
             str(self.dirroot)], env={**os.environ, "PHP_CLI_SERVER_WORKERS": "4"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.directory / "web.log", "ab"), start_new_session=True)
        wait_until(self._web_answers, "the web server answers", 60)

    def restart_web(self) -> None:
        self.stop()
        self.start_web()

    def stop(self) -> None:
        if self.web:
            os.killpg(self.web.pid, 15)
            self.web.wait(30)

    def cli(self, script: str, *arguments) -> str:
        return run("php", "-d", "max_input_vars=5000", self.root / "admin/cli" / script,
                   *arguments).stdout

    def cron(self) -> str:
        """The plugin's minute task, as cron runs it."""
        return self.cli("scheduled_task.php",
                        "--execute=\\local_integrationhub\\task\\sync")

    def drive(self, script: str, *arguments, way: str = "cli") -> object:
        """Runs one of the scripts of real/: on the command line, as a page (`web`) or in a task of
        `cron`; what it reported last."""
        words = [str(argument) for argument in arguments]
        if way == "web":
            out = self.page(script, words)
        elif way == "cron":
            self.php("$DB->delete_records('task_adhoc', ['component' => 'local_mihwitness']);"
                     "$task = new local_mihwitness\\task\\drive(); $task->set_custom_data("
                     f"json_decode({php_text(json.dumps(self._order(script, words)))}));"
                     "report(core\\task\\manager::queue_adhoc_task($task));")
            out = self.cli("adhoc_task.php", "--execute")
        else:
            out = run("php", REAL / script, self.dirroot, *words).stdout
        return reported(out)

    def page(self, script: str, arguments: list[str]) -> str:
        """What a script of real/ prints that runs as a page."""
        order = self._order(script, arguments)
        return Browser(self.url).post("/local/mihwitness/drive.php", script=order["script"],
                                      arguments=json.dumps(arguments))

    @staticmethod
    def _order(script: str, arguments: list[str]) -> dict:
        return {"script": str(REAL / script), "arguments": arguments}

    def start_script(self, script: str, *arguments) -> subprocess.Popen:
        return subprocess.Popen(["php", str(REAL / script), str(self.dirroot),
                                 *map(str, arguments)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def php(self, code: str) -> object:
        script = self.directory / "snippet.php"
        script.write_text(f"<?php require '{REAL}/bootstrap.php';\n{code}")
        return reported(run("php", script, self.dirroot).stdout)

    def witnessed(self) -> list[dict]:
        out = run("php", REAL / "witnessed.php", self.dirroot).stdout
        return [json.loads(line) for line in out.splitlines()]

    def outbox(self) -> list[dict]:
        return self.php("report(array_values($DB->get_records('local_integrationhub_outbox', "
                        "null, 'id')));")

    def move_to(self, host: str) -> None:
        """Another address, as a copy of the site would have; scripts see it, the server stays."""
        config = self.root / "config.php"
        config.write_text(re.sub(r"(wwwroot = 'http://)[^:]+:", rf"\g<1>{host}:",
                                 config.read_text()))

    def browser(self) -> "Browser":
        return Browser(self.url)

    def _web_answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        except OSError:
            return False

    def _configure(self) -> None:
        data = self.directory / "moodledata"
        data.mkdir()
        config = self.root / "config.php"
        config.unlink(missing_ok=True)
        config.write_text(
            "<?php unset($CFG); global $CFG; $CFG = new stdClass();"
            f"$CFG->dblibrary = 'native'; $CFG->dbname = 'moodle'; $CFG->prefix = 'mdl_';"
            f"{self.database.config}\n$CFG->wwwroot = '{self.url}'; $CFG->dataroot = '{data}';"
            "$CFG->admin = 'admin'; $CFG->directorypermissions = 0777; $CFG->noemailever = true;\n"
            "require_once(__DIR__ . '/lib/setup.php');\n")

    def _accept_this_php(self) -> None:
        """Old Moodles refuse a newer PHP: the check is taken out of the copy."""
        for name in (self.dirroot / "lib/phpminimumversionlib.php",
                     self.dirroot / "admin/environment.xml"):
            text = name.read_text()
            changed = text.replace('<RESTRICT function="restrict_php_version_82"', "<RESTRICTED") \
                if name.suffix == ".xml" else text
            changed = re.sub(r'\s*<RESTRICT message="unsupportedphpversion\d+"[^>]*/>', "", changed)
            changed = re.sub(r'\s*<RESTRICT function="restrict_php_version_8\d"[^>]*/>', "",
                             changed)
            if changed != text:
                name.unlink()
                name.write_text(changed)


class _Form(html.parser.HTMLParser):
    """The fields of the form that has a field of that name, with what is in them."""

    def __init__(self, marker: str, page: str):
        super().__init__()
        self._marker = marker
        self._fields: dict[str, str] = {}
        self._select = self._textarea = None
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        about = dict(attributes)
        name, value = about.get("name"), about.get("value") or ""
        if tag == "form":
            self._fields = {}
        elif tag == "input" and name:
            kind = about.get("type")
            if kind not in ("submit", "button", "checkbox", "radio") or "checked" in about:
                self._fields[name] = value
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in about or self._select not in self._fields:
                self._fields[self._select] = value
        elif tag == "textarea" and name:
            self._fields[name] = ""

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = None
        elif tag == "form" and self._marker in self._fields:
            self.fields = self._fields


class Browser:
    """Visits pages, with cookies."""

    def __init__(self, url: str):
        self.url = url
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str, **query) -> str:
        if query:
            path += "?" + urllib.parse.urlencode(query)
        with self._opener.open(self.url + path, timeout=120) as page:
            return page.read().decode(errors="replace")

    def post(self, path: str, **fields) -> str:
        body = urllib.parse.urlencode(fields).encode()
        with self._opener.open(self.url + path, data=body, timeout=120) as page:
            return page.read().decode(errors="replace")

    def log_in(self, name: str = "admin", password: str = ADMIN_PASSWORD) -> "Browser":
        token = re.search(r'name="logintoken" value="(\w+)"', self.get("/login/index.php"))[1]
        page = self.post("/login/index.php", username=name, password=password, logintoken=token)
        self.sesskey = re.search(r'"sesskey":"(\w+)"', page)[1]
        return self

    def fetch(self, path: str, method: str = "GET", body: bytes | None = None,
              **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers with names in lower case, and body, whatever the status is."""
        request = urllib.request.Request(
            self.url + path, body, {name.replace("_", "-"): value
                                    for name, value in headers.items()}, method=method)
        try:
            with self._opener.open(request, timeout=120) as page:
                return self._parts(page)
        except urllib.error.HTTPError as refused:
            return self._parts(refused)

    @staticmethod
    def _parts(page) -> tuple[int, dict[str, str], bytes]:
        return page.status, {name.lower(): value for name, value in page.headers.items()}, \
            page.read()

    def submit(self, path: str, marker: str, query: dict, **fields) -> str:
        """Fills in the form of a page that has the field `marker`, and sends it."""
        page = self.get(path, **query)
        return self.post(path, **{**_Form(marker, page).fields, **fields})

    def timed(self, path: str, **query) -> float:
        start = time.monotonic()
        self.get(path, **query)
        return time.monotonic() - start
