#!/bin/sh
# Installs the clients that make clients drives, and what drives them, from Debian's packages, where they are missing and
# we may. What is missing afterwards is skipped.
set -eu

missing=
for package in python3-slixmpp python3-aiohttp profanity tmux gajim dino-im xvfb xdotool dbus python3-gi libglib2.0-bin; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing="$missing $package"
done
if [ -z "$missing" ]; then
	exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
	echo "missing here:$missing (as root, make clients installs it on Debian)" >&2
	exit 0
fi
apt-get update -q
# shellcheck disable=SC2086 # a list
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
