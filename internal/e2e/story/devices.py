"""Stories of somebody with several devices. Each drives slixmpp, by hand where it has no plugin."""
from xml.etree import ElementTree as ET

from slixmpp.exceptions import IqError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from person import DOMAIN, SETTINGS, WAIT, Person, address, check, myna, play, say

CLIENTS = "urn:xmpp:cam:0"
DISPLAYED = "urn:xmpp:mds:displayed:0"
PUBSUB = "http://jabber.org/protocol/pubsub"
PUSH = "urn:xmpp:push:0"
RAA = "urn:xmpp:raa:0"


async def ask(someone, kind, payload, to=None):
    """Asks by hand, and returns the payload of the answer."""
    iq = someone.make_iq(itype=kind, ito=to)
    iq.xml.append(payload)
    answer = await iq.send(timeout=WAIT)
    return next(iter(answer.xml), None)


async def forbidden(answer):
    try:
        await answer
    except IqError as e:
        check(e.condition == "forbidden", f"refused with {e.condition}")
        return
    check(False, "is not refused")


async def access(person):
    """An app password of one device is seen by the others, lets in, has no say about other devices, and ends (XEP-0494, XEP-0050)."""
    phone = person("lan", "phone")
    phone.register_plugin("xep_0050")
    await phone.sign_in()
    first = (await phone["xep_0050"].send_command(address("lan"), "myna:app-password-create", timeout=WAIT))["command"]
    filled = phone["xep_0004"].make_form(ftype="submit")
    filled.add_field(var="label", value="Máy in")
    made = (await phone["xep_0050"].send_command(address("lan"), "myna:app-password-create", action="complete", payload=filled,
                                                 sessionid=first["sessionid"], timeout=WAIT))["command"]
    check(made["status"] == "completed", f"making an app password ends with {made}")
    printer = Person("lan", "printer")
    printer.password = printer.credentials["password"] = made["form"]["values"]["password"]
    try:
        await printer.sign_in()
        found = await ask(phone, "get", ET.Element(f"{{{CLIENTS}}}list"))
        own = [c for c in found if c.findtext(f"{{{CLIENTS}}}user-agent/{{{CLIENTS}}}device") == "Máy in"]
        check(len(own) == 1 and own[0].get("connected") == "true", f"the devices are {ET.tostring(found)}")
        await forbidden(ask(printer, "set", ET.Element(f"{{{CLIENTS}}}revoke", id=own[0].get("id"))))
        await ask(phone, "set", ET.Element(f"{{{CLIENTS}}}revoke", id=own[0].get("id")))
        await printer.until("disconnected", "the end of its access")
        again = Person("lan", "again")
        again.password = again.credentials["password"] = printer.password
        again.connect((SETTINGS["host"], SETTINGS["port"]))
        await again.until("refused", "the refusal of the app password")
    finally:
        await printer.leave()
    minh = await person("minh", "desk").sign_in()
    await forbidden(ask(minh, "get", ET.Element(f"{{{CLIENTS}}}list"), address("lan")))


async def notified(person):
    """A device that has gone is told by its push service of what comes, and of nothing once it wants none (XEP-0357)."""
    service = person("lan", "service")
    service.register_handler(Callback("pushed", MatchXPath(f"{{jabber:client}}iq/{{{PUBSUB}}}pubsub"), lambda iq: service.note("pushed", iq)))
    await service.sign_in(presence=False)
    phone = await person("lan", "phone").sign_in()
    options = ET.Element(f"{{{PUSH}}}enable", jid=service.boundjid.full, node="phone-1")
    await ask(phone, "set", options)
    await phone.leave()
    minh = await person("minh", "desk").sign_in()
    minh.send_message(mto=address("lan"), mbody="về chưa?", mtype="chat")
    iq = await service.until("pushed", "the notification")
    check(iq["from"] == DOMAIN and iq["type"] == "set", f"it is {iq}")
    published = iq.xml.find(f"{{{PUBSUB}}}pubsub/{{{PUBSUB}}}publish")
    check(published.get("node") == "phone-1" and published.find(f".//{{{PUSH}}}notification") is not None, f"it is {iq}")
    iq.reply().send()
    phone = await person("lan", "phone").sign_in()
    await phone.got("message", "về chưa?")
    await ask(phone, "set", ET.Element(f"{{{PUSH}}}disable", jid=service.boundjid.full, node="phone-1"))
    await phone.leave()
    minh.send_message(mto=address("lan"), mbody="ngủ rồi à?", mtype="chat")
    check(not [k for k, _ in service.seen if k == "pushed"], "it is notified, though it wants none")
    phone = await person("lan", "phone").sign_in()
    await phone.got("message", "ngủ rồi à?")
    check(not [k for k, _ in service.seen if k == "pushed"], "it is notified, though it wants none")


async def read(person):
    """What one device has shown is read on the others, and is nobody else's business (XEP-0490)."""
    phone, desk = person("lan", "phone"), person("lan", "desk")
    desk["xep_0163"].add_interest(DISPLAYED)
    for device in (phone, desk):
        await device.sign_in()
    minh = await person("minh", "desk").sign_in()
    minh.send_message(mto=address("lan"), mbody="đọc chưa?", mtype="chat")
    m = await phone.got("message", "đọc chưa?")
    number = m.xml.find("{urn:xmpp:sid:0}stanza-id").get("id")
    shown = ET.Element(f"{{{DISPLAYED}}}displayed")
    ET.SubElement(shown, "{urn:xmpp:sid:0}stanza-id", by=address("lan"), id=number)
    needs = phone["xep_0004"].make_form(ftype="submit")
    for name, value in {"FORM_TYPE": f"{PUBSUB}#publish-options", "pubsub#persist_items": "true", "pubsub#max_items": "max",
                        "pubsub#send_last_published_item": "never", "pubsub#access_model": "whitelist"}.items():
        needs.add_field(var=name, value=value)
    await phone["xep_0060"].publish(None, DISPLAYED, id=address("minh"), payload=shown, options=needs, timeout=WAIT)
    await desk.until("event", "what was read", lambda m: number in str(m) and DISPLAYED in str(m))
    try:
        await minh["xep_0060"].get_items(address("lan"), DISPLAYED, timeout=WAIT)
        check(False, "Minh sees what Lan has read")
    except IqError as e:
        check(e.condition in ("not-allowed", "forbidden"), f"refused with {e.condition}")


async def together(person):
    """One message goes to several, and who gets it blindly stays unknown to the others (XEP-0033)."""
    phone = person("lan", "phone")
    phone.register_plugin("xep_0033")
    await phone.sign_in()
    others = {name: await person(name, "desk").sign_in() for name in ("minh", "hoa", "tuan")}
    m = phone.make_message(mto=DOMAIN, mbody="họp lúc 3 giờ", mtype="chat")
    m["addresses"].add_address(atype="to", jid=address("minh"))
    m["addresses"].add_address(atype="cc", jid=address("hoa"))
    m["addresses"].add_address(atype="bcc", jid=address("tuan"))
    m.send()
    for name, someone in others.items():
        got = await someone.got("message", "họp lúc 3 giờ")
        check(got["from"] == phone.boundjid, f"{name} has it from {got['from']}")
        named = {a.get("jid") for a in got.xml.iter("{http://jabber.org/protocol/address}address")}
        blind = {address("tuan")} if name == "tuan" else set()
        check(named == {address("minh"), address("hoa")} | blind, f"{name} sees {named}")


async def policy(person):
    """The domain tells what it keeps of people and where it tells of outages, and an account what it is to it (XEP-0504, 0455, 0489)."""
    lan = await person("lan", "phone").sign_in()
    info = await ask(lan, "get", ET.Element("{http://jabber.org/protocol/disco#info}query"), DOMAIN)
    forms = [f.findtext("{jabber:x:data}field[@var='FORM_TYPE']/{jabber:x:data}value") for f in info.iter("{jabber:x:data}x")]
    check({"urn:xmpp:data-policy:0", "urn:xmpp:sos:0"} <= set(forms), f"the domain tells {forms}")
    own = await ask(lan, "get", ET.Element(f"{{{RAA}}}query"))
    check(own.get("affiliation") == "member", f"Lan is {ET.tostring(own)}")
    await myna("account", "set", address("lan"), "--admin", "domain")
    try:
        own = await ask(lan, "get", ET.Element(f"{{{RAA}}}query"))
        check(own.get("affiliation") == "admin", f"Lan is {ET.tostring(own)}")
    finally:
        await myna("account", "set", address("lan"), "--admin", "none")
    minh = await person("minh", "desk").sign_in()
    await forbidden(ask(minh, "get", ET.Element(f"{{{RAA}}}query"), address("lan")))
    say("told to whom it concerns")


play({f.__name__: f for f in (access, notified, read, together, policy)})
