"""Stories of what an account has: each drives the plugins of slixmpp for some extensions, as its authors read them."""
import asyncio
import base64
import hashlib
import time

from slixmpp.exceptions import IqError
from slixmpp.plugins.xep_0082 import parse
from slixmpp.xmlstream import ET

from person import DOMAIN, SETTINGS, WAIT, Person, address, check, play, say

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
DIGEST = hashlib.sha1(PIXEL).hexdigest()


def equip(someone, *plugins):
    for plugin in plugins:
        someone.register_plugin(plugin)
    return someone


async def refused(answer, *conditions):
    """Waits for an answer that has to be an error."""
    try:
        await answer
    except IqError as e:
        check(e.condition in conditions, f"refused with {e.condition}, not {' or '.join(conditions)}")
        return e
    check(False, f"is not refused with {' or '.join(conditions)}")


async def discovery(person):
    """The server, its services and other clients say what they are (XEP-0030, 0012, 0092, 0199, 0202)."""
    lan = await equip(person("lan", "phone"), "xep_0012", "xep_0092", "xep_0202").sign_in()
    minh = await equip(person("minh", "desk"), "xep_0012", "xep_0092", "xep_0202").sign_in()
    info = (await lan["xep_0030"].get_info(DOMAIN, timeout=WAIT))["disco_info"]
    check(("server", "im") in {(i[0], i[1]) for i in info["identities"]}, f"the server is {info['identities']}")
    for feature in ("urn:xmpp:carbons:2", "urn:xmpp:blocking", "urn:xmpp:ping", "jabber:iq:last", "vcard-temp", "jabber:iq:search"):
        check(feature in info["features"], f"the server does not have {feature}")
    account = (await lan["xep_0030"].get_info(address("lan"), timeout=WAIT))["disco_info"]
    check(("pubsub", "pep") in {(i[0], i[1]) for i in account["identities"]}, f"the account is {account['identities']}")
    items = (await lan["xep_0030"].get_items(DOMAIN, timeout=WAIT))["disco_items"]["items"]
    kinds = set()
    for jid, _, _ in items:
        kinds |= {i[0] for i in (await lan["xep_0030"].get_info(jid, timeout=WAIT))["disco_info"]["identities"]}
    check({"conference", "store", "pubsub"} <= kinds, f"the services are {kinds}")
    version = (await lan["xep_0092"].get_version(DOMAIN, timeout=WAIT))["software_version"]
    check(version["name"] == "Myna", f"the server is called {version['name']}")
    await lan["xep_0092"].get_version(minh.boundjid.full, timeout=WAIT)
    clock = await lan["xep_0202"].get_entity_time(DOMAIN, timeout=WAIT)
    moment = parse(clock.xml.findtext("{urn:xmpp:time}time/{urn:xmpp:time}utc"))  # slixmpp 1.8 reads only times without a zone
    check(abs(moment.timestamp() - time.time()) < 60, f"the server's clock shows {moment}")
    uptime = await lan["xep_0012"].get_last_activity(DOMAIN, timeout=WAIT)
    check(uptime["last_activity"]["seconds"] < 3600, f"the server runs for {uptime['last_activity']['seconds']} s")
    await lan["xep_0199"].ping(DOMAIN, timeout=WAIT)
    await lan["xep_0199"].ping(minh.boundjid.full, timeout=WAIT)
    await minh.leave()
    seen = await lan["xep_0012"].get_last_activity(address("minh"), timeout=WAIT)
    check(seen["last_activity"]["seconds"] < 60, f"Minh was there {seen['last_activity']['seconds']} s ago")


async def card(person):
    """A card with a picture is one with the avatar of PEP, and its hash comes with presence (XEP-0054, 0153, 0084, 0398)."""
    minh = await equip(person("minh", "desk"), "xep_0054").sign_in()
    lan = equip(person("lan", "phone"), "xep_0054")
    lan["xep_0163"].add_interest("urn:xmpp:avatar:metadata")
    await lan.sign_in()
    await lan.sees("minh", "")
    vcard = minh["xep_0054"].make_vcard()
    vcard["FN"], vcard["NICKNAME"] = "Trần Văn Minh", "Minh"
    vcard["PHOTO"]["TYPE"], vcard["PHOTO"]["BINVAL"] = "image/png", PIXEL
    await minh["xep_0054"].publish_vcard(vcard, timeout=WAIT)
    read = (await lan["xep_0054"].get_vcard(address("minh"), cached=False, timeout=WAIT))["vcard_temp"]
    check(read["FN"] == "Trần Văn Minh" and read["PHOTO"]["BINVAL"] == PIXEL, f"Minh's card is {read}")
    await lan.until("event", "Minh's avatar", lambda m: m["from"].bare == address("minh") and DIGEST in str(m))
    minh.send_presence(pshow="away")
    await lan.until("presence", "the hash of Minh's picture",
                    lambda p: p["from"].bare == address("minh") and DIGEST in str(p))
    found = await lan["xep_0084"].retrieve_avatar(address("minh"), DIGEST, timeout=WAIT)
    check(found["pubsub"]["items"]["item"]["avatar_data"]["value"] == PIXEL, "Minh's avatar is another picture")


async def personal(person):
    """Nickname, mood, activity, tune and place reach colleagues who want to know, also those who come later (XEP-0163)."""
    plugins = {"xep_0172": "http://jabber.org/protocol/nick", "xep_0107": "http://jabber.org/protocol/mood",
               "xep_0108": "http://jabber.org/protocol/activity", "xep_0118": "http://jabber.org/protocol/tune",
               "xep_0080": "http://jabber.org/protocol/geoloc"}
    minh = await equip(person("minh", "desk"), *plugins).sign_in()
    lan = equip(person("lan", "phone"), *plugins)
    await lan.sign_in()
    await lan.sees("minh", "")
    await minh["xep_0172"].publish_nick("Minh", timeout=WAIT)
    await minh["xep_0107"].publish_mood("happy", "vui quá", timeout=WAIT)
    await minh["xep_0108"].publish_activity("eating", "having_lunch", timeout=WAIT)
    await minh["xep_0118"].publish_tune(artist="Trịnh Công Sơn", title="Diễm xưa", timeout=WAIT)
    await minh["xep_0080"].publish_location(locality="Hà Nội", country="Việt Nam", timeout=WAIT)
    later = equip(person("hoa", "phone"), *plugins)
    await later.sign_in()
    for someone in (lan, later):
        for node in plugins.values():
            await someone.until("event", node, lambda m, n=node: m["from"].bare == address("minh") and f'node="{n}"' in str(m))
    await minh["xep_0107"].stop(timeout=WAIT)
    await lan.until("event", "the end of the mood", lambda m: m["from"].bare == address("minh") and "mood" in str(m) and "happy" not in str(m))


async def blocking(person):
    """Whom somebody blocks does not reach them, sees them offline, and comes back (XEP-0191)."""
    lan = await equip(person("lan", "phone"), "xep_0191").sign_in()
    minh = await person("minh", "desk").sign_in()
    await minh.sees("lan", "")
    await lan["xep_0191"].block([address("minh")], timeout=WAIT)
    await minh.sees("lan", "offline")
    minh.send_message(mto=address("lan"), mbody="can you read this?", mtype="chat")
    await minh.until("error", "the refusal", lambda m: m["error"]["condition"] == "service-unavailable")
    listed = (await lan["xep_0191"].get_blocked(timeout=WAIT))["blocklist"]["items"]
    check({str(j) for j in listed} == {address("minh")}, f"{listed} are blocked")
    await lan["xep_0191"].unblock([address("minh")], timeout=WAIT)
    await minh.sees("lan", "")
    minh.send_message(mto=address("lan"), mbody="and this?", mtype="chat")
    await lan.got("message", "and this?")
    check(not any(k == "message" and v["body"] == "can you read this?" for k, v in lan.seen), "a blocked message arrived")


async def pages(person):
    """An archive is read forwards and backwards in pages, and tells its ends (XEP-0313 § 4.3, § 5, XEP-0059, XEP-0441)."""
    lan = await equip(person("lan", "phone"), "xep_0441").sign_in()
    tuan = await person("tuan", "desk").sign_in()
    said = [f"page {time.time_ns()} {i}" for i in range(7)]
    for body in said:
        tuan.send_message(mto=lan.boundjid.full, mbody=body, mtype="chat")
        await lan.got("message", body)
    for reverse in (False, True):
        found = []
        async for m in lan["xep_0313"].iterate(with_jid=address("tuan"), rsm={"max": 2}, reverse=reverse):
            found.append(m["mam_result"]["forwarded"]["stanza"]["body"])
        found = [body for body in found if body in said]
        check(sorted(found) == said, f"read in pages, {'backwards' if reverse else 'forwards'}: {found}")
    metadata = (await lan["xep_0313"].get_archive_metadata(timeout=WAIT))["mam_metadata"]
    check(metadata["start"]["id"] and metadata["end"]["id"], f"the archive tells no ends: {metadata}")
    fields = await lan["xep_0313"].get_fields(timeout=WAIT)
    check({"with", "start", "end"} <= set(fields.get_fields()), f"the archive is searched by {list(fields.get_fields())}")
    before, _, _ = await lan["xep_0441"].get_preferences(timeout=WAIT)
    await lan["xep_0441"].set_preferences(default="never", timeout=WAIT)
    tuan.send_message(mto=lan.boundjid.full, mbody="off the record", mtype="chat")
    await lan.got("message", "off the record")
    await lan["xep_0441"].set_preferences(default=before, timeout=WAIT)
    kept = await lan["xep_0313"].retrieve(with_jid=address("tuan"), rsm={"max": 50}, timeout=WAIT)
    check("off the record" not in [m["mam_result"]["forwarded"]["stanza"]["body"] for m in kept["mam"]["results"]],
          "what was not to be kept is in the archive")


async def private(person):
    """What a client stores for itself is there on other devices, and nobody else reads it (XEP-0049, XEP-0048, XEP-0223)."""
    lan = await equip(person("lan", "phone"), "xep_0049", "xep_0048").sign_in()
    desk = await equip(person("lan", "desk"), "xep_0049", "xep_0048").sign_in()
    bookmarks = lan["xep_0048"].stanza.Bookmarks()
    bookmarks.add_conference(f"tea@groups.{DOMAIN}", "Lan", name="Trà", autojoin=False)
    await lan["xep_0048"].set_bookmarks(bookmarks, method="xep_0049", timeout=WAIT)
    read = await desk["xep_0048"].get_bookmarks(method="xep_0049", timeout=WAIT)
    found = {str(c["jid"]): c["name"] for c in read["private"]["bookmarks"]["conferences"]}
    check(found.get(f"tea@groups.{DOMAIN}") == "Trà", f"the other device has {found}")
    minh = await person("minh", "desk").sign_in()
    request = minh.make_iq_get(ito=address("lan"))
    query = ET.SubElement(request.xml, "{jabber:iq:private}query")
    ET.SubElement(query, "{storage:bookmarks}storage")
    await refused(request.send(timeout=WAIT), "forbidden", "service-unavailable")
    await refused(minh["xep_0060"].get_items(address("lan"), "storage:bookmarks", timeout=WAIT), "not-allowed")  # § 6.5.9.6


async def search(person):
    """People are found without their diacritics (XEP-0055)."""
    lan = await equip(person("lan", "phone"), "xep_0055").sign_in()
    asked = lan.make_iq_get(ito=DOMAIN)
    asked.enable("search")
    fields = (await asked.send(timeout=WAIT))["search"]["form"].get_fields()
    check("nick" in fields, f"people are searched by {list(fields)}")
    request = lan["xep_0055"].make_search_iq(ito=DOMAIN)
    request["search"]["form"].add_field(var="nick", ftype="text-single", value="mính")
    answer = await request.send(timeout=WAIT)
    check(address("minh") in str(answer), f"Minh is not found: {answer}")


async def secret(person):
    """A password is changed in the client, and the old one is good for nothing then (XEP-0077 § 3.3)."""
    hoa = await equip(person("hoa", "phone"), "xep_0077").sign_in()
    await hoa["xep_0077"].change_password("another horse 7 staple", jid=DOMAIN, timeout=WAIT)
    await hoa.leave()
    old = person("hoa", "old")
    old.connect((SETTINGS["host"], SETTINGS["port"]))
    await old.until("refused", "the refusal of the old password")
    new = Person("hoa", "new")
    try:
        new.password = new.credentials["password"] = "another horse 7 staple"
        await equip(new, "xep_0077").sign_in()
        for _ in range(WAIT):
            try:
                await new["xep_0077"].change_password(SETTINGS["password"], jid=DOMAIN, timeout=WAIT)
                return
            except IqError as e:
                check(e.condition == "resource-constraint", f"the password is not changed back: {e.condition}")
                await asyncio.sleep(1)  # as it was changed a moment ago
        check(False, "the password is not changed back")
    finally:
        await new.leave()


async def versions(person):
    """A client that knows the contact list gets only what has changed (RFC 6121 § 2.6, XEP-0237)."""
    lan = await person("lan", "phone").sign_in()
    version = lan.client_roster.version
    check(version, "the contact list has no version")
    request = lan.make_iq_get()
    query = ET.SubElement(request.xml, "{jabber:iq:roster}query", ver=version)
    answer = await request.send(timeout=WAIT)
    check(answer.xml.find("{jabber:iq:roster}query") is None, f"the known list is sent again: {answer}")
    query.set("ver", "")
    request["id"] = lan.new_id()
    answer = await request.send(timeout=WAIT)
    check(len(answer.xml.findall("{jabber:iq:roster}query/{jabber:iq:roster}item")) >= 3, f"the list is {answer}")


async def idle(person):
    """A client that nobody looks at is told of people's comings later, but of messages at once (XEP-0352)."""
    lan = await equip(person("lan", "phone"), "xep_0352").sign_in()
    minh = await person("minh", "desk").sign_in()
    await lan.sees("minh", "")
    lan["xep_0352"].send_inactive()
    await lan["xep_0199"].ping(timeout=WAIT)  # the server has read it
    minh.send_presence(pshow="away")
    await minh["xep_0199"].ping(timeout=WAIT)
    check(not any(k == "presence" and v["show"] == "away" for k, v in lan.seen), "presence comes to a client that nobody looks at")
    minh.send_message(mto=address("lan"), mbody="wake up", mtype="chat")
    await lan.got("message", "wake up")
    lan["xep_0352"].send_active()
    await lan.sees("minh", "away")


play({f.__name__: f for f in (discovery, card, personal, blocking, pages, private, search, secret, versions, idle)})
