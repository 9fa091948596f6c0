import type { Photo, Status } from "../engine/api";
import { colour } from "../text/colour";
import { Dot, Icon, type IconName } from "./icons";

const colours = new Map<string, string>();

/** tint is the colour of a name (XEP-0392), dark enough for white letters. */
function tint(name: string): string {
  let c = colours.get(name);
  if (!c) colours.set(name, c = colour(name, 45));
  return c;
}

/** initials are the first letters of the first and the last word: of "Nguyễn Thị Lan" N and L. */
export function initials(name: string): string {
  const words = name.normalize("NFC").split(/[\s._-]+/).filter((w) => /[\p{L}\p{N}]/u.test(w));
  const letter = (w: string | undefined): string => (w?.match(/[\p{L}\p{N}]/u)?.[0] ?? "").toLocaleUpperCase("vi");
  return letter(words[0]) + (words.length > 1 ? letter(words.at(-1)) : "");
}

const addresses = new Map<string, string>(); // by hash: who is told of again brings another copy of the same picture

/** address is where the page finds a photo. */
function address({ hash, blob }: Photo): string {
  let a = addresses.get(hash);
  if (!a) addresses.set(hash, a = URL.createObjectURL(blob));
  return a;
}

interface Props {
  name: string;
  group?: boolean;
  status?: Status | undefined;
  photo?: Photo | undefined;
  icon?: IconName | undefined; // instead of letters
  size?: number;
}

/** Avatar stands for a person, a group, or whoever runs the server. Its colour is that of the name, which a person has in lists and in groups. */
export function Avatar({ name, group, status, photo, icon, size = 40 }: Props) {
  return (
    <span class={`avatar${group ? " group" : ""}`} data-size={size} aria-hidden="true">
      {photo ? <img class="face" src={address(photo)} alt="" /> : <span class="face" style={{ backgroundColor: tint(name) }}>{icon ? <Icon name={icon} size={size / 2} /> : initials(name) || "?"}</span>}
      {status && <Dot status={status} size={size > 36 ? 13 : 11} />}
    </span>
  );
}
