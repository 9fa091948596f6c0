"""A person with an XMPP client: slixmpp, and what the stories need to wait for."""
import asyncio
import json
import logging
import os
import sys
import time
from pathlib import Path

import slixmpp
from slixmpp.exceptions import XMPPError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

SETTINGS = json.loads(os.environ["STORY"])
DOMAIN = SETTINGS["domain"]
WAIT = 15  # seconds for what has no limit of its own
ENDS = ("disconnected", "refused")  # after these nothing else comes


class Failed(Exception):
    """The story does not go as it should."""


def say(text):
    print(text, flush=True)


def check(condition, text):
    if not condition:
        raise Failed(text)


def address(name):
    return f"{name}@{DOMAIN}"


async def myna(*arguments):
    """Runs the command line of the server, and returns what it prints."""
    process = await asyncio.create_subprocess_exec(*SETTINGS["cli"], *arguments, stdout=asyncio.subprocess.PIPE,
                                                   stderr=asyncio.subprocess.STDOUT)
    output, _ = await process.communicate()
    check(process.returncode == 0, f"myna {' '.join(arguments)} fails: {output.decode()}")
    return output.decode()


class Person(slixmpp.ClientXMPP):
    """One client of an account. What arrives is kept in self.seen, a list of (kind, value)."""

    def __init__(self, name, resource):
        super().__init__(f"{name}@{DOMAIN}/{resource}", SETTINGS["password"])
        self.label = f"{name}/{resource}"
        self.ca_certs = Path(SETTINGS["ca"])
        self.seen = []
        self.changed = asyncio.Event()
        for plugin in ("xep_0004", "xep_0030", "xep_0045", "xep_0059", "xep_0060", "xep_0084", "xep_0115", "xep_0163", "xep_0198",
                       "xep_0199", "xep_0203", "xep_0249", "xep_0280", "xep_0297", "xep_0313", "xep_0363"):
            self.register_plugin(plugin)
        self.add_event_handler("session_start", lambda _: self.note("session", None))
        self.add_event_handler("session_resumed", lambda _: self.note("resumed", None))
        self.add_event_handler("sm_enabled", lambda _: self.note("managed", None))
        self.add_event_handler("sm_failed", lambda _: self.note("resumption failed", None))
        self.add_event_handler("disconnected", lambda _: self.note("disconnected", None))
        self.add_event_handler("failed_all_auth", lambda _: self.note("refused", "wrong password"))
        self.add_event_handler("message", lambda m: self.note("message", m))
        self.add_event_handler("message_error", lambda m: self.note("error", m))
        self.add_event_handler("groupchat_message", lambda m: self.note("groupchat", m))
        self.add_event_handler("groupchat_invite", lambda m: self.note("invitation", m))
        self.add_event_handler("groupchat_direct_invite", lambda m: self.note("invitation", m))
        self.add_event_handler("carbon_received", lambda m: self.note("received", m["carbon_received"]))
        self.add_event_handler("carbon_sent", lambda m: self.note("sent", m["carbon_sent"]))
        self.register_handler(Callback("presences", MatchXPath("{jabber:client}presence"), lambda p: self.note("presence", p)))
        self.register_handler(Callback("messages", MatchXPath("{jabber:client}message"), lambda m: self.note("any", m)))
        event = "{jabber:client}message/{http://jabber.org/protocol/pubsub#event}event"
        self.register_handler(Callback("events", MatchXPath(event), lambda m: self.note("event", m)))

    def note(self, kind, value):
        self.seen.append((kind, value))
        self.changed.set()

    async def until(self, kind, what, match=lambda _: True, seconds=WAIT):
        """Waits for something of a kind and takes it out of what was seen."""
        end = time.monotonic() + seconds
        while True:
            for i, (k, value) in enumerate(self.seen):
                if k == kind and match(value):
                    del self.seen[i]
                    return value
            self.changed.clear()
            left = end - time.monotonic()
            if left > 0 and self.seen and self.seen[-1][0] in ENDS:
                raise Failed(f"{self.label} has lost its stream while it waited for {what}; it saw {self.summary()}")
            if left <= 0:
                raise Failed(f"{self.label} has waited {seconds} s for {what}; it saw {self.summary()}")
            try:
                await asyncio.wait_for(self.changed.wait(), left)
            except asyncio.TimeoutError:
                pass

    def summary(self):
        return ", ".join(k if v is None else f"{k} {v}" for k, v in self.seen) or "nothing"

    async def sign_in(self, show="", presence=True):
        """Signs in by STARTTLS with the certificate checked, asks for the roster, and sends presence."""
        self.connect((SETTINGS["host"], SETTINGS["port"]))
        await self.until("session", "signing in")
        self.mechanism = self["feature_mechanisms"].mech.name
        check(self.mechanism.startswith("SCRAM-"), f"{self.label} signed in by {self.mechanism}, not SCRAM")
        check("starttls" in self.features, f"{self.label} signed in without STARTTLS")
        await self.get_roster(timeout=WAIT)
        if presence:
            self.send_presence(pshow=show or None)
        return self

    async def leave(self):
        """Signs out. Nobody is left behind even if the server does not answer."""
        if self.transport is not None:
            self.disconnect(wait=2)
            await self.until("disconnected", "the end of the stream")

    def cut(self):
        """The network is gone: no end of stream, no end of TLS."""
        self.transport.abort()

    async def got(self, kind, body, seconds=WAIT):
        return await self.until(kind, f"the {kind} {body!r}", lambda m: m["body"] == body, seconds)

    async def sees(self, who, show, seconds=WAIT):
        """Waits for somebody's presence: "" is available."""
        def match(p):
            if p.xml.get("type") not in (None, "unavailable"):
                return False
            shown = "offline" if p.xml.get("type") else p["show"]
            return p["from"].bare == f"{who}@{DOMAIN}" and shown == show
        return await self.until("presence", f"{who} to be {show or 'available'}", match, seconds)


def play(stories):
    """Runs the story that the command line names, and says how it went."""
    name = sys.argv[1]
    if "STORY_TRACE" in os.environ:
        logging.basicConfig(level=logging.DEBUG)
    else:
        logging.getLogger("slixmpp").setLevel(logging.CRITICAL)  # it reports what it mends itself
    loop = asyncio.get_event_loop()
    people = []

    def person(who, resource):
        people.append(Person(who, resource))
        return people[-1]

    async def run():
        try:
            await stories[name](person)
        finally:
            await asyncio.gather(*(p.leave() for p in people), return_exceptions=True)
            rest = asyncio.all_tasks() - {asyncio.current_task(), waiter}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

    waiter = loop.create_task(asyncio.wait_for(run(), SETTINGS["seconds"]))
    try:
        loop.run_until_complete(waiter)
    except Failed as e:
        say(f"FAILED {name}: {e}")
        sys.exit(1)
    except XMPPError as e:
        say(f"FAILED {name}: the server refuses a request: {e}")
        sys.exit(1)
    except asyncio.TimeoutError:
        say(f"FAILED {name}: not done in {SETTINGS['seconds']} s; " + "; ".join(f"{p.label} saw {p.summary()}" for p in people))
        sys.exit(1)
    say(f"ok {name}")
