"""A desktop without a screen, for programs with windows: an X server in memory, a message bus, and a home of its own."""
import asyncio
import os
import shutil
import signal
import sqlite3
import tempfile
import time
from pathlib import Path

from person import check

START = 60  # seconds until a program with windows has done what it was asked for; a busy machine takes its time
NOBODY = 65534
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"  # the authorities that everybody on Debian trusts


class Desktop:
    """Where one program runs. Programs that do not run for the administrator run as nobody."""

    def __init__(self, name):
        self.name = name
        self.home = Path(tempfile.mkdtemp(prefix=name))
        for folder in ("config", "data", "cache", "run"):
            (self.home / folder).mkdir(mode=0o700)
        self.log = self.home / "log"
        self.display = self.program = None
        self.env = {}
        self.user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.getuid() == 0 else []

    async def start(self, *command, environment=None, trusts=None):
        """Starts the X server, and the program with a bus of its own, whose address is in the file bus.

        Where a program knows no other way, trusts is the file of an authority that it sees in the place of Debian's."""
        read, write = os.pipe()
        self.display = await asyncio.create_subprocess_exec(
            "Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp", pass_fds=(write,),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            number = await asyncio.wait_for(asyncio.get_event_loop().run_in_executor(None, pipe.readline), START)
        check(number.strip() != "", "Xvfb does not start")
        home = str(self.home)
        self.env = {"PATH": os.environ["PATH"], "DISPLAY": ":" + number.strip(), "HOME": home, "LANG": "C.UTF-8",
               "XDG_CONFIG_HOME": home + "/config", "XDG_DATA_HOME": home + "/data", "XDG_CACHE_HOME": home + "/cache",
               "XDG_RUNTIME_DIR": home + "/run", "GSETTINGS_BACKEND": "memory", "NO_AT_BRIDGE": "1", **(environment or {})}
        bus = ["dbus-run-session", "--", "sh", "-c", 'echo "$DBUS_SESSION_BUS_ADDRESS" >"$HOME/bus.new" && mv "$HOME/bus.new" "$HOME/bus" && exec "$@"', "sh"]
        outside = []
        if trusts:
            shutil.copy(trusts, self.home / "authority")
            (self.home / "authority").chmod(0o644)
            outside = ["unshare", "-m" if self.user else "-Urm", "sh", "-c", f'mount --bind "$HOME/authority" {TRUSTED} && exec "$@"', "sh"]
        if self.user:
            for folder, _, files in os.walk(self.home):
                for path in (folder, *(os.path.join(folder, f) for f in files)):
                    os.chown(path, NOBODY, NOBODY)
        with open(self.log, "ab") as log:
            self.program = await asyncio.create_subprocess_exec(*outside, *self.user, *bus, *command, env=self.env, stdout=log, stderr=log,
                                                                start_new_session=True)

    async def stop(self):
        """Ends the program with all that it has started, and the X server."""
        if self.program is not None and self.program.returncode is None:
            os.killpg(self.program.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(self.program.wait(), 20)
            except asyncio.TimeoutError:
                os.killpg(self.program.pid, signal.SIGKILL)
                await self.program.wait()
        if self.display is not None and self.display.returncode is None:
            self.display.terminate()
            await self.display.wait()

    async def until(self, what, probe, seconds=START):
        """Waits until a probe, a function or a coroutine function, gives something, and returns it."""
        end = time.monotonic() + seconds
        while True:
            try:
                found = probe()
                if asyncio.iscoroutine(found):
                    found = await found
            except (sqlite3.OperationalError, FileNotFoundError):  # the program has not made it yet, or is at it
                found = None
            if found:
                return found
            check(self.program.returncode is None, f"{self.name} has ended while it was waited for {what}:\n{self.tail()}")
            check(time.monotonic() < end, f"{self.name} does not have {what} within {seconds} s:\n{self.tail()}")
            await asyncio.sleep(0.1)

    def rows(self, file, query, *values):
        """What a query of one of the program's databases gives."""
        con = sqlite3.connect(f"file:{self.home / file}?mode=ro", uri=True)
        try:
            return con.execute(query, values).fetchall()
        finally:
            con.close()

    async def run(self, *command):
        """Runs a command beside the program, on the same desktop, and returns its status."""
        env = {**self.env, "DBUS_SESSION_BUS_ADDRESS": (self.home / "bus").read_text().strip()}
        process = await asyncio.create_subprocess_exec(*self.user, *command, env=env, stdout=asyncio.subprocess.DEVNULL,
                                                       stderr=asyncio.subprocess.DEVNULL)
        return await process.wait()

    async def picture(self, name):
        """Keeps what the screen shows in the folder that STORY_PICTURES names, for people to look at."""
        if folder := os.environ.get("STORY_PICTURES"):
            os.makedirs(folder, exist_ok=True)
            await asyncio.sleep(2)  # it is being drawn
            process = await asyncio.create_subprocess_exec(
                "import", "-window", "root", f"{folder}/{self.name}-{name}.png", env={**os.environ, **self.env})
            await process.wait()

    def tail(self):
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else ["no log"]
        return "\n".join(line[:300] for line in lines[-60:])
