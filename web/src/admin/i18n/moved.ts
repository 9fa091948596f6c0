import { language } from "./index";
import { said, type Said } from "./said";

// Texts of an import from another server: kinds of things, and why one is refused. Where %d stands a text has a number.
export const moved: Readonly<Record<string, string>> = {
  contacts: "liên hệ", "contact requests": "yêu cầu kết bạn", messages: "tin nhắn", "waiting messages": "tin nhắn đang chờ", "archive preferences": "tùy chọn lưu trữ",
  nodes: "nút", items: "mục của nút", "subscriptions and affiliations of nodes": "đăng ký và quyền của nút", "blocked addresses": "địa chỉ bị chặn",
  "privacy rules": "quy tắc riêng tư", "private documents": "tài liệu riêng", bookmarks: "dấu trang", "managers of contacts": "nơi quản lý liên hệ", cards: "danh thiếp", photos: "ảnh",
  "a node has no name, or one that is too long": "một nút không có tên, hoặc tên quá dài",
  "an affiliation is none": "một quyền không hợp lệ",
  "a node may have %d affiliations": "một nút có tối đa %d quyền",
  "a subscription of a node is none": "một đăng ký của nút không hợp lệ",
  "a node may have %d subscriptions": "một nút có tối đa %d đăng ký",
  "an item has no id": "một mục không có mã",
  "a node cannot be configured as it was": "không đặt lại được cấu hình của một nút",
  "a contact is none": "một liên hệ không hợp lệ",
  "a request is from nobody": "một yêu cầu không có người gửi",
  "a rule of a privacy list is more than blocking an address": "một quy tắc riêng tư không chỉ là chặn địa chỉ",
  "a blocked address is none": "một địa chỉ bị chặn không hợp lệ",
  "nobody blocks themselves": "không ai tự chặn mình",
  "too many addresses are blocked": "quá nhiều địa chỉ bị chặn",
  "a document has no name of its own, or one that is too long": "một tài liệu không có tên riêng, hoặc tên quá dài",
  "a document may have %d bytes; this one has %d": "một tài liệu có tối đa %d byte; tài liệu này có %d",
  "an account may have %d documents": "một tài khoản có tối đa %d tài liệu",
  "A bookmark is none.": "một dấu trang không hợp lệ",
  "A bookmark has an address that is none.": "một dấu trang có địa chỉ không hợp lệ",
  "A bookmark may have %d bytes; this one has %d.": "một dấu trang có tối đa %d byte; dấu trang này có %d",
  "An account may have %d bookmarks.": "một tài khoản có tối đa %d dấu trang",
  "An account may have %d bookmarks of pages.": "một tài khoản có tối đa %d dấu trang của trang web",
  "%d requests may wait for an answer, and do.": "tối đa %d yêu cầu được chờ trả lời, và đã đủ",
  "who manages contacts is not named": "không có tên của nơi quản lý liên hệ",
  "a reason may have %d bytes; this one has %d": "một lý do có tối đa %d byte; lý do này có %d",
  "a card is too long": "một danh thiếp quá dài",
  "the photo of a card is no picture": "ảnh của một danh thiếp không phải ảnh",
  "a result holds no message": "một kết quả không có tin nhắn",
  "a message has no time": "một tin nhắn không có thời gian",
  "the domain keeps no archive": "tên miền không lưu tin nhắn",
  "a message has an address that is none": "một tin nhắn có địa chỉ không hợp lệ",
  "a message is neither from the account nor to it": "một tin nhắn không từ tài khoản cũng không đến nó",
  "a message is too long": "một tin nhắn quá dài",
  "what waits is no message": "cái đang chờ không phải tin nhắn",
  "a message waits that is not to the account": "một tin nhắn đang chờ không gửi đến tài khoản",
  "a message of a room waits": "một tin nhắn của phòng đang chờ",
  "the preferences of the archive cannot be read": "không đọc được tùy chọn lưu trữ",
  "it cannot be kept": "không giữ được",
  "the number of iterations of its password is none": "số vòng băm của mật khẩu không hợp lệ",
  "its hashed password cannot be read": "không đọc được mật khẩu đã băm",
};

/** movedSaid puts a text of an import from another server into the language of the page. */
export function movedSaid(text: string, reason: { code?: string | undefined; values?: readonly string[] | undefined } = {}, into = language.value): Said {
  const numbers = text.match(/\d+/g) ?? [];
  const form = text.replace(/\d+/g, "%d");
  const words = into === "vi" && Object.hasOwn(moved, form) ? moved[form] : undefined;
  if (words === undefined) return said(text, reason, into);
  return { text: words.replace(/%d/g, () => numbers.shift() ?? ""), lang: undefined };
}
