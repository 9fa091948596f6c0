"""The story of somebody who uses profanity, a client for the terminal: lan's screen is read and her keys are pressed by tmux."""
import asyncio
import base64
import hashlib
import os
import re
import tempfile
import time
from pathlib import Path

from person import DOMAIN, SETTINGS, WAIT, address, check, myna, play, say
from way import Way

ROOM = f"team@groups.{DOMAIN}"
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


class Terminal:
    """A tmux with profanity in it, on a device of its own: nothing is left of another."""

    def __init__(self, resource, way):
        self.home = Path(tempfile.mkdtemp(prefix="profanity"))
        self.tmux = ["tmux", "-f", "/dev/null", "-S", str(self.home / "tmux")]
        data, config = self.home / "data" / "profanity", self.home / "config" / "profanity"
        for folder in (data, config):
            folder.mkdir(parents=True)
        (data / "accounts").write_text(
            f"[lan]\nenabled=true\njid={address('lan')}\nresource={resource}\nserver=127.0.0.1\n"
            f"port={way.port}\ntls.policy=force\npassword={SETTINGS['password']}\nmuc.nickname=Lan\n")
        (config / "profrc").write_text(
            "[connection]\naccount=lan\nmam=true\nreconnect=1\n[notifications]\nmessage=false\nroom=false\ninvite=false\nsub=false\n"
            "[ui]\nroster=true\noccupants=true\nsplash=false\n")

    async def start(self):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "XDG_DATA_HOME": str(self.home / "data"),
               "XDG_CONFIG_HOME": str(self.home / "config"), "SSL_CERT_FILE": SETTINGS["ca"], "LANG": "C.UTF-8"}
        await self.run("new-session", "-d", "-x", "180", "-y", "50", "profanity -l DEBUG", env=env)

    async def run(self, *arguments, env=None):
        process = await asyncio.create_subprocess_exec(*self.tmux, *arguments, stdout=asyncio.subprocess.PIPE,
                                                       stderr=asyncio.subprocess.STDOUT, env=env)
        output, _ = await process.communicate()
        return process.returncode, output.decode(errors="replace")

    async def types(self, line):
        await self.run("send-keys", "-l", "--", line)
        await self.run("send-keys", "Enter")

    async def shows(self, what, pattern):
        """Waits until the screen shows a pattern."""
        end = time.monotonic() + WAIT
        while True:
            _, screen = await self.run("capture-pane", "-p")
            if re.search(pattern, screen):
                return screen
            if time.monotonic() > end:
                lines = "\n".join(line.rstrip() for line in screen.split("\n") if line.strip())
                check(False, f"profanity does not show {what} ({pattern}) within {WAIT} s:\n{lines}\n{self.errors()}")
            await asyncio.sleep(0.1)

    def errors(self):
        log = self.home / "data" / "profanity" / "logs" / "profanity.log"
        lines = log.read_text(errors="replace").split("\n") if log.exists() else ["no log"]
        return "\n".join(line[:300] for line in lines if not re.search(r": DBG: |stderr: |\[OMEMO\]", line))

    async def quit(self):
        """Ends profanity in order, and tmux with it."""
        await self.types("/quit")
        end = time.monotonic() + WAIT
        while time.monotonic() < end and (await self.run("list-sessions"))[0] == 0:
            await asyncio.sleep(0.1)
        await self.run("kill-server")


async def profanity(person):
    """A day with profanity: colleagues, a chat, a group that appears, and all of it again on another device."""
    way = await Way().open()
    terminal, other = Terminal("first", way), Terminal("second", way)
    try:
        minh = await person("minh", "desk").sign_in(show="dnd")
        await minh["xep_0084"].publish_avatar(PIXEL, timeout=WAIT)
        digest = hashlib.sha1(PIXEL).hexdigest()
        await minh["xep_0084"].publish_avatar_metadata([{"id": digest, "type": "image/png", "bytes": len(PIXEL)}], timeout=WAIT)
        await terminal.start()
        await colleagues(terminal, minh)
        await chats(terminal, minh)
        await groups(terminal, minh)
        await interrupted(terminal, minh, way)
        await terminal.quit()
        await other.start()
        await elsewhere(other)
        await changes(other)
    finally:
        await asyncio.gather(terminal.run("kill-server"), other.run("kill-server"))


async def colleagues(terminal, minh):
    """Everybody is in the list without asking, with the status and the picture."""
    await terminal.shows("that it signed in", r"logged in successfully.*\n(.*\n)*.*\[TLS\]|\[TLS\].*\n(.*\n)*.*logged in successfully")
    for name in ("Hoa", "Tuan"):
        await terminal.shows(f"{name} as offline", rf"Offline \(\d+\)(.*\n){{1,2}}.*  {name}\b")
    await terminal.shows("Minh as busy", r"Do not disturb \(\d+\).*\n.*  Minh\b")
    minh.send_presence()
    await terminal.shows("Minh as available", r"Online \(\d+\).*\n.*  Minh\b")
    await terminal.types(f"/avatar get {address('minh')}")
    picture = terminal.home / "data" / "profanity" / "avatars" / f"minh_at_{DOMAIN}.png"
    end = time.monotonic() + WAIT
    while not picture.exists() and time.monotonic() < end:
        await asyncio.sleep(0.1)
    check(picture.exists() and picture.read_bytes() == PIXEL, f"profanity has not got the picture of Minh: {terminal.errors()}")
    say("colleagues, status and picture are there")


async def chats(terminal, minh):
    await terminal.types(f"/msg {address('minh')}")
    await terminal.shows("the chat", r"Minh \[online\]")
    minh.send_message(mto=address("lan"), mbody="Chào Lan, đi ăn <phở> & chả không?", mtype="chat")
    await terminal.shows("the message", "Minh.*: Chào Lan, đi ăn <phở> & chả không\\?")
    await terminal.types("Đi chứ <3 & mừng")
    await minh.got("message", "Đi chứ <3 & mừng")
    say("messages go both ways")


async def groups(terminal, minh):
    """The group appears while profanity runs; as it knows no bookmarks:1, by an invitation that says the name."""
    await terminal.types("/win 1")
    await myna("alias", "create", address("team"), "--name", "Bán hàng", "--group-chat",
               "--target", address("lan"), "--target", address("minh"))
    await terminal.shows("the invitation", rf"invite received(.*\n)*.*Room +: {ROOM}.*\n.*Bán hàng")
    await terminal.types(f"/join {ROOM}")
    await terminal.shows("that it joined", r"joined the room as Lan, role: participant, affiliation: member")
    await terminal.shows("the name of the group", r"^ ?Bán hàng")
    await minh["xep_0045"].join_muc_wait(ROOM, "Minh", maxstanzas=0, timeout=WAIT)
    await terminal.types("Chào cả nhóm")
    await minh.got("groupchat", "Chào cả nhóm")
    minh.send_message(mto=ROOM, mbody="Chào Lan", mtype="groupchat")
    await terminal.shows("the answer", r"Minh: Chào Lan")
    say("the group appears, is joined and talks")


async def interrupted(terminal, minh, way):
    """The network goes and comes: what was said meanwhile arrives, and the group goes on (XEP-0198)."""
    way.cut()
    minh.send_message(mto=ROOM, mbody="Lan đâu?", mtype="groupchat")
    await terminal.shows("what was said meanwhile", "Minh: Lan đâu\\?")
    minh.send_message(mto=ROOM, mbody="Lan đây rồi", mtype="groupchat")
    screen = await terminal.shows("what is said now", "Minh: Lan đây rồi")
    check(screen.count("Lan đâu?") == 1, f"a message is shown twice:\n{screen}")
    say("an interruption loses and doubles nothing")


async def elsewhere(terminal):
    """A new device joins the group by itself and reads what was said (XEP-0048, XEP-0313)."""
    await terminal.shows("that it joins by itself", rf"Autojoined {ROOM}")
    await terminal.types(f"/msg {address('minh')}")
    await terminal.shows("the history", "Minh.*: Chào Lan, đi ăn <phở> & chả không\\?(.*\n)*.*me: Đi chứ <3 & mừng")
    await terminal.types("/win 2")
    await terminal.shows("the history of the group", r"^ ?Bán hàng(.*\n)*.*Lan: Chào cả nhóm.*\n.*Minh: Chào Lan")
    say("another device has the group and the history")


async def changes(terminal):
    """The group gets another name, and goes, while profanity watches."""
    await myna("alias", "set", address("team"), "--name", "Kinh doanh")
    await terminal.shows("the new name", r"^ ?Kinh doanh")
    await myna("alias", "delete", address("team"))
    await terminal.shows("that the group is gone, and why", r"destroyed.*The administrator has deleted this group")
    say("the group is renamed and goes")


play({"profanity": profanity})
