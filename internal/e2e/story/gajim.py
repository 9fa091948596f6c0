"""The story of somebody who uses Gajim: lan's is driven over its message bus, and what it has noted is read from its databases."""
import asyncio
import base64
import hashlib
import json
import re
import shutil
import sqlite3
import time

from gi.repository import GLib

from desktop import Desktop
from person import DOMAIN, SETTINGS, WAIT, Failed, address, check, myna, play, say
from way import Way

ROOM = f"team@groups.{DOMAIN}"
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
CACHE, LOGS = "cache/gajim/cache.db", "data/gajim/logs.db"
OWN_END = "send() not possible in state: TCPState.DISCONNECTING"  # what it still wanted to say while it went itself


class Gajim(Desktop):
    """Gajim on a device of its own, set up for lan with the authority's certificate accepted, as by its own dialog."""

    def __init__(self, resource, way):
        super().__init__("gajim")
        config, data = self.home / "config" / "gajim", self.home / "data" / "gajim"
        config.mkdir()
        (data / "cert_store").mkdir(parents=True)
        shutil.copy(SETTINGS["ca"], data / "cert_store" / "authority")
        account = {"name": "lan", "hostname": DOMAIN, "account_label": "Lan", "active": True, "autoconnect": True,
                   "use_custom_host": True, "custom_host": "127.0.0.1", "custom_port": way.port,
                   "custom_type": "START TLS", "savepass": True, "password": SETTINGS["password"], "resource": resource}
        app = {"use_keyring": False, "remote_control": True, "check_for_update": False, "show_trayicon": False}
        workspace = {"first": {"name": "Myna", "color": "rgb(60, 120, 180)", "avatar_sha": "", "chats": []}}
        con = sqlite3.connect(config / "settings.sqlite")
        con.executescript("CREATE TABLE settings (name TEXT UNIQUE, settings TEXT);"
                          "CREATE TABLE account_settings (account TEXT UNIQUE, settings TEXT); PRAGMA user_version = 5;")
        for name, value in (("app", app), ("soundevents", {}), ("status_presets", {}), ("proxies", {}), ("plugins", {}),
                            ("workspaces", workspace)):
            con.execute("INSERT INTO settings VALUES (?, ?)", (name, json.dumps(value)))
        con.execute("INSERT INTO account_settings VALUES ('lan', ?)",
                    (json.dumps({"account": account, "contact": {}, "group_chat": {}}),))
        con.commit()
        con.close()

    async def begin(self):
        await self.start("gajim", "--verbose")
        await self.until("a bus", (self.home / "bus").exists)
        await self.until("the contacts", self.contacts)

    async def call(self, method, *strings):
        """Calls a method of Gajim's remote control; None while it is not there."""
        process = await asyncio.create_subprocess_exec(
            *self.user, "gdbus", "call", "--address", (self.home / "bus").read_text().strip(), "--dest", "org.gajim.Gajim",
            "--object-path", "/org/gajim/dbus/RemoteObject", "--method", "org.gajim.dbus.RemoteInterface." + method,
            *(GLib.Variant("s", s).print_(False) for s in strings),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
        output, _ = await process.communicate()
        if process.returncode != 0:
            return None
        return GLib.Variant.parse(None, output.decode(), None, None).unpack()[0]

    async def leave(self, colleague):
        """Goes offline in order, and ends."""
        await self.call("change_status", "offline", "", "lan")
        await colleague.sees("lan", "offline")
        await self.stop()

    async def contacts(self):
        return {c["jid"]: c for c in await self.call("list_contacts", "lan") or []}

    async def shows(self, name, show):
        async def probe():
            return (await self.contacts()).get(address(name), {}).get("show") == show
        await self.until(f"{name} as {show}", probe)

    async def heard(self, jid, body):
        """Waits until a message is in Gajim's history, where it may be only once."""
        query = "SELECT 1 FROM logs JOIN jids USING (jid_id) WHERE jid = ? AND message = ?"
        found = await self.until(f"{body!r} of {jid}", lambda: self.rows(LOGS, query, jid, body))
        check(len(found) == 1, f"Gajim has {body!r} {len(found)} times")

    def tail(self):
        return "\n".join(self.complaints())

    def complaints(self):
        """What the parts of Gajim that speak the protocol warn of. The others miss a desktop."""
        lines = re.findall(r"^.*\((?:W|E)\) (?:nbxmpp|gajim\.c\.m\.).*$", self.log.read_text(errors="replace"), re.M)
        return [line for line in lines if OWN_END not in line]


async def gajim(person):
    """A day with Gajim: colleagues, a chat, a group that appears, changes and goes, and all of it again on another device."""
    way = await Way().open()
    first, second = Gajim("first", way), Gajim("second", way)
    try:
        minh = await person("minh", "desk").sign_in(show="dnd")
        await minh["xep_0084"].publish_avatar(PIXEL, timeout=WAIT)
        digest = hashlib.sha1(PIXEL).hexdigest()
        await minh["xep_0084"].publish_avatar_metadata([{"id": digest, "type": "image/png", "bytes": len(PIXEL)}], timeout=WAIT)
        await first.begin()
        await colleagues(first, minh, digest)
        await chats(first, minh)
        await groups(first, minh)
        await interrupted(first, minh, way)
        await first.leave(minh)
        minh.send_message(mto=address("lan"), mbody="bạn về rồi à?", mtype="chat")
        await second.begin()
        await elsewhere(second)
        await changes(second)
        for program in (first, second):
            check(not program.complaints(), "Gajim complains:\n" + "\n".join(program.complaints()))
    finally:
        await asyncio.gather(first.stop(), second.stop(), return_exceptions=True)


async def colleagues(lan, minh, digest):
    """Everybody is in the list without asking, with the status and the picture."""
    for name in ("hoa", "tuan"):
        await lan.shows(name, "offline")
    await lan.shows("minh", "dnd")
    minh.send_presence()
    await lan.shows("minh", "online")
    await lan.until("Minh's picture", lambda: lan.rows(CACHE, "SELECT 1 FROM contact WHERE jid = ? AND avatar = ?",
                                                       address("minh"), digest))
    say("colleagues, status and picture are there")


async def chats(lan, minh):
    minh.send_message(mto=address("lan"), mbody="Chào Lan, đi ăn <phở> & chả không?", mtype="chat")
    await lan.heard(address("minh"), "Chào Lan, đi ăn <phở> & chả không?")
    check(await lan.call("send_chat_message", address("minh"), "Đi chứ <3 & mừng", "lan"), "Gajim sends nothing")
    await minh.got("message", "Đi chứ <3 & mừng")
    say("messages go both ways")


async def joined():
    """Whether Lan is in the group, as the server sees it."""
    try:
        shown = json.loads(await myna("--json", "group", "show", address("team")))
    except Failed:  # the room is not made yet
        return False
    return any(p["address"] == address("lan") and p["joined"] for p in shown["people"])


async def groups(lan, minh):
    """The group appears by itself and is joined at once."""
    start = time.monotonic()
    await myna("alias", "create", address("team"), "--name", "Bán hàng", "--group-chat",
               "--target", address("lan"), "--target", address("minh"))
    await lan.until("the group", joined)
    say(f"MEASURED Gajim has joined {time.monotonic() - start:.1f} s after the alias was saved")
    await minh["xep_0045"].join_muc_wait(ROOM, "Minh", maxstanzas=0, timeout=WAIT)
    await lan.until("the group joined", lambda: lan.call("send_groupchat_message", ROOM, "Chào cả nhóm", "lan"))
    await minh.got("groupchat", "Chào cả nhóm")
    minh.send_message(mto=ROOM, mbody="Chào Lan", mtype="groupchat")
    await lan.heard(ROOM, "Chào Lan")
    await lan.picture("group")
    say("the group appears, is joined and talks")


async def interrupted(lan, minh, way):
    """The network goes and comes: what was said meanwhile arrives once, and the group goes on (XEP-0198)."""
    way.cut()
    minh.send_message(mto=address("lan"), mbody="mất mạng à?", mtype="chat")
    minh.send_message(mto=ROOM, mbody="Lan đâu?", mtype="groupchat")
    await lan.heard(address("minh"), "mất mạng à?")
    await lan.heard(ROOM, "Lan đâu?")
    minh.send_message(mto=ROOM, mbody="Lan đây rồi", mtype="groupchat")
    await lan.heard(ROOM, "Lan đây rồi")
    for body in ("mất mạng à?", "Lan đâu?"):
        await lan.heard(address("minh") if "mạng" in body else ROOM, body)
    say("an interruption loses and doubles nothing")


async def elsewhere(lan):
    """A new device joins the group by itself and reads what was said (XEP-0402, XEP-0313)."""
    await lan.until("the group", joined)
    for body in ("Chào Lan, đi ăn <phở> & chả không?", "Đi chứ <3 & mừng", "bạn về rồi à?"):
        await lan.heard(address("minh"), body)
    for body in ("Chào cả nhóm", "Chào Lan"):
        await lan.heard(ROOM, body)

    async def unread():
        return await lan.call("get_unread_msgs_number") not in (None, "0")
    await lan.until("a number of unread messages", unread)
    await lan.picture("elsewhere")
    say("another device has the group and the history")


async def changes(lan):
    """The group gets another name, loses Lan and takes her back, and goes, while Gajim watches."""
    await myna("alias", "set", address("team"), "--name", "Kinh doanh")
    await lan.until("the new name", lambda: re.search(f"Received config change: {ROOM}", lan.log.read_text(errors="replace")))
    await lan.picture("renamed")
    await myna("alias", "remove", address("team"), address("lan"))

    async def sends():
        return await lan.call("send_groupchat_message", ROOM, "again", "lan")

    async def silent():
        return await sends() is False
    await lan.until("the end of the group", silent)
    await lan.picture("removed")
    await myna("alias", "add", address("team"), address("lan"))
    await lan.until("the group again", sends)
    await myna("alias", "delete", address("team"))
    await lan.until("the end of the group", silent)
    await lan.picture("deleted")
    say("the group is renamed, lost, found and gone")


play({"gajim": gajim})
