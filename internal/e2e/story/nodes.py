"""Stories of nodes: publish-subscribe as slixmpp reads it, on the service of the domain and on accounts."""
import time

from slixmpp.exceptions import IqError
from slixmpp.xmlstream import ET, ElementBase

from person import DOMAIN, WAIT, address, check, play

SERVICE = f"pubsub.{DOMAIN}"


def entry(text):
    e = ET.Element("{http://www.w3.org/2005/Atom}entry")
    ET.SubElement(e, "{http://www.w3.org/2005/Atom}title").text = text
    return e


async def refused(answer, *conditions):
    try:
        await answer
    except IqError as e:
        check(e.condition in conditions, f"refused with {e.condition}, not {' or '.join(conditions)}")
        return
    check(False, f"is not refused with {' or '.join(conditions)}")


def ids(answer):
    return [item["id"] for item in answer["pubsub"]["items"]]


async def service(person):
    """A node is made, found, subscribed to, written, read, emptied and removed, and others may not (XEP-0060)."""
    lan, minh = await person("lan", "phone").sign_in(), await person("minh", "desk").sign_in()
    ours, theirs = lan["xep_0060"], minh["xep_0060"]
    node = f"tin {time.time_ns()}"
    await ours.create_node(SERVICE, node, timeout=WAIT)
    await refused(theirs.create_node(SERVICE, node, timeout=WAIT), "conflict")
    found = [n for _, n, _ in (await minh["xep_0030"].get_items(SERVICE, timeout=WAIT))["disco_items"]["items"]]
    check(node in found, f"Minh finds the nodes {found}")
    config = (await ours.get_node_config(SERVICE, node, timeout=WAIT))["pubsub_owner"]["configure"]["form"]
    check("pubsub#access_model" in config.get_fields(), f"the node is configured by {list(config.get_fields())}")
    answer = lan["xep_0004"].make_form(ftype="submit")
    answer.add_field(var="FORM_TYPE", ftype="hidden", value="http://jabber.org/protocol/pubsub#node_config")
    answer.add_field(var="pubsub#max_items", value="2")
    answer.add_field(var="pubsub#title", value="Tin tức")
    await ours.set_node_config(SERVICE, node, answer, timeout=WAIT)
    subscription = (await theirs.subscribe(SERVICE, node, timeout=WAIT))["pubsub"]["subscription"]
    check(subscription["subscription"] == "subscribed", f"Minh is {subscription}")
    for i in ("1", "2", "3"):
        await ours.publish(SERVICE, node, id=i, payload=entry(f"Tin {i}"), timeout=WAIT)
        await minh.until("event", f"item {i}", lambda m, i=i: f"Tin {i}" in str(m) and m["from"] == SERVICE)
    check(sorted(ids(await theirs.get_items(SERVICE, node, timeout=WAIT))) == ["2", "3"], "the node does not keep the last two")
    await refused(theirs.publish(SERVICE, node, id="4", payload=entry("mine"), timeout=WAIT), "forbidden")
    await refused(theirs.delete_node(SERVICE, node, timeout=WAIT), "forbidden")
    await ours.modify_affiliations(SERVICE, node, [(address("minh"), "publisher")], timeout=WAIT)
    await theirs.publish(SERVICE, node, id="5", payload=entry("Tin 5"), timeout=WAIT)
    await ours.retract(SERVICE, node, "5", notify=True, timeout=WAIT)
    await minh.until("event", "the retraction", lambda m: 'retract id="5"' in str(m))
    listed = [s["node"] for s in (await theirs.get_subscriptions(SERVICE, timeout=WAIT))["pubsub"]["subscriptions"]]
    check(node in listed, f"Minh has subscribed to {listed}")
    await ours.purge(SERVICE, node, timeout=WAIT)
    await minh.until("event", "the purge", lambda m: "<purge" in str(m))
    await theirs.unsubscribe(SERVICE, node, timeout=WAIT)
    await ours.delete_node(SERVICE, node, timeout=WAIT)
    await refused(theirs.get_items(SERVICE, node, timeout=WAIT), "item-not-found")


async def storage(person):
    """What is public is everybody's to read, what is private the account's only (XEP-0222, XEP-0223)."""
    lan, minh = person("lan", "phone"), person("minh", "desk")
    for someone in (lan, minh):
        for plugin in ("xep_0222", "xep_0223"):
            someone.register_plugin(plugin)
        await someone.sign_in()
    await lan["xep_0222"].store(ElementBase(entry("công khai")), node="urn:story:open", id="current", timeout=WAIT)
    await lan["xep_0223"].store(ElementBase(entry("riêng tư")), node="urn:story:mine", id="current", timeout=WAIT)
    read = await minh["xep_0060"].get_items(address("lan"), "urn:story:open", timeout=WAIT)
    check("công khai" in str(read), f"Minh reads {read}")
    await refused(minh["xep_0060"].get_items(address("lan"), "urn:story:mine", timeout=WAIT), "not-allowed")
    for plugin, node, text in (("xep_0222", "urn:story:open", "công khai"), ("xep_0223", "urn:story:mine", "riêng tư")):
        check(text in str(await lan[plugin].retrieve(node, timeout=WAIT)), f"Lan does not find {node}")


play({f.__name__: f for f in (service, storage)})
