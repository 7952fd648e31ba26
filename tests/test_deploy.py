"""What `deploy/` holds, as far as it can be tried without Docker and without Azure.

The Dockerfile's own steps run, one by one, in a clean folder that stands for the root of the image.
Three things are other than in an image: the locked libraries are those of the running environment,
the intents have few phrases, so that they are soon learned, and the folder is no real root, so that
paths are written anew.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text as sql_text

from bot import server
from bot.announcements import background, delivery, self_check
from bot.channels.connector import endpoint
from bot.ops.settings import known_variables, load_env_file, load_settings
from bot.store import database
from tests import postgres as postgres_server
from tests.certificates import Pair

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
INSTRUCTIONS = {
    *("FROM", "WORKDIR", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK"),
    *("STOPSIGNAL", "ENTRYPOINT", "CMD"),
}
PATIENCE = 120.0
DIGEST = "(@sha256:[0-9a-f]{64})?"
"""What `deploy/pin_images.py` writes after the tag of an image."""


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile, and what stands behind it."""

    name: str
    rest: str

    def words(self) -> list[str]:
        return [word for word in shlex.split(self.rest) if not word.startswith("--")]

    def command(self) -> list[str]:
        """The exec form: a list, so that no shell stands between Docker and the program."""
        found = json.loads(self.rest[self.rest.index("[") :])
        assert all(isinstance(word, str) for word in found)
        return list(found)


def _steps() -> list[Step]:
    text = (DEPLOY / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    pairs = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [Step(name, rest) for name, rest in pairs]


def _stages() -> list[list[Step]]:
    stages: list[list[Step]] = []
    for step in _steps():
        if step.name == "FROM":
            stages.append([])
        stages[-1].append(step)
    return stages


def _only(steps: list[Step], name: str) -> Step:
    (found,) = (step for step in steps if step.name == name)
    return found


def test_the_dockerfile_has_known_instructions_and_pinned_bases() -> None:
    assert {step.name for step in _steps()} <= INSTRUCTIONS
    bases = {step.rest.split()[0] for step in _steps() if step.name == "FROM"}
    assert len(bases) == 1
    assert re.fullmatch(rf"python:3\.(11|12|13)\.\d+-slim-\w+{DIGEST}", bases.pop())
    assert len(_stages()) == 2


def test_the_image_runs_as_nobody_in_particular_and_hears_sigterm() -> None:
    last = _stages()[-1]
    user, group = _only(last, "USER").rest.split(":")
    assert int(user) >= 10_000
    assert int(group) >= 10_000
    assert _only(last, "ENTRYPOINT").command() == ["taikubot"]
    assert _only(last, "CMD").command() == ["serve", "--host", "0.0.0.0"]  # noqa: S104
    assert _only(last, "STOPSIGNAL").rest == "SIGTERM"
    health = _only(last, "HEALTHCHECK")
    assert health.rest.split("CMD")[0].split() == [
        "--interval=30s",
        "--timeout=5s",
        "--start-period=60s",
        "--retries=3",
    ]
    order = [step.name for step in last]
    assert not {"RUN", "COPY"} & set(order[order.index("USER") :])


def test_only_locked_libraries_come_into_the_image() -> None:
    installs = [step.rest for step in _steps() if "pip install" in step.rest]
    assert len(installs) == 2
    assert installs[0].endswith("--require-hashes -r requirements.lock")
    assert {"--no-deps", "--no-build-isolation"} <= set(installs[1].split())


def _sources() -> list[str]:
    found = []
    for step in _stages()[0]:
        if step.name == "COPY":
            found += step.words()[:-1]
    return found


def test_everything_that_is_copied_exists_and_reaches_the_builder() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    let_in = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    assert sorted(let_in) == sorted(_sources())
    assert not [name for name in _sources() if not (ROOT / name).exists()]
    out = [pattern for pattern in patterns[1:] if not pattern.startswith("!")]
    assert not [name for name in _sources() for pattern in out if fnmatch(name, pattern)]


@dataclass(frozen=True)
class Image:
    """A folder that stands for the image's root."""

    root: Path

    def at(self, text: str) -> str:
        """A text with the absolute paths of the image written anew."""
        return re.sub(r"(?<![\w.])/(opt|src|state|var/lib)\b", rf"{self.root}/\1", text)

    def environment(self, **more: str) -> dict[str, str]:
        env = {"HOME": str(self.root / "nobody"), "LANG": "C.UTF-8"}
        for step in _stages()[-1]:
            if step.name == "ENV":
                env |= dict(word.split("=", 1) for word in shlex.split(self.at(step.rest)))
        return env | more


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory, few_intents: Path) -> Image:
    """The Dockerfile's steps, really done."""
    made = Image(tmp_path_factory.mktemp("image"))
    here = made.root
    built = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(made.root / "nobody"),
    }
    for step in _stages()[0]:
        if step.name == "WORKDIR":
            here = Path(made.at(step.rest))
            here.mkdir(parents=True)
        elif step.name == "COPY":
            *sources, target = step.words()
            for source in sources:
                found = few_intents if source == "intents" else ROOT / source
                _copy(found, here / target, into=target.endswith("/"))
        elif step.name == "RUN" and "--require-hashes" in step.rest:
            # Here the image installs; the same libraries are borrowed from this environment.
            (packages,) = (made.root / "opt").glob("taikubot/lib/python*/site-packages")
            (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
        elif step.name == "RUN":
            done = subprocess.run(
                ["/bin/sh", "-ec", made.at(step.rest)],
                cwd=here,
                env=built,
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
            assert done.returncode == 0, f"{step}\n{done.stdout}\n{done.stderr}"
    for step in _stages()[1]:
        if step.name == "COPY":
            origin, place = (Path(made.at(word)) for word in step.words())
            if origin != place:
                shutil.copytree(origin, place, dirs_exist_ok=True)
    shutil.rmtree(made.root / "src")
    shutil.rmtree(made.root / "state")
    return made


def _copy(source: Path, target: Path, into: bool) -> None:
    if source.is_dir():
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=leave, dirs_exist_ok=True)
    else:
        target = target / source.name if into else target
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def _tree(root: Path) -> set[Path]:
    return {path.relative_to(root) for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def running(image: Image, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The entry point with the image's own command, on this machine and a free port."""
    last = _stages()[-1]
    command = _only(last, "ENTRYPOINT").command() + _only(last, "CMD").command()
    cwd = tmp_path / "read-only"
    cwd.mkdir()
    cwd.chmod(0o555)
    process = subprocess.Popen(
        [
            *(str(image.root / "opt/taikubot/bin" / command[0]), *command[1:]),
            *("--host", "127.0.0.1", "--port", "0"),
        ],
        cwd=cwd,
        env=image.environment(
            BOT_APP_ID="12345678-90ab-cdef-1234-567890abcdef",
            BOT_APP_TENANT_ID="12345678-90ab-cdef-1234-567890abcdef",
            BOT_APP_PASSWORD="not a real one",
            BOT_LOGIN_URL="https://127.0.0.1:9",
            BOT_OPENID_METADATA_URL="http://127.0.0.1:9",
        ),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if found := re.search(r"http://127\.0\.0\.1:(\d+)/api/messages", line):
            yield process, found[1]
            break
    else:
        raise AssertionError(said)
    process.kill()
    process.wait(PATIENCE)
    process.stderr.close()


def _healthy(image: Image, port: str, command: list[str]) -> bool:
    asked = [part.replace(":3978/", f":{port}/") for part in command]
    assert asked != command
    done = subprocess.run(
        [str(image.root / "opt/taikubot/bin" / asked[0]), *asked[1:]],
        env=image.environment(),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode == 0


def test_the_steps_make_a_bot_that_writes_only_its_state(
    image: Image, running: tuple[subprocess.Popen[str], str]
) -> None:
    process, port = running
    before = _tree(image.root)
    models = list((image.root / "var/lib/taikubot/cache").glob("model-*.npz"))
    assert len(models) == 1, "the model is learned at build time, and that one is used"
    command = _only(_stages()[-1], "HEALTHCHECK").command()
    assert _healthy(image, port, command)
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    assert not _healthy(image, port, command)
    state = Path("var/lib/taikubot")
    new = _tree(image.root) - before
    assert not [path for path in new if not path.is_relative_to(state)]
    assert not (image.root / "nobody").exists()


# Compose


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def test_compose_builds_what_is_here(compose: dict[str, Any]) -> None:
    build = compose["services"]["bot"]["build"]
    assert (DEPLOY / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    image = compose["services"]["database"]["image"]
    assert re.fullmatch(rf"postgres:\d+\.\d+-alpine{DIGEST}", image)


def test_no_image_is_named_without_a_full_version(compose: dict[str, Any]) -> None:
    named = [service["image"] for service in compose["services"].values() if "build" not in service]
    named += [step.rest.split()[0] for step in _steps() if step.name == "FROM"]
    named += re.findall(r"param \w*Image string = '(.+)'", BICEP)
    assert len(named) >= 4
    for image in named:
        # Each is one that the script pins, and the tag alone says which it is.
        assert re.fullmatch(rf"[a-z]+:\d+\.\d+(\.\d+)?(-[a-z-]+)?{DIGEST}", image), image
        assert any(image in found[0] for found in _named_images()), image


def _named_images() -> Iterator[re.Match[str]]:
    """What `deploy/pin_images.py` finds."""
    spec = importlib.util.spec_from_file_location("pin_images", DEPLOY / "pin_images.py")
    assert spec is not None
    assert spec.loader is not None
    pin_images = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pin_images)
    for name in pin_images.FILES:
        yield from pin_images.NAMED.finditer((DEPLOY / name).read_text())


def test_compose_names_only_settings_secrets_and_volumes_that_exist(
    compose: dict[str, Any],
) -> None:
    bot = compose["services"]["bot"]
    assert set(bot["environment"]) <= known_variables()
    for service in compose["services"].values():
        assert set(service["secrets"]) <= set(compose["secrets"])
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            if source.startswith("./"):
                # The folders of coordinators and content are made by whoever deploys.
                assert (DEPLOY / source).is_file() or source in ("./coordinators", "./own")
                assert volume.endswith(":ro")
            else:
                assert source in compose["volumes"]
        for name, value in service["environment"].items():
            if name.endswith("_FILE") and name != "BOT_COORDINATORS_FILE":
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            else:
                assert not re.search("PASSWORD|TOKEN|SECRET", name), "a secret is a file"
    told = (DEPLOY / "README.md").read_text()
    for secret in compose["secrets"].values():
        assert secret["file"].startswith("secrets/")
        assert f"| `{Path(secret['file']).name}` |" in told
    place, *_ = bot["volumes"]
    assert place.split(":")[1] == _only(_stages()[-1], "VOLUME").rest


def test_who_may_announce_lies_in_a_folder_that_is_mounted(compose: dict[str, Any]) -> None:
    """A file that is mounted by itself stays the old one when another takes its place."""
    bot = compose["services"]["bot"]
    file = Path(bot["environment"]["BOT_COORDINATORS_FILE"])
    assert f"./coordinators:{file.parent}:ro" in bot["volumes"]
    told = (DEPLOY / "README.md").read_text()
    assert f"> deploy/coordinators/{file.name}" in told
    assert "/deploy/coordinators/" in (ROOT / ".gitignore").read_text().splitlines()
    # In Azure too, from a secret of the container app.
    (path,) = re.findall(r"name: 'BOT_COORDINATORS_FILE'\s+value: '(.+)'", BICEP)
    mounted = re.findall(r"volumeName: 'coordinators'\s+mountPath: '(.+)'", BICEP)
    assert mounted == [str(Path(path).parent)]
    assert re.findall(r"secretRef: 'coordinators'\s+path: '(.+)'", BICEP) == [Path(path).name]
    assert re.findall(r"name: 'coordinators'\s+value: (\w+)", BICEP) == ["coordinators"]
    assert "TAIKUBOT_COORDINATORS" in told


def test_content_lies_outside_the_image(compose: dict[str, Any]) -> None:
    """So that an edit needs no new one: in a folder of the machine, in Azure in a share."""
    settings = {f"BOT_{name.upper()}_DIR": name for name in ("content", "intents", "locale")}
    bot = compose["services"]["bot"]
    told = (DEPLOY / "README.md").read_text()
    (volume,) = (one for one in bot["volumes"] if one.startswith("./own:"))
    place = volume.split(":")[1]
    assert "/deploy/own/" in (ROOT / ".gitignore").read_text().splitlines()
    # The command of the guide copies to where compose mounts, and the update finds it there.
    assert f'--volume "$PWD/deploy/own:{place}" taikubot init {place}' in told
    ours = BICEP[BICEP.index("var contentSettings") : BICEP.index("var host")]
    (share,) = re.findall(r"volumeName: 'content'\s+mountPath: '(.+)'", BICEP)
    assert re.findall(r"name: 'content'\s+storageType: '(\w+)'", BICEP) == ["AzureFile"]
    for name, folder in settings.items():
        assert bot["environment"][name] == f"{place}/{folder}"
        assert f"{name}={place}/{folder}" in told
        assert re.findall(rf"name: '{name}'\s+value: '(.+)'", ours) == [f"{share}/{folder}"]
    assert "contentSettings = !ownContent ? []" in ours, "an empty share must not be read"
    assert "accessMode: 'ReadOnly'" in BICEP


@pytest.mark.skipif(shutil.which("unshare") is None, reason="mounts need Linux")
def test_a_file_that_is_mounted_by_itself_stays_the_old_one(tmp_path: Path) -> None:
    """Why the folder is mounted: what the documents say of Docker is so of its bind mounts."""
    script = """
        mkdir host file folder && echo old > host/c && touch file/c
        mount --bind host/c file/c && mount --bind host folder
        echo new > host/n && mv host/n host/c
        cat file/c folder/c
        mkdir "a b" && touch "a b/c" && mount --bind host/c "a b/c"
        python -c '
import pathlib as p
from bot.ops.mounts import is_mounted_alone as alone
print(*(alone(p.Path(name)) for name in ("file/c", "a b/c", "folder/c", "folder", "none")))'
    """
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", script],
        cwd=tmp_path,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "permission denied" in done.stderr:
        pytest.skip("no mounts of one's own on this machine")
    # The bot sees which it is, and says so.
    assert done.stdout.split() == ["old", "new", *["True"] * 2, *["False"] * 3], done.stderr


def test_the_proxy_of_compose_says_what_it_wants(compose: dict[str, Any], tmp_path: Path) -> None:
    """And the other services do not want it: compose fills in what no profile chose, too."""
    proxy = compose["services"]["proxy"]
    assert proxy["environment"] == {"TAIKUBOT_HOST": "${TAIKUBOT_HOST:-}"}
    assert ":?" not in str({**compose, "services": {**compose["services"], "proxy": {}}})
    shell = proxy["command"][2].replace("$$", "$")
    assert "$$" in proxy["command"][2]
    (tmp_path / "caddy").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "caddy").chmod(0o755)
    said = {}
    for host in ("", "bot.example.org"):
        said[host] = subprocess.run(
            [*proxy["command"][:2], shell],
            env={"PATH": f"{tmp_path}:/usr/bin:/bin", "TAIKUBOT_HOST": host},
            capture_output=True,
            text=True,
            check=False,
        )
    assert said[""].returncode != 0
    assert "TAIKUBOT_HOST: set it to the name" in said[""].stderr
    started = said["bot.example.org"].stdout.split()
    assert started[:2] == ["run", "--config"]
    mounted = {volume.split(":")[1] for volume in proxy["volumes"]}
    assert started[2] in mounted


def test_compose_leaves_little_to_break_into(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["healthcheck"]["test"][0] == "CMD"
        assert "privileged" not in service
        assert service["cap_drop"] == ["ALL"]
        # Who listens on 443 may; nobody else needs any.
        assert set(service.get("cap_add", ())) <= {"NET_BIND_SERVICE"}
        assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
        assert 0 < service["pids_limit"] <= 1000
    bot = compose["services"]["bot"]
    assert bot["ports"] == ["127.0.0.1:3978:3978"]
    assert "ports" not in compose["services"]["database"]
    assert bot["depends_on"] == {"database": {"condition": "service_started"}}


def test_compose_verifies_its_database_and_logs_in_as_nobody_special(
    compose: dict[str, Any],
) -> None:
    bot, database = compose["services"]["bot"], compose["services"]["database"]
    assert database["user"] == "70:70", "who starts without root needs no capability"
    assert "ssl=on" in database["command"]
    certificate = bot["environment"]["BOT_DATABASE_CA"]
    assert f"ssl_cert_file={certificate}" in database["command"]
    names = {option.split("=")[1] for option in database["command"] if "/" in option}
    assert {Path(name).name for name in names} <= set(database["secrets"])
    assert Path(certificate).name in bot["secrets"]
    assert not {"database_key", "database_admin_password"} & set(bot["secrets"])
    # The superuser is not the role of the script, which the URL of the guide names.
    assert database["environment"]["POSTGRES_USER"] == "postgres"
    (url,) = re.findall(r"`(postgresql\S+@database/\S+)`", (DEPLOY / "README.md").read_text())
    assert url.startswith("postgresql+asyncpg://taikubot:")
    assert "ssl" not in url
    role = (DEPLOY / "database" / "role.sql").read_text()
    assert "ALTER ROLE taikubot LOGIN" in role
    init = DEPLOY / "database" / "init.sh"
    assert os.access(init, os.X_OK), "the image would read it into its own script"
    assert subprocess.run(["sh", "-n", init], check=False).returncode == 0
    mounted = {volume.split(":")[1] for volume in database["volumes"]}
    assert "/docker-entrypoint-initdb.d/init.sh" in mounted
    assert set(re.findall(r"--file (\S+)", init.read_text())) <= mounted
    (secret,) = re.findall(r"/run/secrets/(\w+)", init.read_text())
    assert secret in database["secrets"]


def _openssl(path: Path, text: str, folder: Path, host: str, *, by_address: bool = False) -> None:
    """Runs the command of a guide that makes a certificate, with its files in a folder."""
    (found,) = re.findall(r"^ *(openssl req (?:.|\\\n)*?)\n *```", path.read_text(), re.MULTILINE)
    assert text in found
    if by_address:
        # As the sentence below the command says.
        assert "`IP:HOST` in the place of `DNS:HOST`" in path.read_text()
        found, host = found.replace("DNS:HOST", "IP:HOST"), "127.0.0.1"
    command = shlex.split(found.replace("\\\n", " ").replace("HOST", host))
    for option in ("-keyout", "-out"):
        at = command.index(option) + 1
        command[at] = str(folder / Path(command[at]).name)
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.postgresql
@pytest.mark.parametrize("where", ["compose", "guide", "guide, by address"])
async def test_the_certificate_of_the_guide_lets_the_bot_in(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a real PostgreSQL, with its own certificate as the CA."""
    binaries = postgres_server.binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed on this machine")
    if where == "compose":
        _openssl(DEPLOY / "README.md", "/CN=database", tmp_path, "")
        host, key, certificate = "database", "database_key", "database_certificate"
    else:
        guide = ROOT / "docs" / "guides" / "administrator.md"
        host, key, certificate = "db.example.org", "server.key", "server.crt"
        _openssl(guide, "/CN=HOST", tmp_path, host, by_address=where != "guide")
        if where != "guide":
            host = "127.0.0.1"
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda name, *rest, **more: resolve("127.0.0.1" if name == host else name, *rest, **more),
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pair = Pair(tmp_path / certificate, tmp_path / key)
    with postgres_server.running(binaries, postgres_server.Tls(port, pair), "postgres") as running:
        sql = "CREATE ROLE bot LOGIN PASSWORD 'p'"
        running.psql("-U", "postgres", "-d", "postgres", "-c", sql)
        url = f"postgresql+asyncpg://bot:p@{host}:{port}/postgres?ssl=verify-full"
        for ca, lets_in in ((pair.certificate, True), (None, False)):
            found = database.Database(url, ca=ca)
            if lets_in:
                async with found.reading() as tx:
                    assert await tx.scalar(sql_text("SELECT current_user")) == "bot"
            else:
                with pytest.raises(ssl.SSLCertVerificationError):
                    async with found.reading():
                        pass
            await found.close()


@pytest.mark.postgresql
def test_the_database_of_compose_is_made_with_the_role(tmp_path: Path) -> None:
    """The script that the image runs, on a real PostgreSQL; with the image's own variables."""
    binaries = postgres_server.binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed on this machine")
    (tmp_path / "database_password").write_text("its own\n")
    script = (DEPLOY / "database" / "init.sh").read_text()
    for there, here in {
        "/run/secrets/": f"{tmp_path}/",
        "/role.sql": str(DEPLOY / "database" / "role.sql"),
    }.items():
        assert there in script
        script = script.replace(there, here)
    with postgres_server.running(binaries, superuser="postgres") as running:
        running.psql("-U", "postgres", "-d", "postgres", "-c", "CREATE DATABASE taikubot")
        image = {"PGHOST": str(running.folder), "POSTGRES_USER": "postgres"}
        image["POSTGRES_DB"] = "taikubot"
        subprocess.run(["sh", "-c", script], check=True, env=os.environ | image)
        rights = "SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = 'taikubot'"
        assert running.psql("-U", "postgres", "-d", "taikubot", "-c", rights) == "t|f"


def test_a_bot_that_can_answer_is_never_restarted_for_its_database(
    compose: dict[str, Any],
) -> None:
    """`/readyz` tells of the database too; whoever restarts a bot asks `/healthz`."""
    asked = {
        "Dockerfile": _only(_stages()[-1], "HEALTHCHECK").rest,
        "compose.yaml": str(compose["services"]["bot"]["healthcheck"]),
    }
    for place, check in asked.items():
        assert re.findall(r":3978(/\w+)", check) == ["/healthz"], place
    probes = BICEP[BICEP.index("probes: [") : BICEP.index("volumes: [")]
    assert re.findall(r"path: '(.+)'", probes) == ["/healthz"] * 2
    assert probes.count("type: '") == 2


def test_everybody_waits_for_the_program_to_end(compose: dict[str, Any]) -> None:
    """Between SIGTERM and SIGKILL lies more than a shutdown takes."""
    guide = (ROOT / "docs" / "guides" / "administrator.md").read_text()
    graces = {
        "compose.yaml": compose["services"]["bot"]["stop_grace_period"].removesuffix("s"),
        "main.bicep": re.findall(r"terminationGracePeriodSeconds: (\d+)", BICEP)[0],
        "administrator.md": re.findall(r"TimeoutStopSec=(\d+)", guide)[0],
    }
    assert delivery.DRAIN_TIMEOUT + delivery.FLUSH_TIMEOUT <= background.SHUTDOWN_TIMEOUT
    # To take its row out, to leave the database, and for the connections of the server.
    last = self_check.LEAVE_TIMEOUT + database.CLOSE_TIMEOUT + server.SHUTDOWN_TIMEOUT
    longest = max(background.SHUTDOWN_TIMEOUT, endpoint.DRAIN_TIMEOUT) + last
    for place, grace in graces.items():
        assert int(grace) >= longest + 5, place


def test_the_service_of_the_guide_is_limited() -> None:
    """It may write its own folder, and nothing that the bot was not seen to need."""
    guide = (ROOT / "docs" / "guides" / "administrator.md").read_text()
    (text,) = re.findall(r"^```\n(\[Unit\].*?)^```$", guide, re.DOTALL | re.MULTILINE)
    service: dict[str, list[str]] = {}
    for line in text[text.index("[Service]") : text.index("[Install]")].splitlines()[1:]:
        if line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            assert equals, line
            service.setdefault(name, []).append(value)
    for name, value in {
        "UMask": "0077",
        "StateDirectory": "taikubot",
        "StateDirectoryMode": "0700",
        "ProtectSystem": "strict",
        "ProtectHome": "tmpfs",
        "CapabilityBoundingSet": "",
        "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
        "SystemCallArchitectures": "native",
    }.items():
        assert service[name] == [value], name
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "MemoryDenyWriteExecute"):
        assert service[name] == ["yes"], name
    assert service["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]
    assert {"MemoryMax", "TasksMax"} <= set(service)
    # What it starts is not hidden with the homes, and what it learns lies where it may write.
    (start,) = service["ExecStart"]
    assert start.startswith(service["BindReadOnlyPaths"][0] + "/")
    cache = next(value for value in service["Environment"] if "BOT_CACHE_DIR" in value)
    assert cache == f"BOT_CACHE_DIR=/var/lib/{service['StateDirectory'][0]}/cache"


def test_the_example_of_an_env_file_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    example = DEPLOY / "bot.env.example"
    names = re.findall(r"^(\w+)=", example.read_text(), re.MULTILINE)
    assert "BOT_APP_ID" in names
    assert set(names) <= known_variables()
    for name in names:
        monkeypatch.setenv(name, "")
    load_env_file(example)
    assert load_settings().app_id is None
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/deploy/bot.env", "/deploy/secrets/"} <= set(ignored)


# Azure

BICEP = (DEPLOY / "azure" / "main.bicep").read_text()
WORDS = {
    *("true", "false", "null", "if", "for", "in", "string", "int", "bool", "existing"),
    *("param", "var", "resource", "output", "targetScope", "module"),
}
FUNCTIONS = {
    *("resourceGroup", "uniqueString", "empty", "tenant", "guid", "json", "concat"),
    *("subscriptionResourceId", "description", "minLength", "maxLength", "minValue", "maxValue"),
    *("secure", "listKeys", "loadTextContent"),
}


def _code() -> str:
    """The Bicep file without comments, and with what its texts insert in the texts' place."""
    text = re.sub(r"(?m)(^|\s)//.*$", "", BICEP)

    def inserted(match: re.Match[str]) -> str:
        names = re.findall(r"\$\{(.*?)\}", match[0])
        return f" {' '.join(names)} "

    return re.sub(r"'(?:[^'\\\n]|\\.)*'", inserted, text)


def _declared(kind: str) -> list[str]:
    return re.findall(rf"(?m)^{kind} (\w+)", BICEP)


def test_bicep_is_balanced() -> None:
    assert BICEP.count("'") % 2 == 0
    closing = {"}": "{", "]": "[", ")": "("}
    open_: list[str] = []
    for sign in re.sub(r"[^(){}\[\]]", "", _code()):
        if sign in closing:
            assert open_.pop() == closing[sign]
        else:
            open_.append(sign)
    assert open_ == []


def test_bicep_declares_once_what_it_uses_and_uses_what_it_declares() -> None:
    declared = [name for kind in ("param", "var", "resource") for name in _declared(kind)]
    assert len(declared) == len(set(declared))
    # A name is used where it is no property (`name:`, `.name`) and no declaration.
    used = set()
    for line in _code().splitlines():
        line = re.sub(r"^(param|var|resource|output|targetScope) \w+( string| int)?", "", line)
        line = re.sub(r"^\s*\w+:", "", line)
        used |= set(re.findall(r"(?<![\w.@])([A-Za-z]\w*)", line))
    used -= WORDS | {"targetScope"}
    functions = set(re.findall(r"(?<!\w)(\w+)\(", _code())) - WORDS
    assert functions <= FUNCTIONS
    assert used - FUNCTIONS <= set(declared)
    unused = set(declared) - used
    assert unused == {"app", "teams", "messenger"}, "these end the chain"


def test_bicep_gives_the_version_of_each_kind_of_resource() -> None:
    kinds = re.findall(r"(?m)^resource \w+ '(.+?)' (?:existing )?= ", BICEP)
    assert len(kinds) == len(_declared("resource"))
    for kind in kinds:
        assert re.fullmatch(r"Microsoft\.\w+(/\w+)+@20\d\d-\d\d-\d\d", kind), kind
    versions: dict[str, set[str]] = {}
    for kind in kinds:
        name, version = kind.split("@")
        versions.setdefault(name.split("/")[0] + name.split("/")[1], set()).add(version)
    assert all(len(found) == 1 for found in versions.values())


def _waits_for() -> dict[str, set[str]]:
    """What each resource of the Bicep file waits for: those that it names, variables followed."""
    declared = {*_declared("resource"), *_declared("var")}
    blocks = re.split(r"(?m)^(?=(?:resource|var|output|param|@|//) ?)", _code())
    named: dict[str, set[str]] = {}
    for block in blocks:
        if found := re.match(r"(resource|var) (\w+)", block):
            body = re.sub(r"(?m)^\s*\w+:", "", block[found.end() :])
            named[found[2]] = {
                one for one in re.findall(r"(?<![\w.@])([A-Za-z]\w*)", body) if one in declared
            } - {found[2]}
    assert named.keys() == declared

    def all_of(name: str, above: tuple[str, ...] = ()) -> set[str]:
        assert name not in above, f"{name} waits for itself"
        return set().union(*({one} | all_of(one, (*above, name)) for one in named[name]))

    return {name: all_of(name) for name in _declared("resource")}


def test_bicep_makes_rights_before_what_needs_them() -> None:
    """The container pulls its image, reads its secrets and mounts its share when it begins."""
    waits = _waits_for()
    assert {"identity", "pullAccess", "vaultAccess", "mount", "share"} <= waits["app"]
    assert {"databaseUrlSecret", "apiTokenSecret", "appPasswordSecret", "database"} <= waits["app"]
    assert {"identity", "pullFrom"} <= waits["pullAccess"]
    assert {"identity", "vault"} <= waits["vaultAccess"]
    assert {"app", "bot"}.isdisjoint(waits["pullAccess"] | waits["vaultAccess"])
    assert {"server", "database", "appEnvironment"} <= waits["role"]
    assert {"share", "storage", "appEnvironment"} <= waits["mount"]
    # The role AcrPull, and Key Vault Secrets User: numbers that are the same everywhere.
    numbers = dict(re.findall(r"(?m)^var (secretsUser|imagePull) = '(.+)'$", BICEP))
    assert numbers == {
        "secretsUser": "4633458b-17de-408a-874b-0445c86b69e6",
        "imagePull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    }


def test_what_bicep_made_can_be_made_again_under_its_name() -> None:
    assert "enablePurgeProtection" not in BICEP
    told = (DEPLOY / "README.md").read_text()
    assert "az keyvault purge --name VAULT" in told
    for output in ("vaultName", "storageName"):
        assert f"output {output} " in BICEP
        assert f"`{output}`" in told


def test_bicep_describes_its_parameters_and_hides_its_secrets() -> None:
    for block in re.split(r"\n\n", BICEP):
        if found := re.search(r"(?m)^(param|output) (\w+)", block):
            assert block.startswith("@description('"), found[2]
            if re.search("(?i)password$|token$|secret$", found[2]):
                assert "\n@secure()\n" in block, found[2]
    outputs = "".join(line for line in BICEP.splitlines() if line.startswith("output"))
    assert not re.search("(?i)password|token|secret", outputs)


def test_bicep_sets_only_known_settings_and_each_secret_by_reference() -> None:
    names = re.findall(r"name: '(BOT_\w+)'", BICEP)
    assert len(names) == len(set(names))
    assert set(names) <= known_variables()
    assert {"BOT_APP_ID", "BOT_DATABASE_URL", "BOT_PUBLIC_URL"} <= set(names)
    settings = re.findall(r"name: '(BOT_\w+)'\s+(\w+): (.+)", BICEP)
    references = set()
    for name, kind, value in settings:
        if re.search("PASSWORD$|TOKEN$|DATABASE_URL$", name):
            assert kind == "secretRef", name
            references.add(value.strip("'"))
    kept = set(re.findall(r"name: '([a-z-]+)'\s+keyVaultUrl: '.*?secrets/\1'", BICEP))
    stored = re.findall(r"vaults/secrets@.*?\n  parent: vault\n  name: '([a-z-]+)'", BICEP)
    assert references == kept == set(stored)


def test_bicep_verifies_a_database_that_nobody_else_reaches() -> None:
    code = re.sub(r"(?m)^ *//.*$", "", BICEP)
    assert "0.0.0.0" not in code  # noqa: S104 - it would let all of Azure in
    assert "firewallRules" not in code
    assert "publicNetworkAccess: 'Disabled'" in code
    assert "delegatedSubnetResourceId" in code
    assert "privateDnsZoneArmResourceId: databaseZone.id" in code
    assert "infrastructureSubnetId" in code
    (url,) = re.findall(r"'(postgresql\+asyncpg://.+?)'", code)
    assert url.endswith("?ssl=verify-full")
    modes = re.findall(r"name: 'PGSSLMODE'\s+value: '(.+)'", code)
    assert modes == ["verify-full"]


def test_bicep_has_the_bot_log_in_as_the_role_of_the_script() -> None:
    """The administrator's password is with the job that makes the role, and nowhere else."""
    (user, password) = re.findall(r"asyncpg://\$\{(\w+)\}:\$\{(\w+)\}@", BICEP)[0]
    (administrator,) = re.findall(r"administratorLogin: (\w+)", BICEP)
    (secret,) = re.findall(r"administratorLoginPassword: (\w+)", BICEP)
    assert (user, password) == ("databaseRole", "databasePassword")
    assert (administrator, secret) == ("databaseAdmin", "databaseAdminPassword")
    names = dict(re.findall(r"(?m)^var (\w+) = '(.+)'$", BICEP))
    assert f"ALTER ROLE {names[user]} LOGIN" in (DEPLOY / "database" / "role.sql").read_text()
    assert names[administrator] != names[user]
    kinds = {"admin", "administrator", "azure_superuser", "azure_pg_admin", "root", "guest"}
    assert names[administrator] not in kinds | {"public"}, "Azure refuses these"
    blocks = {
        block.split()[1]
        for block in re.split(r"(?m)^(?=resource )", BICEP)
        if re.search(rf"(?m)^(?!@|param).*\b{secret}\b", block)
    }
    assert blocks == {"server", "role"}
    (script,) = re.findall(r"loadTextContent\('(.+)'\)", BICEP)
    assert (DEPLOY / "azure" / script).resolve() == DEPLOY / "database" / "role.sql"


@pytest.mark.postgresql
def test_the_job_of_bicep_makes_the_role(tmp_path: Path) -> None:
    """Its command, with its own variables, on a real PostgreSQL."""
    binaries = postgres_server.binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed on this machine")
    job = BICEP[BICEP.index("resource role ") : BICEP.index("resource bot ")]
    shell = re.findall(r"'(.+)'", job[job.index("command: [") : job.index("]", job.index("'-c'"))])
    assert shell[:2] == ["sh", "-c"]
    command = [*shell[:2], shell[2].replace("/tmp/", f"{tmp_path}/")]
    with postgres_server.running(binaries, superuser="postgres") as running:
        folder = running.folder
        running.psql("-U", "postgres", "-d", "postgres", "-c", "CREATE DATABASE taikubot")
        environment = {
            "PGHOST": str(folder),
            "PGDATABASE": "taikubot",
            "PGUSER": "postgres",
            "ROLE_PASSWORD": "its own",
            "ROLE_SQL": (DEPLOY / "database" / "role.sql").read_text(),
        }
        named = set(re.findall(r"name: '([A-Z_]+)'", job))
        assert named == {*environment, "PGPASSWORD", "PGSSLMODE", "PGSSLROOTCERT"}
        subprocess.run(command, check=True, env=os.environ | environment, capture_output=True)
        owner = "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'taikubot'"
        assert running.psql("-U", "postgres", "-d", "taikubot", "-c", owner) == "taikubot"


def test_bicep_is_what_the_guide_says() -> None:
    for text in (
        "minReplicas: 1",
        "allowInsecure: false",
        "'SingleTenant'",
        "'MsTeamsChannel'",
        "'FacebookChannel'",
        "Microsoft.DBforPostgreSQL/flexibleServers@",
        "Microsoft.Network/virtualNetworks@",
        "Microsoft.App/jobs@",
        "userAssignedIdentities@",
        "/api/messages'",
    ):
        assert text in BICEP
    port = _only(_stages()[-1], "EXPOSE").rest
    assert set(re.findall(r"(?:targetPort|port): (\d+)", BICEP)) == {port}


def test_bicep_parameters_are_those_of_the_file() -> None:
    given = (DEPLOY / "azure" / "main.bicepparam").read_text()
    assert "using 'main.bicep'" in given
    named = set(re.findall(r"(?m)^param (\w+) =", given))
    required = set(re.findall(r"(?m)^param (\w+) \w+$", BICEP))
    assert required == named
    assert not re.search(r"(?m)^param \w*(Password|Token) = '", given), "no secret in a file"


def test_the_guide_names_every_file() -> None:
    told = (DEPLOY / "README.md").read_text()
    for name in (
        *("Dockerfile", "compose.yaml", "azure/main.bicep", "bot.env.example", "teams/"),
        *("database/role.sql", "pin_images.py"),
    ):
        assert name in told
        assert (DEPLOY / name).exists()
