import type { Line, Room } from "../engine/api";
import type { Texts } from "../i18n/en";
import { everybody } from "../text/mentions";

// Why something was refused, in the user's language: by the condition or code that says it. What a server adds in English is for
// programs that know no better.

/** outOf says why we are in a group no more. */
export function outOf(texts: Texts, { state, cause }: Room): string {
  if (state === "destroyed") return "";
  if (cause === "301" || cause === "forbidden") return texts.banned;
  return cause === "307" ? texts.putOut : texts.takenOut;
}

/** notIn says why a group does not let us in. */
export function notIn(texts: Texts, { cause }: Room): string {
  switch (cause) {
    case "service-unavailable": return texts.joinFull;
    case "not-authorized": return texts.joinPassword;
    case "conflict": case "not-acceptable": case "jid-malformed": return texts.joinNick;
    case "resource-constraint": return texts.joinMany;
    case "item-not-found": case "remote-server-not-found": return texts.joinUnknown;
    case "remote-server-timeout": return texts.farAway;
    default: return "";
  }
}

/** refusal says why a message was not taken, "" where there is nothing to add. */
export function refusal(texts: Texts, line: Line, room: Room | undefined): string {
  switch (line.problem) {
    case "forbidden":
      if (!room) return texts.mayNotWrite;
      if (line.file !== "") return texts.filesOff;
      if (room.role === "visitor") return texts.announcement;
      return everybody(line.body) ? texts.mayNotCall : texts.mayNotWrite;
    case "not-acceptable": return room ? texts.notThere : texts.mayNotWrite;
    case "not-allowed": case "registration-required": case "subscription-required": return texts.mayNotWrite;
    case "policy-violation": return room ? texts.tooFast : texts.mayNotWrite;
    case "resource-constraint": case "internal-server-error": return texts.busy;
    case "service-unavailable": case "recipient-unavailable": return texts.takesNothing;
    case "item-not-found": case "gone": case "jid-malformed": case "remote-server-not-found": return texts.unknownAddress;
    case "remote-server-timeout": return texts.farAway;
    default: return "";
  }
}

/** troubleOf says why a group did not do what it was asked for. */
export function troubleOf(texts: Texts, problem: string): string {
  switch (problem) {
    case "forbidden": case "not-allowed": case "not-acceptable": return texts.mayNotDo;
    case "item-not-found": return texts.notThereAnyMore;
    case "offline": case "remote-server-timeout": return texts.noServer;
    default: return texts.notDone;
  }
}

/** uploadProblem says why a file did not come to the server, which takes none above a limit. */
export function uploadProblem(texts: Texts, problem: string, limit: string): string {
  switch (problem) {
    case "file-too-large": case "not-acceptable": case "http-413": return texts.tooLarge(limit);
    case "retry": return texts.quotaToday; // XEP-0363 § 6: it is said when it may be tried again
    case "resource-constraint": return texts.quota;
    case "service-unavailable": case "not-allowed": case "forbidden": return texts.noFiles;
    case "bad-request": return texts.fileUnfit;
    case "http-507": case "http-500": case "internal-server-error": return texts.busy;
    default: return texts.uploadFailed;
  }
}
