package registration

import (
	"strconv"
	"strings"

	"myna/account/signup"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// words are what newcomers read in a language.
type words struct {
	title, instructions, elsewhere      string
	username, password, name            string
	tokenTitle, tokenText, token        string
	openFlow, invitedFlow, webFlow      string
	lostFlow, lostTitle, lostText       string
	lostToken, newTitle, newText        string // newText with the account in the place of {address}
	badLost                             string
	taken, badName, other, weak, token2 string
	enough, full                        string // with the number in the place of {n}
}

// spoken is the language that newcomers are answered in (XEP-0389 § 8): that of the stream, or English.
func spoken(lang string) string {
	if primary, _, _ := strings.Cut(lang, "-"); strings.EqualFold(primary, "vi") {
		return "vi"
	}
	return "en"
}

func wordsIn(lang string) words {
	if spoken(lang) == "vi" {
		return words{
			title: "Tài khoản mới", instructions: "Chọn tên đăng nhập và mật khẩu. Tên đứng trước dấu @ trong địa chỉ của bạn.",
			elsewhere: "Hãy tạo tài khoản trên trang này:", username: "Tên đăng nhập", password: "Mật khẩu", name: "Tên hiển thị",
			tokenTitle: "Lời mời", tokenText: "Nhập mã trong lời mời của bạn.", token: "Mã lời mời",
			openFlow: "Tạo tài khoản", invitedFlow: "Tạo tài khoản bằng lời mời", webFlow: "Tạo tài khoản trên web",
			lostFlow: "Đặt mật khẩu mới bằng mã", lostTitle: "Quên mật khẩu", lostText: "Nhập mã ở cuối liên kết mà quản trị viên đã gửi cho bạn.",
			lostToken: "Mã", newTitle: "Mật khẩu mới", newText: "Chọn mật khẩu mới cho {address}. Mọi nơi đang đăng nhập sẽ bị đăng xuất.",
			badLost: "Mã này không đúng hoặc đã hết hiệu lực.",
			taken:   "Tên này không dùng được; hãy chọn tên khác.", badName: "Tên này không hợp lệ; hãy dùng chữ cái và chữ số.",
			other: "Lời mời này dành cho một tên khác.", weak: "Mật khẩu này quá ngắn hoặc quá dễ đoán; hãy chọn mật khẩu khác.",
			token2: "Lời mời này không đúng hoặc đã hết hiệu lực.",
			enough: "Từ địa chỉ mạng của bạn, hôm nay đã tạo đủ số tài khoản cho phép ({n}); hãy thử lại vào ngày mai.",
			full:   "Hôm nay tên miền này đã tạo đủ số tài khoản cho phép ({n}); hãy thử lại vào ngày mai.",
		}
	}
	return words{
		title: "New account", instructions: "Choose a user name and a password. The name stands before the @ of your address.",
		elsewhere: "Make your account on this page:", username: "User name", password: "Password", name: "Display name",
		tokenTitle: "Invitation", tokenText: "Enter the code of your invitation.", token: "Code of the invitation",
		openFlow: "Create an account", invitedFlow: "Create an account with an invitation", webFlow: "Create an account on the web",
		lostFlow: "Set a new password with a code", lostTitle: "Lost password", lostText: "Enter the code at the end of the link that your administrator has sent you.",
		lostToken: "Code", newTitle: "New password", newText: "Choose a new password for {address}. Whatever is signed in now will be signed out.",
		badLost: "This code is not valid, or not any more.",
		taken:   "This name is not available; choose another one.", badName: "This cannot be a name; use letters and digits.",
		other: "This invitation is for another name.", weak: "This password is too short or too easy to guess; choose another one.",
		token2: "This invitation is not valid, or not any more.",
		enough: "From your network address as many accounts were made as may be in a day: {n}. Try again tomorrow.",
		full:   "In this domain as many accounts were made as may be in a day: {n}. Try again tomorrow.",
	}
}

// about says why something was refused; "" where there is nothing to be done about it.
func (w words) about(r *signup.Refusal) string {
	text := map[signup.Reason]string{signup.Taken: w.taken, signup.BadName: w.badName, signup.Other: w.other, signup.Weak: w.weak,
		signup.BadToken: w.token2, signup.Enough: w.enough, signup.Full: w.full}[r.Reason]
	return strings.ReplaceAll(text, "{n}", strconv.Itoa(r.Most))
}

// accountForm asks for what is needed for an account. problem says what was wrong before.
func accountForm(formType, lang, problem, username, name string) *xmpp.Element {
	w := wordsIn(lang)
	return form.Titled(w.title, strings.TrimSpace(problem+" "+w.instructions), formType).Add(
		form.Need(field("text-single", "username", w.username, username)),
		form.Need(field("text-private", "password", w.password, "")),
		field("text-single", "name", w.name, name))
}

// tokenForm asks for an invitation.
func tokenForm(lang, problem string) *xmpp.Element {
	w := wordsIn(lang)
	return form.Titled(w.tokenTitle, strings.TrimSpace(problem+" "+w.tokenText), ns.Register2).Add(
		form.Need(field("text-single", "token", w.token, "")))
}

// field is a field with a value, or without where that is "".
func field(typ, name, label, value string) *xmpp.Element {
	if value == "" {
		return form.Field(typ, name, label)
	}
	return form.Field(typ, name, label, value)
}
