// What pages and the engine say to each other. All of it can be cloned into another thread.

/** Phase is where the connection stands. */
export type Phase = "starting" | "out" | "connecting" | "online" | "waiting" | "ended";

/** Status is what users see of presence. */
export type Status = "available" | "away" | "dnd" | "offline";

/** Me is the account that is signed in. */
export interface Me {
  phase: Phase;
  jid: string; // bare, "" when nobody is signed in
  name: string;
  status: Status;
  retryAt: number; // ms, of the next attempt
  problem: string; // the condition that ended the session or refused the sign-in
  waiting: number; // messages that the server does not have yet
  ready: boolean; // contacts and groups are there
  maxFile: number; // bytes; 0: no files
  vouched: boolean; // signed in by a webmail
  photo: Photo | undefined;
  asking: readonly Asking[]; // who wants to be a contact
}

/** Photo is a picture with the hash by which it is named; another picture has another one. */
export interface Photo {
  hash: string;
  blob: Blob;
}

/** Asking is somebody who wants to be a contact. */
export interface Asking {
  jid: string;
  name: string;
}

/** Person is a contact; everybody of the domain is one. */
export interface Person {
  jid: string;
  name: string;
  groups: readonly string[];
  status: Status;
  note: string;
  photo: Photo | undefined;
}

/** State is how far a message of ours got. Each includes those before it. */
export type State = "queued" | "sent" | "acked" | "received" | "displayed" | "failed";

/** Transfer is a file on its way to the server. */
export interface Transfer {
  name: string;
  size: number;
  sent: number;
  type: string;
  problem: string; // why it was refused, "" while it is under way
}

/** Line is one message. It is replaced when something of it changes. */
export interface Line {
  key: string; // stays the same, whichever engine tells of it
  id: string; // given by its author
  archiveID: string; // given by the archive, "" until it is known
  author: string; // a bare address; in a group the nick
  occupant: string; // who that is in a group, whatever the nick
  mine: boolean;
  body: string;
  file: string; // the address of a file that the message is, "" for text
  time: number;
  state: State;
  problem: string; // the condition of an error
  edited: boolean;
  retracted: boolean;
  moderated?: boolean; // somebody else has taken it back, who moderates the group
  asks?: boolean; // it is a question with a form, which can be answered by text
  mention: boolean; // it names us, or everybody
  reply: { id: string; to: string } | undefined;
  reactions: readonly Reaction[];
  transfer: Transfer | undefined;
}

/** Reaction is an emoji and who chose it. */
export interface Reaction {
  emoji: string;
  by: readonly string[]; // as author
  mine: boolean;
}

/** Occupant is somebody in a group. */
export interface Occupant {
  nick: string;
  jid: string; // "" when the room does not say
  role: string;
  affiliation: string;
  status: Status;
}

/** RoomState is how we stand to a group. */
export type RoomState = "away" | "joining" | "joined" | "removed" | "destroyed" | "failed";

/** Room is what a group has that a chat with a person has not. */
export interface Room {
  state: RoomState;
  cause: string; // why we are out: a status code (XEP-0045 § 15.6.2), or the condition of an error
  reason: string; // likewise in the own words of who decided it, "" for none
  subject: string;
  description: string;
  nick: string;
  role: string;
  affiliation: string;
  managed: boolean; // the administrator decides who is in it
  moderated: boolean;
  files: boolean; // files may be sent
  all: boolean; // we may mention everybody
  topic: boolean; // we may say what it is about
  moderates: boolean; // we may take back what others wrote
  picture: boolean; // we may give it one
  count: number; // of occupants
}

/** Preview is the last line of a chat, for lists. */
export interface Preview {
  author: string;
  mine: boolean;
  body: string;
  file: string;
  time: number;
  state: State;
  retracted: boolean;
  moderated?: boolean;
}

/** Chat is a conversation as lists show it. */
export interface Chat {
  jid: string;
  name: string; // "": of the person
  group: boolean;
  listed: boolean; // it is among the recent ones
  at: number; // when something happened last
  last: Preview | undefined;
  unread: number;
  mentioned: boolean;
  muted: boolean;
  draft: string;
  typing: readonly string[];
  room: Room | undefined;
  photo: Photo | undefined; // of a group
}

/** Lines is what changed in an open conversation. */
export interface Lines {
  jid: string;
  reset: boolean; // forget what was there
  put: readonly Line[];
  gone: readonly string[];
  complete: boolean; // there is nothing older
  loading: boolean;
  newAfter: number; // the time behind which "new messages" stands, 0 for no line
}

/** Found is somebody whom the directory search found. */
export interface Found {
  jid: string;
  name: string;
}

/** Hit is a message that has the words which somebody searches for. */
export interface Hit {
  id: string; // as the line's archiveID or id
  time: number;
}

/** Alerting is by what a page tells the user of a message. */
export interface Alerting {
  sound: boolean;
  notify: boolean; // outside the page
}

/** Attention is how much of the user's a page has. */
export interface Attention {
  active: boolean; // it is seen
  focused: boolean; // keys go to it
  notifies: boolean; // it may tell of messages outside of itself
}

/** Update is what the engine tells pages. */
export type Update =
  | { t: "me"; me: Me }
  | { t: "people"; reset: boolean; put: readonly Person[]; gone: readonly string[] }
  | { t: "chats"; reset: boolean; put: readonly Chat[]; gone: readonly string[] }
  | { t: "lines"; lines: Lines }
  | { t: "occupants"; jid: string; list: readonly Occupant[] }
  | { t: "alert"; jid: string; line: Line; how: Alerting }
  | { t: "trouble"; jid: string; problem: string } // what was asked of a group was refused: the condition
  | { t: "hits"; jid: string; words: string; hits: readonly Hit[] }
  | { t: "found"; query: string; people: readonly Found[] };

/** Command is what pages ask of the engine. */
export type Command =
  | { t: "signIn"; jid: string; password: string; keep: boolean }
  | { t: "enter"; jid: string; token: string } // a webmail vouches for the user; token "": the browser's cookie says so
  | { t: "signOut" }
  | { t: "retry" }
  | { t: "status"; status: Status }
  | { t: "open"; jid: string }
  | { t: "close"; jid: string }
  | { t: "older"; jid: string }
  // reply: the key of the line that is answered, or "". id: of the message. again: another engine may have sent it already
  | { t: "send"; jid: string; id: string; body: string; reply: string; again?: boolean }
  | { t: "edit"; jid: string; key: string; body: string }
  | { t: "retract"; jid: string; key: string }
  | { t: "react"; jid: string; key: string; emoji: string }
  | { t: "again"; jid: string; key: string }
  | { t: "drop"; jid: string; key: string }
  | { t: "draft"; jid: string; body: string }
  | { t: "read"; jid: string }
  | { t: "file"; jid: string; id: string; file: File }
  | { t: "mute"; jid: string; muted: boolean }
  | { t: "rejoin"; jid: string }
  | { t: "hide"; jid: string }
  | { t: "find"; query: string }
  | { t: "search"; jid: string; words: string }
  | { t: "reach"; jid: string; id: string }
  | { t: "contact"; jid: string; wanted: boolean } // accepts or declines a request, or asks to be a contact
  | { t: "photo"; jid: string; png: Blob | undefined } // 96 to 512 px, square; of a group, or "": ours
  | { t: "topic"; jid: string; subject: string }
  | { t: "moderate"; jid: string; key: string } // takes back what somebody else wrote in a group
  | ({ t: "attention" } & Attention)
  | { t: "bye" };
