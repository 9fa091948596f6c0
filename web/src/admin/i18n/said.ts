import { language } from "./index";

// What the server says to administrators most often, in Vietnamese. $1, $2 are what stands in its text.
const vietnamese: readonly (readonly [RegExp, string])[] = [
  [/^a loop was ignored: (.*)$/, "bỏ qua một vòng lặp: $1"],
  [/^(\S+), a target of (\S+), is deleted$/, "$1, một người nhận của $2, đã bị xóa"],
  [/^(\S+), a target of (\S+), is neither an account nor an alias$/, "$1, một người nhận của $2, không phải tài khoản hay bí danh"],
  [/^(\S+) is nested deeper than (\d+) aliases and was ignored$/, "$1 nằm sâu hơn $2 lớp bí danh nên được bỏ qua"],
  [/^the lead (\S+) is no member$/, "trưởng nhóm $1 không phải thành viên"],
  [/^(\S+) is an account already$/, "$1 đã là một tài khoản"],
  [/^(\S+) is an alias already$/, "$1 đã là một bí danh"],
  [/^(\S+) is an account or an alias already$/, "$1 đã là một tài khoản hoặc bí danh"],
  [/^(\S+) is a deleted alias; .*$/, "$1 là một bí danh đã xóa; hãy khôi phục hoặc xóa hẳn nó trước"],
  [/^(\S+) needs at least one target, or everyone$/, "$1 cần ít nhất một người nhận, hoặc mọi tài khoản"],
  [/^(\S+) cannot be a target of itself$/, "$1 không thể là người nhận của chính nó"],
  [/^the (?:target|lead|poster) (\S+) is (?:no account|neither an account nor an alias); did you mean (\S+)\?$/, "không có $1; ý bạn là $2?"],
  [/^the (?:target|lead|poster) (\S+) is (?:no account|neither an account nor an alias); create it first$/, "không có $1; hãy tạo nó trước"],
  [/^the (?:lead|poster) (\S+) is an alias; name the accounts of people$/, "$1 là một bí danh; hãy chọn tài khoản của người"],
  [/^the (?:target|lead|poster) "(.*)" is no address$/, "“$1” không phải địa chỉ"],
  [/^"(.*)" is no address.*$/, "“$1” không phải địa chỉ"],
  [/^there is no (?:account|alias) (\S+); did you mean (\S+)\?$/, "không có $1; ý bạn là $2?"],
  [/^there is no (?:account|alias) (\S+)$/, "không có $1"],
  [/^this password cannot be used: it has fewer than (\d+) characters$/, "mật khẩu có ít hơn $1 ký tự"],
  [/^this password cannot be used: it is the name of the account$/, "mật khẩu trùng với tên tài khoản"],
  [/^this password cannot be used: it has control characters.*$/, "mật khẩu có ký tự không gõ được ở mọi nơi"],
  [/^this password cannot be used: .*$/, "không dùng được mật khẩu này"],
  [/^a password is needed; .*$/, "cần có mật khẩu"],
  [/^the password is empty; .*$/, "mật khẩu trống; hãy viết một mật khẩu, hoặc để máy chủ tạo"],
  [/^the same address is in line (\d+)$/, "địa chỉ này đã có ở dòng $1"],
  [/^you administer (\S+) only; .*$/, "bạn chỉ quản trị $1; hãy hỏi quản trị viên máy chủ"],
  [/^only an administrator of the server can make another one$/, "chỉ quản trị viên máy chủ mới tạo được quản trị viên máy chủ khác"],
  [/^(\S+) administers the server; .*$/, "$1 quản trị máy chủ; chỉ quản trị viên máy chủ khác mới sửa được"],
  [/^you cannot .* your own account; .*$/, "đây là tài khoản của chính bạn; quản trị viên khác có thể làm việc này"],
  [/^(\S+) is not a domain of this server.*$/, "$1 không phải tên miền của máy chủ này"],
  [/^the line cannot be read: .*$/, "không đọc được dòng này; hãy kiểm tra dấu ngoặc kép"],
  [/^(\d+) fields where at most (\d+) are possible; .*$/, "có $1 trường trong khi tối đa là $2; hãy đặt trường có dấu phẩy trong ngoặc kép"],
  [/^the heading has a column "(.*)"; known are (.*)$/, "dòng tiêu đề có cột “$1”; các cột có thể dùng là $2"],
  [/^the heading has the column "(.*)" twice$/, "dòng tiêu đề có cột “$1” hai lần"],
  [/^the file is not UTF-8; .*$/, "tệp không phải UTF-8; hãy lưu dưới dạng CSV UTF-8"],
  [/^the file has no accounts; .*$/, "tệp không có tài khoản nào; mỗi dòng là địa chỉ,tên,phòng ban,mật khẩu"],
  [/^(\S+) is kept for somebody who is invited; .*$/, "$1 được giữ cho người đã được mời; hãy thu hồi lời mời trước, hoặc đợi đến khi hết hạn"],
  [/^nobody is invited to (\S+): .*$/, "không ai được mời vào $1: modules.registration.invitations là nobody"],
  [/^(\S+) has as many app passwords as one may have; .*$/, "$1 đã có tối đa số mật khẩu ứng dụng; hãy thu hồi những mật khẩu không dùng"],
  [/^the picture has (\d+) kB; (\d+) kB are possible$/, "ảnh có $1 kB; tối đa là $2 kB"],
  [/^(\S+) is for administrators of the server$/, "$1 chỉ dành cho quản trị viên máy chủ"],
  [/^the configuration file says what (\S+) is for this domain; .*$/, "tệp cấu hình đã đặt $1 cho tên miền này; hãy sửa ở đó"],
  [/^(\S+) is set in the configuration file only$/, "$1 chỉ được đặt trong tệp cấu hình"],
  [/^"(.*)" is not one of (.*)$/, "“$1” không nằm trong: $2"],
  [/^(?:.* )?must be (-?\d+) or more$/, "phải từ $1 trở lên"],
  [/^(?:.* )?must be (-?\d+) or less$/, "phải từ $1 trở xuống"],
  [/^nothing was imported; see the refused lines$/, "chưa nhập gì; hãy xem các dòng bị từ chối"],
];

/** Said is what the server says, in the language of the page where it is known there. */
export interface Said {
  text: string;
  lang: string | undefined; // of the text, where it is not that of the page
}

/** said puts a text of the server into a language. */
export function said(text: string, into = language.value): Said {
  if (into === "en") return { text, lang: undefined };
  for (const [pattern, sentence] of vietnamese) {
    if (pattern.test(text)) return { text: text.replace(pattern, sentence), lang: undefined };
  }
  return { text, lang: "en" };
}
