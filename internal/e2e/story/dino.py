"""The story of somebody who uses Dino: lan's keys are pressed by xdotool, and what Dino has noted is read from its database."""
import asyncio
import base64
import hashlib
import json
import re
import sqlite3
import time

from desktop import Desktop
from person import DOMAIN, SETTINGS, WAIT, Failed, address, check, myna, play, say
from way import Way

ROOM = f"team@groups.{DOMAIN}"
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
BASE = "data/dino/dino.db"
GROUPCHAT = 1  # in the table of conversations


class Dino(Desktop):
    """Dino on a device of its own, with the account of lan."""

    def __init__(self, resource, way):
        super().__init__("dino")
        self.way = way
        (self.home / "data" / "dino").mkdir()
        con = sqlite3.connect(self.home / BASE)
        con.execute("CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, bare_jid TEXT UNIQUE NOT NULL, resourcepart TEXT,"
                    "password TEXT, alias TEXT, enabled INTEGER, roster_version TEXT, mam_earliest_synced INTEGER)")
        con.execute("INSERT INTO account (bare_jid, resourcepart, password, alias, enabled) VALUES (?, ?, ?, '', 1)",
                    (address("lan"), resource, SETTINGS["password"]))
        con.commit()
        con.close()

    async def begin(self):
        await self.start("dino-im", trusts=SETTINGS["ca"], environment={
            "GIO_USE_PROXY_RESOLVER": "libproxy", "http_proxy": f"socks5://127.0.0.1:{self.way.port}", "GSK_RENDERER": "cairo",
            "GDK_BACKEND": "x11"})
        await self.until("the contacts", lambda: self.rows(BASE, "SELECT 1 FROM roster"))

    async def opens(self, jid):
        """Opens a conversation that there is."""
        query = "SELECT conversation.id FROM conversation JOIN jid ON jid.id = jid_id WHERE bare_jid = ?"
        number = str(self.rows(BASE, query, jid)[0][0])
        status = await self.run("gapplication", "action", "im.dino.Dino", "open-conversation", number)
        check(status == 0, f"Dino does not open the conversation with {jid}")

    async def types(self, text):
        """Types a line: letters that the keyboard has, as xdotool loses others when the machine is busy."""
        await self.run("xdotool", "type", "--delay", "30", text)
        await self.run("xdotool", "key", "Return")

    async def heard(self, jid, body):
        """Waits until a message is in Dino's history, where it may be only once."""
        query = "SELECT 1 FROM message JOIN jid ON jid.id = counterpart_id WHERE bare_jid = ? AND body = ?"
        found = await self.until(f"{body!r} of {jid}", lambda: self.rows(BASE, query, jid, body))
        check(len(found) == 1, f"Dino has {body!r} {len(found)} times")

    async def grouped(self, active):
        """Waits until the group is, or is not, among the conversations."""
        query = "SELECT active FROM conversation JOIN jid ON jid.id = jid_id WHERE bare_jid = ? AND type = ?"
        await self.until(f"the group {'open' if active else 'closed'}",
                         lambda: self.rows(BASE, query, ROOM, GROUPCHAT) == [(active,)])

    async def leave(self, colleague):
        await self.run("xdotool", "key", "ctrl+q")
        await colleague.sees("lan", "offline")
        await self.stop()

    def complaints(self):
        """What the parts of Dino that speak the protocol warn of. The others miss a desktop."""
        return re.findall(r"^.*(?:xmpp-vala|libdino|omemo)-(?:WARNING|CRITICAL).*$", self.log.read_text(errors="replace"), re.M)


async def dino(person):
    """A day with Dino: colleagues, a chat, a group that appears, changes and goes, and all of it again on another device."""
    way = await Way(socks=True).open()  # Dino finds servers by DNS only
    first, second = Dino("first", way), Dino("second", way)
    try:
        minh = await person("minh", "desk").sign_in()
        await minh["xep_0084"].publish_avatar(PIXEL, timeout=WAIT)
        digest = hashlib.sha1(PIXEL).hexdigest()
        await minh["xep_0084"].publish_avatar_metadata([{"id": digest, "type": "image/png", "bytes": len(PIXEL)}], timeout=WAIT)
        await first.begin()
        await colleagues(first, digest)
        await chats(first, minh, digest)
        await groups(first, minh)
        await first.leave(minh)
        minh.send_message(mto=address("lan"), mbody="bạn về rồi à?", mtype="chat")
        await second.begin()
        await elsewhere(second)
        await changes(second)
        for program in (first, second):
            check(not program.complaints(), "Dino complains:\n" + "\n".join(program.complaints()))
    finally:
        await asyncio.gather(first.stop(), second.stop(), return_exceptions=True)


async def colleagues(lan, digest):
    """Everybody is in the list without asking, and Minh with the picture."""
    want = [(address(name), name.title(), "both") for name in ("hoa", "minh", "tuan")]
    await lan.until("its colleagues", lambda: lan.rows(BASE, "SELECT jid, name, subscription FROM roster ORDER BY jid") == want)
    query = "SELECT 1 FROM contact_avatar JOIN jid ON jid.id = jid_id WHERE bare_jid = ? AND hash = ?"
    await lan.until("Minh's picture", lambda: lan.rows(BASE, query, address("minh"), digest))
    say("colleagues and picture are there")


async def chats(lan, minh, digest):
    minh.send_message(mto=address("lan"), mbody="Chào Lan, đi ăn <phở> & chả không?", mtype="chat")
    await lan.heard(address("minh"), "Chào Lan, đi ăn <phở> & chả không?")
    await lan.opens(address("minh"))
    await lan.types("di thoi")
    await minh.got("message", "di thoi")
    await lan.until("the file of Minh's picture", lambda: (lan.home / "data/dino/avatars" / digest).read_bytes() == PIXEL)
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
    await myna("alias", "create", address("team"), "--name", "Bán hàng", "--group-chat",
               "--target", address("lan"), "--target", address("minh"))
    saved = time.monotonic()
    await lan.until("the group", joined)
    await lan.grouped(1)
    say(f"MEASURED Dino has joined and shows the group {time.monotonic() - saved:.1f} s after the alias was saved")
    await minh["xep_0045"].join_muc_wait(ROOM, "Minh", maxstanzas=0, timeout=WAIT)
    minh.send_message(mto=ROOM, mbody="Chào Lan", mtype="groupchat")
    await lan.heard(ROOM, "Chào Lan")
    await lan.opens(ROOM)
    await lan.picture("group")
    await lan.types("chao ca nhom")
    await minh.got("groupchat", "chao ca nhom")
    say("the group appears, is joined and talks")


async def elsewhere(lan):
    """A new device joins the group by itself and reads what was said (XEP-0402, XEP-0313)."""
    await lan.until("the group", joined)
    await lan.grouped(1)
    for body in ("Chào Lan, đi ăn <phở> & chả không?", "di thoi", "bạn về rồi à?"):
        await lan.heard(address("minh"), body)
    for body in ("chao ca nhom", "Chào Lan"):
        await lan.heard(ROOM, body)
    await lan.picture("elsewhere")
    say("another device has the group and the history")


async def changes(lan):
    """The group gets another name, loses Lan and takes her back, and goes, while Dino watches."""
    await myna("alias", "set", address("team"), "--name", "Kinh doanh")
    await lan.picture("renamed")
    await myna("alias", "remove", address("team"), address("lan"))
    await lan.grouped(0)
    await lan.picture("removed")
    await myna("alias", "add", address("team"), address("lan"))
    await lan.until("the group again", joined)
    await lan.grouped(1)
    await myna("alias", "delete", address("team"))
    await lan.grouped(0)
    await lan.picture("deleted")
    say("the group is renamed, lost, found and gone")


play({"dino": dino})
