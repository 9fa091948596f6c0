"""The stories that the end-to-end tests tell, each a function of the same name. They use only the client's side."""
import asyncio
import http.client
import ssl
import time
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from slixmpp.exceptions import PresenceError

from person import DOMAIN, SETTINGS, WAIT, address, check, myna, play, say

BOOKMARKS = "urn:xmpp:bookmarks:1"


async def roster(person):
    """Everybody of the domain is in everybody's roster, without asking."""
    lan = await person("lan", "phone").sign_in()
    say(f"signed in by {lan.mechanism} over STARTTLS")
    for name in SETTINGS["people"]:
        if name == "lan":
            continue
        check(address(name) in lan.client_roster, f"{name} is not in Lan's roster, only {list(lan.client_roster.keys())}")
        item = lan.client_roster[address(name)]
        check(item["subscription"] == "both", f"{name} is in Lan's roster with subscription {item['subscription']}")
    say(f"{len(SETTINGS['people']) - 1} colleagues in the roster")


async def presence(person):
    """The four statuses go both ways, and a new client learns who is there."""
    lan = await person("lan", "phone").sign_in()
    minh = await person("minh", "desk").sign_in()
    await lan.sees("minh", "")
    await minh.sees("lan", "")
    for show in ("away", "dnd", ""):
        minh.send_presence(pshow=show or None)
        await lan.sees("minh", show)
        lan.send_presence(pshow=show or None)
        await minh.sees("lan", show)
    await minh.leave()
    await lan.sees("minh", "offline")
    say("available, away, dnd and offline are seen on both sides")


async def chat(person):
    """A message arrives and its answer, too; Vietnamese text stays what it is."""
    lan = await person("lan", "phone").sign_in()
    minh = await person("minh", "desk").sign_in()
    await lan.sees("minh", "")
    lan.send_message(mto=address("minh"), mbody="Chào Minh, đi ăn <phở> & chả không?", mtype="chat")
    m = await minh.got("message", "Chào Minh, đi ăn <phở> & chả không?")
    check(m["from"] == lan.boundjid, f"the message is from {m['from']}")
    minh.send_message(mto=m["from"], mbody="Đi chứ!", mtype="chat")
    await lan.got("message", "Đi chứ!")


async def carbons(person):
    """Both devices of an account see both sides of a conversation (XEP-0280)."""
    phone = await person("lan", "phone").sign_in()
    desk = await person("lan", "desk").sign_in()
    for device in (phone, desk):
        await device["xep_0280"].enable(timeout=WAIT)
    minh = await person("minh", "desk").sign_in()
    minh.send_message(mto=phone.boundjid.full, mbody="for the phone", mtype="chat")
    await phone.got("message", "for the phone")
    await desk.got("received", "for the phone")
    phone.send_message(mto=minh.boundjid.full, mbody="from the phone", mtype="chat")
    await minh.got("message", "from the phone")
    await desk.got("sent", "from the phone")


async def offline(person):
    """A message to somebody who is not there waits, and says when it was sent (XEP-0160, XEP-0203)."""
    lan = await person("lan", "phone").sign_in()
    lan.send_message(mto=address("hoa"), mbody="for later", mtype="chat")
    await lan["xep_0199"].ping(timeout=WAIT)
    hoa = await person("hoa", "phone").sign_in()
    m = await hoa.got("message", "for later")
    check(m["delay"]["stamp"] is not None, "the message does not say when it was sent")


async def archive(person):
    """What was said can be read later from the archive, on a device that was not there (XEP-0313)."""
    lan = await person("lan", "phone").sign_in()
    minh = await person("minh", "desk").sign_in()
    await lan.sees("minh", "")
    said = [f"archived {time.time_ns()} {i}" for i in range(3)]
    for body in said:
        lan.send_message(mto=minh.boundjid.full, mbody=body, mtype="chat")
        await minh.got("message", body)
    new = await person("lan", "new").sign_in()
    answer = await new["xep_0313"].retrieve(with_jid=address("minh"), rsm={"max": 50}, timeout=WAIT)
    found = [m["mam_result"]["forwarded"]["stanza"]["body"] for m in answer["mam"]["results"]]
    check([b for b in found if b in said] == said, f"the archive has {found}, not {said} in this order")


async def resume(person):
    """A stream whose socket was cut is resumed, and nothing that was sent meanwhile is lost or doubled (XEP-0198)."""
    lan = await person("lan", "phone").sign_in()
    await lan.until("managed", "stream management")
    minh = await person("minh", "desk").sign_in()
    await minh.sees("lan", "")
    lan.cut()
    await lan.until("disconnected", "the cut")
    minh.send_message(mto=address("lan"), mbody="are you still there?", mtype="chat")
    await minh["xep_0199"].ping(timeout=WAIT)
    lan.connect((SETTINGS["host"], SETTINGS["port"]))
    await lan.until("resumed", "the resumption")
    await lan.got("message", "are you still there?")
    lan.send_message(mto=address("minh"), mbody="yes", mtype="chat")
    await minh.got("message", "yes")
    check(not any(k == "message" for k, _ in lan.seen), f"more arrived than was sent: {lan.summary()}")
    check(not any(k == "presence" and p["from"].user == "lan" and p.xml.get("type") == "unavailable" for k, p in minh.seen),
          "Minh was told that Lan had gone")


async def upload(person):
    """A file is put to the address that the server gives, and can be fetched from it (XEP-0363)."""
    lan = await person("lan", "phone").sign_in()
    data = "Báo cáo quý".encode() * 1000
    service = await discover(lan, "urn:xmpp:http:upload:0")
    slot = await lan["xep_0363"].request_slot(service, "bao cao.txt", len(data), "text/plain", timeout=WAIT)
    slot = slot["http_upload_slot"]
    headers = {h["name"]: h["value"] for h in slot["put"]["headers"]}
    put, _ = await fetch("PUT", slot["put"]["url"], data, {"Content-Type": "text/plain", **headers})
    check(put in (200, 201), f"PUT {slot['put']['url']} is answered with status {put}")
    status, got = await fetch("GET", slot["get"]["url"])
    check(status == 200 and got == data, f"GET {slot['get']['url']} gives status {status} and {len(got)} bytes")
    status, _ = await fetch("GET", slot["get"]["url"][:-20] + "x")
    check(status in (403, 404), f"a guessed address gives status {status}")


async def discover(someone, feature):
    """Finds the service of the domain that has a feature (XEP-0030 § 4). slixmpp's own way fails on Python 3.11."""
    items = await someone["xep_0030"].get_items(DOMAIN, timeout=WAIT)
    found = sorted(jid for jid, _, _ in items["disco_items"]["items"])
    for jid in found:
        info = await someone["xep_0030"].get_info(jid, timeout=WAIT)
        if feature in info["disco_info"]["features"]:
            return jid
    check(False, f"no service has {feature}: there are {found}")


async def fetch(method, url, body=None, headers=None):
    """One HTTP request, in a thread as the library blocks."""
    parts = urlsplit(url)

    def work():
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=SETTINGS["ca"])
            conn = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=WAIT, context=context)
        else:
            conn = http.client.HTTPConnection(parts.hostname, parts.port, timeout=WAIT)
        try:
            conn.request(method, parts.path, body, headers or {})
            response = conn.getresponse()
            return response.status, response.read()
        finally:
            conn.close()

    return await asyncio.get_event_loop().run_in_executor(None, work)


async def group(person):
    """An alias with group chat appears by itself in the clients of its members, who join and talk."""
    lan, minh = person("lan", "phone"), person("minh", "desk")
    for someone in (lan, minh):
        someone["xep_0163"].add_interest(BOOKMARKS)
        await someone.sign_in()
    hoa = await person("hoa", "phone").sign_in()  # her client knows no bookmarks: she is invited
    members = (lan, minh, hoa)
    alias = f"sales{time.time_ns() % 100000}"
    targets = [part for someone in members for part in ("--target", address(someone.boundjid.user))]
    start = time.monotonic()
    await myna("alias", "create", address(alias), "--name", "Sales", "--group-chat", *targets)
    saved = time.monotonic()
    rooms = await asyncio.gather(*(enter(someone) for someone in members))
    joined = time.monotonic()
    say(f"MEASURED all have joined {joined - saved:.2f} s after the alias was saved ({joined - start:.2f} s with the command)")
    check(joined - saved <= 2, f"the group took {joined - saved:.2f} s to appear and be joined: more than 2 s")
    room = rooms[0]
    check(set(rooms) == {room}, f"the members have joined different rooms: {rooms}")
    check(room.startswith(f"{alias}@groups.{DOMAIN}"), f"the room is {room}")
    lan.send_message(mto=room, mbody="Chào cả nhóm", mtype="groupchat")
    for someone in members:
        await someone.got("groupchat", "Chào cả nhóm")
    new = await person("minh", "new").sign_in()
    found = await new["xep_0060"].get_items(None, BOOKMARKS, timeout=WAIT)
    listed = [item["id"] for item in found["pubsub"]["items"]]
    check(room in listed, f"a new device finds the bookmarks {listed}, without {room}")
    await outsider(person, room)


async def enter(someone):
    """Waits for the group and joins it."""
    room = await appears(someone)
    await someone["xep_0045"].join_muc_wait(room, someone.boundjid.user.title(), maxstanzas=0, timeout=WAIT)
    return room


async def outsider(person, room):
    """Who is no member cannot join (XEP-0045 § 7.2.6)."""
    tuan = await person("tuan", "phone").sign_in()
    try:
        await tuan["xep_0045"].join_muc_wait(room, "Tuan", timeout=WAIT)
    except PresenceError as e:
        check(e.condition == "registration-required", f"who is no member is refused with {e.condition}")
        return
    check(False, "Tuan is no member and could join")


async def appears(someone):
    """Waits for the group in a client: by bookmark if it is pushed, else by invitation. Returns the room's address."""
    def found(note):
        kind, value = note
        if kind == "event":
            for item in value.xml.iter("{http://jabber.org/protocol/pubsub#event}item"):
                conference = item.find(f"{{{BOOKMARKS}}}conference")
                if conference is not None and conference.get("autojoin") in ("true", "1"):
                    return item.get("id")
        if kind == "invitation":
            direct = value["groupchat_invite"]["jid"]
            return str(direct if direct else value["from"].bare)
        return None

    end = time.monotonic() + WAIT
    while True:
        for note in someone.seen:
            if room := found(note):
                someone.seen.remove(note)
                say(f"the group appears to {someone.label} by {note[0]}: {room}")
                return room
        someone.changed.clear()
        left = end - time.monotonic()
        check(left > 0, f"no group appears to {someone.label} in {WAIT} s; it saw {someone.summary()}")
        try:
            await asyncio.wait_for(someone.changed.wait(), left)
        except asyncio.TimeoutError:
            pass


async def foreign(person):
    """Another client, go-sendxmpp, sends a message and receives one."""
    minh = await person("minh", "desk").sign_in()
    process = await asyncio.create_subprocess_exec(*SETTINGS["sendxmpp"], "--resource", "sender", address("minh"),
                                                   stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                                                   stderr=asyncio.subprocess.STDOUT)
    output, _ = await asyncio.wait_for(process.communicate("từ dòng lệnh\n".encode()), WAIT)
    check(process.returncode == 0, f"go-sendxmpp fails: {output.decode()}")
    m = await minh.until("message", "the message of go-sendxmpp", lambda m: m["body"].strip() == "từ dòng lệnh")
    check(m["from"].bare == address("lan"), f"the message is from {m['from']}")
    listener = await asyncio.create_subprocess_exec(*SETTINGS["sendxmpp"], "--listen", "--resource", "listener",
                                                    stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    try:
        await minh.until("presence", "the presence of go-sendxmpp",
                         lambda p: p["from"] == address("lan") + "/listener" and "type" not in p.xml.attrib)
        minh.send_message(mto=address("lan"), mbody="to the command line", mtype="chat")
        while True:
            line = (await asyncio.wait_for(listener.stdout.readline(), WAIT)).decode()
            check(line != "", "go-sendxmpp has ended without the message")
            if "to the command line" in line:
                break
    finally:
        listener.kill()
        await listener.wait()


async def found(person, words):
    """How many messages of somebody's archive have all these words (XEP-0431)."""
    iq = person.make_iq_set()
    iq.append(ET.fromstring(
        "<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
        "<value>urn:xmpp:mam:2</value></field><field var='{urn:xmpp:fulltext:0}fulltext'><value>" + words + "</value></field></x>"
        "<set xmlns='http://jabber.org/protocol/rsm'><max>0</max></set></query>"))
    answer = await iq.send(timeout=WAIT)
    return int(answer.xml.find(".//{http://jabber.org/protocol/rsm}count").text)


async def words(person):
    """A message to two at once (XEP-0033) is found by its words; what is taken back (XEP-0424) is not; who is blocked and reported
    (XEP-0377) cannot write any more."""
    lan = await person("lan", "phone").sign_in()
    minh = await person("minh", "desk").sign_in()
    hoa = await person("hoa", "desk").sign_in()
    both = lan.make_message(mto=DOMAIN, mbody="Mai họp ở Đà Nẵng", mtype="chat")
    both.append(ET.fromstring("<addresses xmlns='http://jabber.org/protocol/address'>" + "".join(
        f"<address type='to' jid='{address(name)}'/>" for name in ("minh", "hoa")) + "</addresses>"))
    both.send()
    await minh.got("message", "Mai họp ở Đà Nẵng")
    await hoa.got("message", "Mai họp ở Đà Nẵng")
    for device, count in ((minh, 1), (hoa, 1), (lan, 2)):
        n = await found(device, "da nang HOP")
        check(n == count, f"{device.label} finds {n} messages")
    wrong = lan.make_message(mto=address("minh"), mbody="nhầm người rồi", mtype="chat")
    wrong["id"] = "wrong-1"
    wrong.send()
    await minh.got("message", "nhầm người rồi")
    check(await found(minh, "nham nguoi") == 1, "the message is not found before it is taken back")
    back = lan.make_message(mto=address("minh"), mbody="/me took a message back", mtype="chat")
    back["id"] = "back-1"
    back.append(ET.fromstring("<retract xmlns='urn:xmpp:message-retract:1' id='wrong-1'/>"))
    back.send()
    await minh.got("message", "/me took a message back")
    for device in (minh, lan):
        check(await found(device, "nham nguoi") == 0, f"{device.label} finds what was taken back")
    block = minh.make_iq_set()
    block.append(ET.fromstring(f"<block xmlns='urn:xmpp:blocking'><item jid='{address('hoa')}'>"
                               "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:abuse'/></item></block>"))
    await block.send(timeout=WAIT)
    hoa.add_event_handler("message_error", lambda m: hoa.note("refused message", m))
    hoa.send_message(mto=address("minh"), mbody="hello?", mtype="chat")
    await hoa.until("refused message", "the refusal of a message to who has blocked")
    unblock = minh.make_iq_set()
    unblock.append(ET.fromstring("<unblock xmlns='urn:xmpp:blocking'/>"))
    await unblock.send(timeout=WAIT)


play({f.__name__: f for f in (roster, presence, chat, carbons, offline, archive, resume, upload, group, words, foreign)})
