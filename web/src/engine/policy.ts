import { NS } from "../xmpp/ns";

// What a group says that its members may do.

/** Level is who may do something: participants, moderators, none; "" where the room does not say. */
export type Level = string;

/** Policy is what a room lets its occupants do. Empty: it does not say. */
export interface Policy {
  people?: Level; // who may mention people (XEP-0513 § 3.6)
  all?: Level; // who may mention everybody
  count?: number; // the most mentions of a message
  filesOff?: boolean;
  topic?: boolean; // participants may say what it is about
  moderation?: boolean; // moderators may take back what others wrote
  picture?: boolean; // it may have one
}

/** policyOf reads the form in which a room describes itself. */
export function policyOf(field: (name: string) => string, has: (feature: string) => boolean): Policy {
  const count = field("mentions#count");
  return {
    people: field("mentions#individual"), all: field("mentions#channel"), ...(/^\d{1,6}$/.test(count) && { count: Number(count) }),
    topic: /^(1|true)$/.test(field("muc#roominfo_subjectmod")), moderation: has(NS.moderate), picture: has(NS.vcard), // XEP-0045 § 16.5.4
    filesOff: /^(0|false)$/.test(field("{urn:myna:group:0}files")),
  };
}

/** mayMention tells whether somebody of a role may mention what a level is about; undefined where the room does not say, or it is not
 * known who that is. */
export function mayMention(level: Level | undefined, role: string | undefined): boolean | undefined {
  switch (level) {
    case "none": return false;
    case "moderators": return role === undefined ? undefined : role === "moderator";
    case "participants": return role !== "visitor";
    default: return undefined;
  }
}
