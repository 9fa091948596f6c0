"""Stories of publish-subscribe, told by slixmpp's own plugins for it: xep_0060 and xep_0163."""
import xml.etree.ElementTree as ET

from slixmpp.exceptions import IqError

from person import DOMAIN, address, check, play, say

SERVICE = f"pubsub.{DOMAIN}"
CONFIG = "http://jabber.org/protocol/pubsub#node_config"
OPTIONS = "http://jabber.org/protocol/pubsub#subscribe_options"
RSM = "http://jabber.org/protocol/rsm"
ERRORS = "http://jabber.org/protocol/pubsub#errors"
KINDS = ("publish", "retract", "purge", "delete", "config", "subscription")


def entry(title):
    e = ET.Element("{http://www.w3.org/2005/Atom}entry")
    ET.SubElement(e, "{http://www.w3.org/2005/Atom}title").text = title
    return e


def form(person, form_type, **fields):
    f = person["xep_0004"].make_form(ftype="submit")
    f.add_field(var="FORM_TYPE", ftype="hidden", value=form_type)
    for name, value in fields.items():
        f.add_field(var="pubsub#" + name, value=value)
    return f


async def reader(person, name, resource):
    """Somebody whose client tells of events as slixmpp's plugin reads them."""
    p = person(name, resource)
    for kind in KINDS:
        p.add_event_handler("pubsub_" + kind, lambda m, kind=kind: p.note(kind, m))
    return await p.sign_in()


async def items_page(person, node, most, after):
    """Asks for a page of a node's items; the iterator of the plugin does not."""
    iq = person.make_iq_get(ito=SERVICE)
    iq["pubsub"]["items"]["node"] = node
    page = ET.SubElement(iq["pubsub"].xml, f"{{{RSM}}}set")
    ET.SubElement(page, f"{{{RSM}}}max").text = str(most)
    if after is not None:
        ET.SubElement(page, f"{{{RSM}}}after").text = after
    return await iq.send()


async def refused(request, condition, app=None):
    """Expects an error; app is the condition of publish-subscribe beside it."""
    try:
        await request
    except IqError as e:
        check(e.condition == condition, f"refused with {e.condition}, not {condition}")
        check(app is None or e.iq["error"].xml.find(f"{{{ERRORS}}}{app}") is not None, f"refused without {app}: {e.iq}")
        return
    check(False, f"not refused with {condition}")


async def service(person):
    """A node of the service, from its creation to its end."""
    lan = await reader(person, "lan", "phone")
    minh = await reader(person, "minh", "desk")
    mine, his = lan["xep_0060"], minh["xep_0060"]
    await mine.create_node(SERVICE, "news", config=form(lan, CONFIG, title="Tin tức", max_items="3", type="http://www.w3.org/2005/Atom"))
    await refused(mine.create_node(SERVICE, "news"), "conflict")
    shown = await mine.get_node_config(SERVICE, "news")
    values = shown["pubsub_owner"]["configure"]["form"].get_values()
    check(values["pubsub#title"] == "Tin tức" and values["pubsub#max_items"] == "3", f"the configuration is {values}")
    nodes = await minh["xep_0030"].get_items(SERVICE)
    check(any(node == "news" for _, node, _ in nodes["disco_items"]["items"]), f"the node is not listed: {nodes}")

    done = await his.subscribe(SERVICE, "news", options=form(minh, OPTIONS, deliver="1"))
    subid = done["pubsub"]["subscription"]["subid"]
    check(subid and done["pubsub"]["subscription"]["subscription"] == "subscribed", f"not subscribed: {done}")
    for n in range(4):
        await mine.publish(SERVICE, "news", id=f"n{n}", payload=entry(f"Bài {n}"))
        m = await minh.until("publish", f"item {n}", lambda m, n=n: m["pubsub_event"]["items"]["item"]["id"] == f"n{n}")
        check(m["from"] == SERVICE, f"the event is from {m['from']}")
    await minh.until("retract", "the end of the oldest", lambda m: m["pubsub_event"]["items"]["retract"]["id"] == "n0")
    found = await his.get_items(SERVICE, "news", max_items=2)
    check([i["id"] for i in found["pubsub"]["items"]] == ["n2", "n3"], f"found {found}")
    pages, after = [], None
    while after != "n3":
        page = await items_page(minh, "news", 2, after)
        pages += [i["id"] for i in page["pubsub"]["items"]]
        after = page.xml.find(f".//{{{RSM}}}last").text
    check(pages == ["n1", "n2", "n3"], f"the pages hold {pages}")
    say("published, told, kept and read in pages")

    await refused(his.publish(SERVICE, "news", payload=entry("x")), "forbidden")
    await mine.modify_affiliations(SERVICE, "news", [(address("minh"), "publisher")])
    await his.publish(SERVICE, "news", id="own", payload=entry("của Minh"))
    await his.retract(SERVICE, "news", "own", notify=True)
    await minh.until("retract", "the end of the own item", lambda m: m["pubsub_event"]["items"]["retract"]["id"] == "own")
    listed = await mine.get_node_subscriptions(SERVICE, "news")
    check([str(s["jid"]) for s in listed["pubsub_owner"]["subscriptions"]] == [address("minh")], f"the subscribers are {listed}")
    await his.unsubscribe(SERVICE, "news", subid=subid)
    await refused(his.unsubscribe(SERVICE, "news"), "unexpected-request", "not-subscribed")
    await his.subscribe(SERVICE, "news")
    await mine.purge(SERVICE, "news")
    await minh.until("purge", "the purge")
    await mine.delete_node(SERVICE, "news")
    await minh.until("delete", "the end of the node")
    say("publishers, owners and the end")


async def approval(person):
    """The owner approves a subscriber in the client."""
    lan = await reader(person, "lan", "phone")
    hoa = await reader(person, "hoa", "desk")
    await lan["xep_0060"].create_node(SERVICE, "board", config=form(lan, CONFIG, access_model="authorize"))
    await refused(hoa["xep_0060"].get_items(SERVICE, "board"), "not-authorized", "not-subscribed")
    done = await hoa["xep_0060"].subscribe(SERVICE, "board")
    check(done["pubsub"]["subscription"]["subscription"] == "pending", f"not pending: {done}")
    asked = await lan.until("message", "the request", lambda m: m["from"] == SERVICE)
    answer = lan.make_message(mto=SERVICE)
    answer["id"] = asked["id"]
    shown = asked["form"].get_values()
    f = form(lan, shown["FORM_TYPE"], node=shown["pubsub#node"], subid=shown["pubsub#subid"], subscriber_jid=shown["pubsub#subscriber_jid"], allow="1")
    answer.append(f)
    answer.send()
    await hoa.until("subscription", "the approval", lambda m: m["pubsub_event"]["subscription"]["subscription"] == "subscribed")
    await hoa["xep_0060"].get_items(SERVICE, "board")
    await lan["xep_0060"].delete_node(SERVICE, "board")
    say("asked, approved, told")


async def personal(person):
    """What an account publishes reaches its own clients and its contacts, without anybody subscribing (XEP-0163)."""
    lan, desk, tuan = person("lan", "phone"), person("lan", "desk"), person("tuan", "phone")
    for p in (lan, desk, tuan):
        p.register_plugin("xep_0107")
        p.add_event_handler("user_mood_publish", lambda m, p=p: p.note("mood", m))
        await p.sign_in()

    def happy(m):
        return m["from"] == address("lan") and m["pubsub_event"]["items"]["item"]["mood"]["value"] == "happy"

    await lan["xep_0107"].publish_mood("happy", "có nắng")
    for p in (desk, tuan):
        await p.until("mood", "Lan's mood", happy)
    late = person("hoa", "desk")
    late.register_plugin("xep_0107")
    late.add_event_handler("user_mood_publish", lambda m: late.note("mood", m))
    await late.sign_in()
    await late.until("mood", "what Lan has published before", happy)

    secret = form(lan, "http://jabber.org/protocol/pubsub#publish-options", access_model="whitelist", persist_items="1")
    await lan["xep_0060"].publish(address("lan"), "urn:example:secret", id="1", payload=entry("riêng tư"), options=secret)
    await refused(tuan["xep_0060"].get_items(address("lan"), "urn:example:secret"), "not-allowed", "closed-node")
    opened = form(lan, "http://jabber.org/protocol/pubsub#publish-options", access_model="open")
    await refused(lan["xep_0060"].publish(address("lan"), "urn:example:secret", id="2", payload=entry("x"), options=opened), "conflict",
                  "precondition-not-met")
    await refused(tuan["xep_0060"].get_items(address("lan"), "urn:example:secret"), "not-allowed", "closed-node")
    await lan["xep_0060"].delete_node(address("lan"), "urn:example:secret")
    say("told without subscriptions; private stays private")


SHIM = "http://jabber.org/protocol/shim"


async def set_options(person, node, options):
    """Sets the options of a subscription; the plugin of slixmpp 1.8 asks with a get."""
    iq = person.make_iq_set(ito=SERVICE)
    iq["pubsub"]["options"]["node"] = node
    iq["pubsub"]["options"]["jid"] = person.boundjid.bare
    iq["pubsub"]["options"].append(options)
    return await iq.send()


async def collections(person):
    """Who subscribes to a collection hears of all nodes in it, reads them at once, and finds them by discovery (XEP-0248)."""
    lan = await reader(person, "lan", "phone")
    minh = await reader(person, "minh", "desk")
    mine, his = lan["xep_0060"], minh["xep_0060"]
    await mine.create_node(SERVICE, "báo", ntype="collection", config=form(lan, CONFIG, title="Các báo"))
    for name in ("sáng", "chiều"):
        await mine.create_node(SERVICE, name, config=form(lan, CONFIG, collection="báo"))
    kinds = (await minh["xep_0030"].get_info(SERVICE, node="báo"))["disco_info"]["identities"]
    check({(i[0], i[1]) for i in kinds} == {("pubsub", "collection")}, f"the collection is {kinds}")
    inside = {node for _, node, _ in (await minh["xep_0030"].get_items(SERVICE, node="báo"))["disco_items"]["items"]}
    check(inside == {"sáng", "chiều"}, f"in the collection are {inside}")
    await his.subscribe(SERVICE, "báo", options=form(minh, OPTIONS, subscription_type="all", subscription_depth="all"))
    for name in ("sáng", "chiều"):
        await mine.publish(SERVICE, name, id="1", payload=entry(f"Báo {name}"))
        m = await minh.until("publish", f"what is in {name}", lambda m, name=name: m["pubsub_event"]["items"]["node"] == name)
        header = m.xml.find(f"{{{SHIM}}}headers/{{{SHIM}}}header[@name='Collection']")
        check(header is not None and header.text == "báo", f"it does not say of which collection it is: {m}")
    found = await his.get_items(SERVICE, "báo")
    lists = {e.get("node"): len(e) for e in found.xml.iter("{http://jabber.org/protocol/pubsub}items")}
    check(lists == {"sáng": 1, "chiều": 1}, f"the collection holds {lists}")
    await refused(mine.publish(SERVICE, "báo", payload=entry("x")), "feature-not-implemented", "unsupported")
    await refused(mine.set_node_config(SERVICE, "báo", form(lan, CONFIG, node_type="leaf")), "not-allowed", "invalid-options")
    await refused(mine.set_node_config(SERVICE, "báo", form(lan, CONFIG, collection="báo")), "not-allowed", "invalid-options")
    await mine.delete_node(SERVICE, "báo")
    await minh.until("delete", "the end of the collection", lambda m: m["pubsub_event"]["delete"]["node"] == "báo")
    shown = (await mine.get_node_config(SERVICE, "sáng"))["pubsub_owner"]["configure"]["form"].get_values()
    check(not any(shown.get("pubsub#collection") or []), f"the node is in {shown.get('pubsub#collection')}")
    for name in ("sáng", "chiều"):
        await mine.delete_node(SERVICE, name)
    say("nodes in a collection, told, read and let go")


async def wishes(person):
    """A subscriber says what it wants to hear, a publisher what the node has to be, an owner who may (XEP-0060 § 6.3, § 7.1.5, § 8.9)."""
    lan = await reader(person, "lan", "phone")
    minh = await reader(person, "minh", "desk")
    mine, his = lan["xep_0060"], minh["xep_0060"]
    await mine.create_node(SERVICE, "giá", config=form(lan, CONFIG, access_model="open", max_items="5"))
    await his.subscribe(SERVICE, "giá")
    shown = (await his.get_subscription_options(SERVICE, "giá", minh.boundjid.bare))["pubsub"]["options"]["options"].get_values()
    check(shown["pubsub#deliver"] in (True, "1"), f"the options are {shown}")
    await set_options(minh, "giá", form(minh, OPTIONS, deliver="0"))
    await mine.publish(SERVICE, "giá", id="1", payload=entry("10"))
    await set_options(minh, "giá", form(minh, OPTIONS, deliver="1"))
    await mine.publish(SERVICE, "giá", id="2", payload=entry("11"))
    m = await minh.until("publish", "the second price")
    check(m["pubsub_event"]["items"]["item"]["id"] == "2", f"the first that is told is {m}")

    needs = "http://jabber.org/protocol/pubsub#publish-options"
    await mine.publish(SERVICE, "giá", id="3", payload=entry("12"), options=form(lan, needs, access_model="open", max_items="5"))
    await refused(mine.publish(SERVICE, "giá", id="4", payload=entry("13"), options=form(lan, needs, max_items="1")), "conflict", "precondition-not-met")
    await refused(mine.publish(SERVICE, "giá", id="4", payload=entry("13"), options=form(lan, needs, colour="red")), "conflict", "precondition-not-met")
    ids = [i["id"] for i in (await his.get_items(SERVICE, "giá"))["pubsub"]["items"]]
    check(ids == ["1", "2", "3"], f"the node holds {ids}")
    one = await his.get_item(SERVICE, "giá", "2")
    check([i["id"] for i in one["pubsub"]["items"]] == ["2"], f"one item is {one}")

    await mine.modify_affiliations(SERVICE, "giá", [(address("minh"), "outcast")])
    await minh.until("subscription", "the end of the subscription", lambda m: m["pubsub_event"]["subscription"]["subscription"] == "none")
    await refused(his.subscribe(SERVICE, "giá"), "forbidden")
    await refused(his.get_items(SERVICE, "giá"), "forbidden")
    listed = (await his.get_affiliations(SERVICE))["pubsub"]["affiliations"]
    check([(a["node"], a["affiliation"]) for a in listed] == [("giá", "outcast")], f"Minh is {listed}")
    await refused(mine.modify_affiliations(SERVICE, "giá", [(address("lan"), "none")]), "not-acceptable")
    await mine.modify_affiliations(SERVICE, "giá", [(address("minh"), "none")])
    await mine.modify_subscriptions(SERVICE, "giá", [(address("minh"), "subscribed")])
    await minh.until("subscription", "the new subscription", lambda m: m["pubsub_event"]["subscription"]["subscription"] == "subscribed")
    await mine.delete_node(SERVICE, "giá")
    await minh.until("delete", "the end of the node")
    say("told as wanted, published as needed, kept out and let in")


play({f.__name__: f for f in (service, approval, personal, collections, wishes)})
