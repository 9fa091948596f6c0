"""Stories of people who have no account yet: slixmpp makes one (XEP-0077), with an invitation (XEP-0445) or without."""
import json
import xml.etree.ElementTree as ET

from slixmpp.exceptions import IqError

from person import DOMAIN, SETTINGS, WAIT, address, check, myna, play, say


def newcomer(someone):
    """Lets a client make the account that it wants to sign in to. Returns what the server has asked for and answered."""
    told = {}
    someone.register_plugin("xep_0077")
    someone["xep_0077"].create_account = True
    someone._always_send_everything = True  # slixmpp 1.8 keeps requests back until somebody has signed in, these too

    async def register(form):
        told["fields"] = sorted(form["register"]["fields"])
        iq = someone.Iq()
        iq["type"] = "set"
        iq["register"]["username"] = someone.boundjid.user
        iq["register"]["password"] = someone.password
        try:
            await iq.send(timeout=WAIT)
            told["answer"] = "made"
        except IqError as e:
            told["answer"] = e.condition
            someone.disconnect()

    someone.add_event_handler("register", register)
    return told


async def stranger(person):
    """The domain is open: a stranger makes an account and signs in at once; a name that is taken is refused."""
    mai = person("mai", "phone")
    told = newcomer(mai)
    await mai.sign_in()
    check(told == {"fields": ["password", "username"], "answer": "made"}, f"registration went otherwise: {told}")
    await mai.sees("mai", "")
    thief = person("lan", "phone")
    told = newcomer(thief)
    thief.password = "another correct horse"
    thief.connect((SETTINGS["host"], SETTINGS["port"]))
    await thief.until("disconnected", "the end of the stream")
    check(told.get("answer") == "conflict", f"the name of somebody else: {told}")


async def invited(person):
    """The domain is closed but for who is invited: the account is made by the token, and its inviter sees it come."""
    lan = await person("lan", "desk").sign_in()
    link = json.loads(await myna("invite", "create", address("mai"), "--inviter", address("lan"), "--group", address("info"), "--json"))
    mai = person("mai", "phone")
    told = newcomer(mai)
    plugin = mai["xep_0077"]
    ask = plugin.get_registration

    async def with_token(*args, **more):
        iq = mai.Iq()
        iq["type"], iq["to"] = "set", DOMAIN
        iq.append(ET.Element("{urn:xmpp:pars:0}preauth", {"token": link["token"]}))
        await iq.send(timeout=WAIT)
        return await ask(*args, **more)

    plugin.get_registration = with_token
    await mai.sign_in()
    check(told.get("answer") == "made", f"registration went otherwise: {told}")
    await lan.sees("mai", "")
    targets = json.loads(await myna("alias", "show", address("info"), "--json"))["targets"]
    check(address("mai") in targets, f"the group of the invitation has {targets}")
    say("lan sees who was invited, and the group has a new member")


async def guests(person):
    """The host is one for guests: they sign in without saying who they are (XEP-0175), and bother nobody."""
    async def enter(resource):
        guest = person("visitor", resource)
        guest.connect((SETTINGS["host"], SETTINGS["port"]))
        await guest.until("session", "signing in")
        check(guest["feature_mechanisms"].mech.name == "ANONYMOUS", "a guest signed in by another mechanism")
        guest.send_presence()
        await guest.until("presence", "the own presence", lambda p: p["from"] == guest.boundjid)
        return guest

    one, two = await enter("a"), await enter("b")
    check(one.boundjid.bare != two.boundjid.bare and one.boundjid.user != "visitor", f"guests are {one.boundjid} and {two.boundjid}")
    info = (await one["xep_0030"].get_info(one.boundjid.bare, timeout=WAIT))["disco_info"]
    check(("account", "anonymous") in {(i[0], i[1]) for i in info["identities"]}, f"a guest is {info['identities']}")
    one.send_message(two.boundjid.bare, "hello?", mtype="chat")
    error = await one.until("error", "the refusal")
    check(error["error"]["condition"] == "forbidden", f"refused with {error['error']['condition']}")
    try:
        await one.update_roster(two.boundjid.bare, timeout=WAIT)
        check(False, "a guest has a contact")
    except IqError as e:
        check(e.condition == "not-allowed", f"refused with {e.condition}")
    await one.leave()
    say("guests come and go")


play({f.__name__: f for f in (stranger, invited, guests)})
