"""Stories of rooms, of what messages say about messages, and of commands: the plugins of slixmpp, as their authors read them."""
import asyncio
import time

from slixmpp.exceptions import IqError

from person import DOMAIN, WAIT, address, check, myna, play, say

OCCUPANT = "{urn:xmpp:occupant-id:0}occupant-id"
SUBJECT = "Họp lúc 9 giờ"


def equip(someone, *plugins):
    for plugin in plugins:
        someone.register_plugin(plugin)
    return someone


async def refused(answer, condition):
    try:
        await answer
    except IqError as e:
        check(e.condition == condition, f"refused with {e.condition}, not {condition}")
        return
    check(False, f"is not refused with {condition}")


async def company(person, alias):
    """A group with Lan as its lead and Minh, both in it. Returns its address and the two."""
    room = f"{alias}@groups.{DOMAIN}"
    await myna("alias", "create", address(alias), "--name", "Họp", "--group-chat", "--lead", address("lan"),
               "--target", address("lan"), "--target", address("minh"))
    lan, minh = person("lan", "phone"), person("minh", "desk")
    for someone in (lan, minh):
        someone.add_event_handler("groupchat_subject", lambda m, s=someone: s.note("subject", m))
        await equip(someone, "xep_0421").sign_in()
        await someone.until("invitation", "the group", lambda m: str(m["from"]) == room)
        await someone["xep_0045"].join_muc_wait(room, someone.boundjid.user.title(), maxstanzas=0, timeout=WAIT)
    return room, lan, minh


async def moderation(person):
    """The lead of a group has the subject, mutes, and shows people the door; the others may not (XEP-0045 § 8)."""
    room, lan, minh = await company(person, "hop")
    lan["xep_0045"].set_subject(room, SUBJECT)
    for someone in (lan, minh):
        await someone.until("subject", "the subject", lambda m: m["subject"] == SUBJECT)
    minh["xep_0045"].set_subject(room, "mine")
    await minh.until("error", "the refusal of the subject", lambda m: m["error"]["condition"] == "forbidden")
    await refused(minh["xep_0045"].set_role(room, "Lan", "visitor", timeout=WAIT), "forbidden")
    await refused(lan["xep_0045"].set_affiliation(room, "member", jid=address("tuan"), timeout=WAIT), "not-allowed")
    await refused(lan["xep_0045"].get_room_config(room, timeout=WAIT), "not-allowed")
    await lan["xep_0045"].set_role(room, "Minh", "visitor", reason="một lát", timeout=WAIT)
    await minh.until("presence", "the muting", lambda p: p["from"] == room + "/Minh" and p["muc"]["role"] == "visitor")
    minh.send_message(mto=room, mbody="am I heard?", mtype="groupchat")
    await minh.until("error", "the refusal of the message", lambda m: m["error"]["condition"] == "forbidden")
    await lan["xep_0045"].set_role(room, "Minh", "participant", timeout=WAIT)
    await minh.until("presence", "the voice", lambda p: p["from"] == room + "/Minh" and p["muc"]["role"] == "participant")
    await lan["xep_0045"].set_role(room, "Minh", "none", reason="ra ngoài", timeout=WAIT)
    await minh.until("presence", "the door", lambda p: p["from"] == room + "/Minh" and p.xml.get("type") == "unavailable"
                     and 307 in p["muc"]["status_codes"])
    await minh["xep_0045"].join_muc_wait(room, "Minh", maxstanzas=0, timeout=WAIT)
    minh.send_message(mto=room, mbody="I am back", mtype="groupchat")
    await lan.got("groupchat", "I am back")
    await myna("alias", "delete", address("hop"))


async def occupants(person):
    """Who is in a group is called and known as ever, talks in private, and can ask whether he is in (XEP-0045, 0410, 0421)."""
    room, lan, minh = await company(person, "nhom")
    minh.send_message(mto=room, mbody="một", mtype="groupchat")
    first = await lan.got("groupchat", "một")
    for who, nick in ((lan, "Lan"), (minh, "Minh")):
        await who["xep_0199"].ping(f"{room}/{nick}", timeout=WAIT)
        check(sorted(who["xep_0045"].get_roster(room)) == ["Lan", "Minh"], f"{nick} sees {who['xep_0045'].get_roster(room)}")
    members = await minh["xep_0045"].get_affiliation_list(room, "member", timeout=WAIT)
    check([str(m) for m in members] == [address("minh")], f"the members are {members}")
    minh.send_message(mto=f"{room}/Lan", mbody="dưới bàn", mtype="chat")
    m = await lan.got("message", "dưới bàn")
    check(str(m["from"]) == room + "/Minh", f"the private message is from {m['from']}")
    minh["xep_0045"].leave_muc(room, "Minh")
    await lan.until("presence", "Minh to leave", lambda p: p["from"] == room + "/Minh" and p.xml.get("type") == "unavailable")
    await refused(minh["xep_0199"].send_ping(f"{room}/Minh", timeout=WAIT), "not-acceptable")
    presence, _, _, history = await minh["xep_0045"].join_muc_wait(room, "Other", maxstanzas=10, timeout=WAIT)
    check(presence["from"].resource == "Minh", f"who asks for another nick is {presence['from']}")
    check("một" in [h["body"] for h in history], f"the history is {history}")
    minh.send_message(mto=room, mbody="hai", mtype="groupchat")
    second = await lan.got("groupchat", "hai")
    ids = [m.xml.find(OCCUPANT).get("id") for m in (first, second)]
    check(ids[0] == ids[1], f"Minh's occupant id is {ids}")
    await myna("alias", "delete", address("nhom"))


async def marks(person):
    """Receipts, markers, corrections, reactions and retractions arrive on all devices and are in the archive, typing is not."""
    plugins = ("xep_0085", "xep_0184", "xep_0308", "xep_0333", "xep_0334", "xep_0359", "xep_0424", "xep_0444")
    phone = await equip(person("lan", "phone"), *plugins).sign_in()
    desk = await equip(person("lan", "desk"), *plugins).sign_in()
    for device in (phone, desk):
        await device["xep_0280"].enable(timeout=WAIT)
    minh = equip(person("minh", "desk"), *plugins)
    minh.add_event_handler("receipt_received", lambda m: minh.note("receipt", m))
    minh.add_event_handler("marker_displayed", lambda m: minh.note("displayed", m))
    await minh.sign_in()
    await minh.sees("lan", "")
    said = minh.make_message(mto=address("lan"), mbody=f"sinh nhật {time.time_ns()}", mtype="chat")
    said["request_receipt"] = True
    said["markable"] = True
    said.send()
    got = await phone.got("message", said["body"])
    await minh.until("receipt", "the receipt", lambda m: m["receipt"] == said["id"])
    phone["xep_0333"].send_marker(got["from"], got["id"], "displayed")
    await minh.until("displayed", "the marker", lambda m: m["displayed"]["id"] == said["id"])
    better = minh.make_message(mto=address("lan"), mbody="sinh nhật vui vẻ", mtype="chat")
    better["replace"]["id"] = said["id"]
    better.send()
    await phone.until("message", "the correction", lambda m: m["replace"]["id"] == said["id"])
    phone["xep_0444"].send_reactions(got["from"].bare, said["id"], ["🎉"])
    seen = lambda m: said["id"] in str(m) and "🎉" in str(m)
    await minh.until("any", "the reaction", seen)
    typing = minh.make_message(mto=address("lan"), mtype="chat")
    typing["chat_state"] = "composing"
    typing.send()
    minh["xep_0424"].send_retraction(address("lan"), said["id"], fallback_text="/me đã rút lại", mtype="chat")
    await phone.until("any", "the retraction", lambda m: "urn:xmpp:message-retract:0" in str(m))
    await desk.until("any", "the retraction on the other device", lambda m: "urn:xmpp:message-retract:0" in str(m))
    answer = await desk["xep_0313"].retrieve(with_jid=address("minh"), rsm={"max": 100}, timeout=WAIT)
    kept = " ".join(str(m["mam_result"]["forwarded"]["stanza"]) for m in answer["mam"]["results"])
    for what in ("urn:xmpp:message-correct:0", "urn:xmpp:reactions:0", "urn:xmpp:message-retract:0", "urn:xmpp:chat-markers:0"):
        check(what in kept, f"{what} is not in the archive")
    check("<composing" not in kept, "typing is in the archive")


async def commands(person):
    """Commands are found and done step by step (XEP-0050), the server's by administrators only (XEP-0133)."""
    lan = await equip(person("lan", "phone"), "xep_0050").sign_in()
    own = {node for _, node, _ in (await lan["xep_0050"].get_commands(address("lan"), timeout=WAIT))["disco_items"]["items"]}
    check("myna:sessions" in own, f"Lan's commands are {own}")
    answer = (await lan["xep_0050"].send_command(address("lan"), "myna:sessions", timeout=WAIT))["command"]
    check("phone" in str(answer), f"Lan's sessions are {answer}")
    if answer["status"] == "executing":
        answer = (await lan["xep_0050"].send_command(address("lan"), "myna:sessions", action="cancel", sessionid=answer["sessionid"],
                                                     timeout=WAIT))["command"]
        check(answer["status"] == "canceled", f"the command is {answer}")
    number = "http://jabber.org/protocol/admin#get-registered-users-num"
    await refused(lan["xep_0050"].send_command(DOMAIN, number, timeout=WAIT), "forbidden")
    await myna("account", "set", address("lan"), "--admin", "domain")
    try:
        admin = await equip(person("lan", "admin"), "xep_0050").sign_in()
        listed = {n for _, n, _ in (await admin["xep_0050"].get_commands(DOMAIN, timeout=WAIT))["disco_items"]["items"]}
        check(number in listed, f"the administrator's commands are {listed}")
        answer = (await admin["xep_0050"].send_command(DOMAIN, number, timeout=WAIT))["command"]
        check(answer["status"] == "completed" and "4" in str(answer["form"]), f"the number of accounts is {answer}")
    finally:
        await myna("account", "set", address("lan"), "--admin", "none")


play({f.__name__: f for f in (moderation, occupants, marks, commands)})
