"""Stories of extensions that meet: each drives slixmpp where one of them could undo what another promises."""
import time
from xml.etree import ElementTree as ET

from slixmpp.exceptions import IqError

from person import DOMAIN, SETTINGS, WAIT, Person, address, check, myna, play, say

BOOKMARKS = "urn:xmpp:bookmarks:1"
FULLTEXT = "{urn:xmpp:fulltext:0}fulltext"
MAM = "urn:xmpp:mam:2"
RSM = "http://jabber.org/protocol/rsm"
SEARCH = "urn:xmpp:channel-search:0:search"
ADMIN = "http://jabber.org/protocol/admin#"
GROUPS = f"groups.{DOMAIN}"


def equip(someone, *plugins):
    for plugin in plugins:
        someone.register_plugin(plugin)
    return someone


async def refused(answer, *conditions):
    try:
        await answer
    except IqError as e:
        check(e.condition in conditions, f"refused with {e.condition}, not {' or '.join(conditions)}")
        return e
    check(False, f"is not refused with {' or '.join(conditions)}")


def form(someone, form_type, **fields):
    f = someone["xep_0004"].make_form(ftype="submit")
    f.add_field(var="FORM_TYPE", ftype="hidden", value=form_type)
    for name, value in fields.items():
        f.add_field(var=name, value=value)
    return f


async def blocked(person):
    """What somebody is blocked from saying reaches no device, by no copy, and is in no archive (XEP-0191, XEP-0280, XEP-0313)."""
    phone = await equip(person("lan", "phone"), "xep_0191").sign_in()
    desk = await equip(person("lan", "desk"), "xep_0191").sign_in()
    for device in (phone, desk):
        await device["xep_0280"].enable(timeout=WAIT)
    minh = await person("minh", "desk").sign_in()
    before, after, answer = (f"{text} {time.time_ns()}" for text in ("trước", "sau", "trả lời"))
    minh.send_message(mto=phone.boundjid.full, mbody=before, mtype="chat")
    await phone.got("message", before)
    await desk.got("received", before)
    await phone["xep_0191"].block([address("minh")], timeout=WAIT)
    minh.send_message(mto=phone.boundjid.full, mbody="bị chặn", mtype="chat")
    minh.send_message(mto=address("lan"), mbody="bị chặn", mtype="chat")
    for _ in range(2):
        await minh.until("error", "the refusal", lambda m: m["error"]["condition"] == "service-unavailable")
    phone.send_message(mto=address("minh"), mbody="tôi chặn", mtype="chat")
    await phone.until("error", "the refusal of one's own message", lambda m: m["error"]["condition"] == "not-acceptable")
    await phone["xep_0191"].unblock([address("minh")], timeout=WAIT)
    minh.send_message(mto=phone.boundjid.full, mbody=after, mtype="chat")
    await phone.got("message", after)
    await desk.got("received", after)
    phone.send_message(mto=minh.boundjid.full, mbody=answer, mtype="chat")
    await minh.got("message", answer)
    await desk.got("sent", answer)
    for device in (phone, desk):
        check(not any("bị chặn" in str(v) for _, v in device.seen), f"{device.label} has got what was blocked")
    check(not any(k == "sent" and v["body"] == "tôi chặn" for k, v in desk.seen), "a copy was made of what was not sent")
    for someone, other in ((desk, "minh"), (minh, "lan")):
        kept = await someone["xep_0313"].retrieve(with_jid=address(other), rsm={"max": 250}, timeout=WAIT)
        bodies = [m["mam_result"]["forwarded"]["stanza"]["body"] for m in kept["mam"]["results"]]
        check([b for b in bodies if b in (before, after, answer)] == [before, after, answer], f"{someone.label} has kept {bodies}")
        check("bị chặn" not in bodies and "tôi chặn" not in bodies, f"{someone.label} has kept what was blocked: {bodies}")
    say("blocked: not told, not copied, not kept")


async def page(someone, words, **rsm):
    """One page of an archive: the bodies, the ids of its ends, whether it is the last, and how many there are."""
    iq = someone.make_iq_set()
    query = ET.SubElement(iq.xml, f"{{{MAM}}}query", queryid=someone.new_id())
    f = form(someone, MAM, **{FULLTEXT: words})
    query.append(f.xml)
    ends = ET.SubElement(query, f"{{{RSM}}}set")
    for name, value in rsm.items():
        ET.SubElement(ends, f"{{{RSM}}}{name}").text = str(value)
    answer = await iq.send(timeout=WAIT)
    bodies = []
    for kind, m in list(someone.seen):
        result = m.xml.find(f"{{{MAM}}}result") if kind == "any" else None
        if result is not None and result.get("queryid") == query.get("queryid"):
            bodies.append(result.find(".//{jabber:client}body").text)
            someone.seen.remove((kind, m))
    fin = answer.xml.find(f"{{{MAM}}}fin")
    text = {name: fin.findtext(f"{{{RSM}}}set/{{{RSM}}}{name}") for name in ("first", "last", "count")}
    return bodies, text, fin.get("complete") == "true"


async def words(person):
    """What has certain words is found in pages, from either end, in one's own archive only (XEP-0431, XEP-0313 § 4.3, XEP-0059)."""
    lan, tuan = await person("lan", "phone").sign_in(), await person("tuan", "desk").sign_in()
    mark = f"x{time.time_ns()}"
    said = [f"Hoá đơn {mark} số {i}" for i in range(5)]
    for body in said:
        tuan.send_message(mto=lan.boundjid.full, mbody=body, mtype="chat")
        await lan.got("message", body)
        tuan.send_message(mto=lan.boundjid.full, mbody="chuyện khác", mtype="chat")
        await lan.got("message", "chuyện khác")
    looked = f"hoa don {mark}"
    forwards, at, done = [], {}, False
    while not done:
        bodies, ends, done = await page(lan, looked, max=2, **at)
        check(bodies and len(bodies) <= 2, f"a page holds {bodies}")
        forwards, at = forwards + bodies, {"after": ends["last"]}
    check(forwards == said, f"forwards are found {forwards}")
    backwards, at, done = [], {"before": ""}, False
    while not done:
        bodies, ends, done = await page(lan, looked, max=2, **at)
        check(bodies and len(bodies) <= 2, f"a page holds {bodies}")
        backwards, at = bodies + backwards, {"before": ends["first"]}
    check(backwards == said, f"backwards are found {backwards}")
    hoa = await person("hoa", "phone").sign_in()
    for someone, count in ((tuan, 5), (hoa, 0)):
        bodies, ends, _ = await page(someone, looked, max=0)
        check(not bodies and int(ends["count"]) == count, f"{someone.label} finds {ends['count']}")
    say("found in pages, forwards and backwards")


async def look(someone, **fields):
    """Asks the service of rooms for the form, or for what one that is filled out finds."""
    iq = someone.make_iq_get(ito=GROUPS)
    search = ET.SubElement(iq.xml, f"{{{SEARCH}}}search")
    if fields:
        search.append(form(someone, SEARCH + "-params", **fields).xml)
    return (await iq.send(timeout=WAIT)).xml


async def channels(person):
    """A public room that somebody makes is found by what it is about; one that is not public is not (XEP-0433, XEP-0045)."""
    lan, minh = await person("lan", "phone").sign_in(), await person("minh", "desk").sign_in()
    for name, public in (("tra", "1"), ("kin", "0")):
        room = f"{name}@{GROUPS}"
        await lan["xep_0045"].join_muc_wait(room, "Lan", maxstanzas=0, timeout=WAIT)
        config = form(lan, "http://jabber.org/protocol/muc#roomconfig", **{
            "muc#roomconfig_roomname": f"Trà đá {name}", "muc#roomconfig_roomdesc": "Chuyện vỉa hè", "muc#roomconfig_publicroom": public,
            "muc#roomconfig_membersonly": "0"})
        await lan["xep_0045"].set_room_config(room, config, timeout=WAIT)
    info = (await minh["xep_0030"].get_info(GROUPS, timeout=WAIT))["disco_info"]["features"]
    check(SEARCH in info, f"the service has {info}")
    template = await look(minh)
    fields = {f.get("var") for f in template.iter("{jabber:x:data}field")}
    check({"FORM_TYPE", "q", "sinname", "sindescription", "key"} <= fields, f"the form has {fields}")
    for fields in ({"q": "tra DA"}, {"q": "via he", "sinname": "0"}, {"all": "true", "key": "{urn:xmpp:channel-search:0:order}address"}):
        found = {i.get("address"): i for i in (await look(minh, **fields)).iter(f"{{{SEARCH}}}item")}
        check(list(found) == [f"tra@{GROUPS}"], f"{fields} finds {list(found)}")
        room = found[f"tra@{GROUPS}"]
        check(room.findtext(f"{{{SEARCH}}}name") == "Trà đá tra" and room.findtext(f"{{{SEARCH}}}nusers") == "1",
              f"it is {ET.tostring(room)}")
    found = list((await look(minh, q="không đâu")).iter(f"{{{SEARCH}}}item"))
    check(not found, f"what is nowhere is found: {found}")
    await refused(look(minh, q="tra", all="true"), "bad-request")
    await refused(look(minh, q="tra", key="{urn:example}size"), "feature-not-implemented")
    for name in ("tra", "kin"):
        await lan["xep_0045"].destroy(f"{name}@{GROUPS}", timeout=WAIT)


async def bookmarks(person):
    """A bookmark that one device makes is on the others at once, old and new, and nobody else's (XEP-0402, XEP-0048, XEP-0411)."""
    phone, desk = person("lan", "phone"), person("lan", "desk")
    desk["xep_0163"].add_interest(BOOKMARKS)
    for device in (phone, desk):
        await equip(device, "xep_0048", "xep_0049").sign_in()
    room = "cho@rooms.example.net"
    e = ET.Element(f"{{{BOOKMARKS}}}conference", name="Chợ", autojoin="true")
    ET.SubElement(e, f"{{{BOOKMARKS}}}nick").text = "Lan"
    extensions = ET.SubElement(e, f"{{{BOOKMARKS}}}extensions")
    ET.SubElement(ET.SubElement(extensions, "{urn:xmpp:notification-settings:1}notify"), "{urn:xmpp:notification-settings:1}never")
    needs = form(phone, "http://jabber.org/protocol/pubsub#publish-options", **{
        "pubsub#persist_items": "true", "pubsub#max_items": "max", "pubsub#send_last_published_item": "never", "pubsub#access_model": "whitelist"})
    await phone["xep_0060"].publish(None, BOOKMARKS, id=room, payload=e, options=needs, timeout=WAIT)
    m = await desk.until("event", "the bookmark", lambda m: room in str(m) and "notification-settings" in str(m))
    check(m["from"] == address("lan"), f"the bookmark is from {m['from']}")
    read = await desk["xep_0048"].get_bookmarks(method="xep_0049", timeout=WAIT)
    found = {str(c["jid"]): (c["name"], c["autojoin"]) for c in read["private"]["bookmarks"]["conferences"]}
    check(found.get(room) == ("Chợ", True), f"in the old form are {found}")
    old = desk["xep_0048"].stanza.Bookmarks()
    old.add_conference(room, "Lan", name="Chợ Bến Thành", autojoin=False)
    await desk["xep_0048"].set_bookmarks(old, method="xep_0049", timeout=WAIT)
    await desk.until("event", "the changed bookmark", lambda m: "Chợ Bến Thành" in str(m) and "notification-settings" in str(m))
    minh = await person("minh", "desk").sign_in()
    await refused(minh["xep_0060"].get_items(address("lan"), BOOKMARKS, timeout=WAIT), "not-allowed")
    await phone["xep_0060"].retract(None, BOOKMARKS, room, notify=True, timeout=WAIT)
    await desk.until("event", "the end of the bookmark", lambda m: "<retract" in str(m) and room in str(m))
    read = await desk["xep_0048"].get_bookmarks(method="xep_0049", timeout=WAIT)
    check(room not in str(read), "the bookmark is still there in the old form")


async def contacts(person):
    """A colleague is called and sorted as somebody likes, on all devices, and stays a colleague (RFC 6121 § 2.3 to § 2.5)."""
    phone, desk = await person("lan", "phone").sign_in(), person("lan", "desk")
    desk.add_event_handler("roster_update", lambda iq: desk.note("roster", iq))
    await desk.sign_in()
    minh = address("minh")

    def entry(iq):
        items = {str(jid): item for jid, item in iq["roster"]["items"].items()}
        return items.get(minh)

    phone.update_roster(minh, name="Minh béo", groups=["Bạn nhậu"])
    await desk.until("roster", "the new name", lambda iq: entry(iq) and entry(iq)["name"] == "Minh béo" and entry(iq)["groups"] == ["Bạn nhậu"])
    check(desk.client_roster[minh]["subscription"] == "both", f"Minh is {desk.client_roster[minh]['subscription']}")
    phone.update_roster(minh, name="Minh", groups=[])
    await desk.until("roster", "the name of before", lambda iq: entry(iq) and entry(iq)["name"] == "Minh")
    later = await person("lan", "later").sign_in()
    check(minh in later.client_roster and later.client_roster[minh]["subscription"] == "both", "Minh is no colleague any more")


async def administration(person):
    """An administrator makes an account, changes its password, ends its session and removes it, in the client (XEP-0050, XEP-0133)."""
    await myna("account", "set", address("lan"), "--admin", "domain")
    try:
        boss = await equip(person("lan", "boss"), "xep_0050").sign_in()

        async def command(name, **fields):
            first = (await boss["xep_0050"].send_command(DOMAIN, ADMIN + name, timeout=WAIT))["command"]
            check(first["status"] == "executing" and first["sessionid"], f"{name} begins with {first}")
            filled = form(boss, ADMIN[:-1], **fields)
            done = (await boss["xep_0050"].send_command(DOMAIN, ADMIN + name, action="complete", payload=filled,
                                                        sessionid=first["sessionid"], timeout=WAIT))["command"]
            check(done["status"] == "completed", f"{name} ends with {done}")
            return done

        mai, secret = address("mai"), "correct horse 10 battery"
        await command("add-user", accountjid=mai, **{"password": SETTINGS["password"], "password-verify": SETTINGS["password"]})
        phone = await person("mai", "phone").sign_in()
        listed = await boss["xep_0050"].send_command(DOMAIN, ADMIN + "get-registered-users-list", timeout=WAIT)
        check(listed["command"]["status"] == "executing" or mai in str(listed), f"the accounts are {listed}")
        await command("end-user-session", accountjids=mai + "/phone")
        await phone.until("disconnected", "the end of the session")
        await command("change-user-password", accountjid=mai, password=secret)
        old = person("mai", "old")
        old.connect((SETTINGS["host"], SETTINGS["port"]))
        await old.until("refused", "the refusal of the old password")
        new = Person("mai", "new")
        new.password = new.credentials["password"] = secret
        try:
            await new.sign_in()
            await command("delete-user", accountjids=mai)
            await new.until("disconnected", "the end of the account")
        finally:
            await new.leave()
        check(mai not in await myna("account", "list"), "the account is still there")
    finally:
        await myna("account", "set", address("lan"), "--admin", "none")
    say("made, let in, shown out, and removed")


play({f.__name__: f for f in (blocked, words, channels, bookmarks, contacts, administration)})
