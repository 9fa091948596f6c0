package web

import (
	"strconv"
	"strings"

	"myna/account/signup"
)

// signUpWords are what people read on the pages of invitations and new accounts.
type signUpWords struct {
	OtherLang, OtherName                                                           string
	Invited, InvitedBy, Register, Done, Gone, Slowly                               string
	Ready, OpenChat, Apps, AppsHint, MoreApps, OpenApp, NeedsApp                   string
	Account, AccountHint, Domain, Name, Display, Optional, Password, Again, Create string
	Differ, Late, Encrypt                                                          string
	NewPassword, NewPasswordHint, SetPassword, PasswordSet, LinkGone               string
	Problems                                                                       map[signup.Reason]string
}

func signUpWordsIn(lang string) signUpWords {
	if lang == "vi" {
		return signUpWords{
			OtherLang: "en", OtherName: "English",
			Invited: "Bạn được mời đến", InvitedBy: "mời bạn trò chuyện", Register: "Tạo tài khoản", Done: "Tài khoản đã sẵn sàng",
			Gone:   "Lời mời này không đúng hoặc đã hết hiệu lực. Hãy xin người mời bạn gửi lại.",
			Slowly: "Có quá nhiều lần thử; hãy đợi một phút.",
			Ready:  "Địa chỉ của bạn là", OpenChat: "Mở trò chuyện trên web", Apps: "Ứng dụng",
			AppsHint: "Bạn cũng có thể đăng nhập bằng địa chỉ và mật khẩu này trong một ứng dụng XMPP:", MoreApps: "các ứng dụng khác",
			OpenApp: "Mở lời mời trong ứng dụng XMPP", NeedsApp: "Nút này cần một ứng dụng XMPP đã cài trên máy:",
			Account: "Tạo tài khoản ngay tại đây", AccountHint: "Chọn tên và mật khẩu của riêng bạn; không ai khác biết mật khẩu này.",
			Domain: "Tên miền", Name: "Tên đăng nhập", Display: "Tên hiển thị", Optional: "không bắt buộc", Password: "Mật khẩu",
			Again: "Nhập lại mật khẩu", Create: "Tạo tài khoản", Differ: "Hai mật khẩu không giống nhau.",
			NewPassword: "Đặt mật khẩu mới", NewPasswordHint: "Chọn mật khẩu mới cho tài khoản này; mọi nơi đang đăng nhập sẽ bị đăng xuất.",
			SetPassword: "Đặt mật khẩu", PasswordSet: "Mật khẩu mới đã được đặt",
			LinkGone: "Liên kết này không đúng hoặc đã hết hiệu lực. Hãy xin quản trị viên một liên kết khác.",
			Late:     "Trang này đã mở quá lâu; hãy gửi lại.", Encrypt: "Hãy mở trang này bằng https.",
			Problems: map[signup.Reason]string{signup.Taken: "Tên này không dùng được; hãy chọn tên khác.",
				signup.BadName: "Tên này không hợp lệ; hãy dùng chữ cái và chữ số.", signup.Other: "Lời mời này dành cho một tên khác.",
				signup.Weak:   "Mật khẩu này quá ngắn hoặc quá dễ đoán; hãy chọn mật khẩu khác.",
				signup.Enough: "Từ địa chỉ mạng của bạn, hôm nay đã tạo đủ số tài khoản cho phép ({n}); hãy thử lại vào ngày mai.",
				signup.Full:   "Hôm nay tên miền này đã tạo đủ số tài khoản cho phép ({n}); hãy thử lại vào ngày mai."},
		}
	}
	return signUpWords{
		OtherLang: "vi", OtherName: "Tiếng Việt",
		Invited: "You are invited to", InvitedBy: "has invited you to chat", Register: "Create an account", Done: "Your account is ready",
		Gone:   "This invitation is not valid, or not any more. Ask the person who has sent it for another one.",
		Slowly: "There were too many attempts; wait a minute.",
		Ready:  "Your address is", OpenChat: "Open the web chat", Apps: "Apps",
		AppsHint: "You may also sign in with this address and your password in an XMPP app:", MoreApps: "more apps",
		OpenApp: "Open the invitation in an XMPP app", NeedsApp: "This button needs an XMPP app on this device:",
		Account: "Create an account here", AccountHint: "Choose a name and a password of your own; nobody else knows the password.",
		Domain: "Domain", Name: "User name", Display: "Display name", Optional: "optional", Password: "Password",
		Again: "Password, again", Create: "Create account", Differ: "The two passwords differ.",
		NewPassword: "Set a new password", NewPasswordHint: "Choose a new password for this account. Whatever is signed in now will be signed out.",
		SetPassword: "Set password", PasswordSet: "The new password is set",
		LinkGone: "This link is not valid, or not any more. Ask your administrator for another one.",
		Late:     "This page was open for too long; send it again.", Encrypt: "Open this page with https.",
		Problems: map[signup.Reason]string{signup.Taken: "This name is not available; choose another one.",
			signup.BadName: "This cannot be a name; use letters and digits.", signup.Other: "This invitation is for another name.",
			signup.Weak:   "This password is too short or too easy to guess; choose another one.",
			signup.Enough: "From your network address as many accounts were made as may be in a day: {n}. Try again tomorrow.",
			signup.Full:   "In this domain as many accounts were made as may be in a day: {n}. Try again tomorrow."},
	}
}

// about says in words why something was refused; "" where there are none for it.
func (w *signUpWords) about(r *signup.Refusal) string {
	return strings.ReplaceAll(w.Problems[r.Reason], "{n}", strconv.Itoa(r.Most))
}

// pageLang is the language that a browser prefers of those that there are.
func pageLang(asked, accepted string) string {
	if asked == "vi" || asked == "en" {
		return asked
	}
	for tag := range strings.SplitSeq(accepted, ",") {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		switch primary, _, _ := strings.Cut(strings.ToLower(tag), "-"); primary {
		case "vi", "en":
			return primary
		}
	}
	return "en"
}

// app is a client that people may install.
type app struct{ Name, Where, Link, agent string }

// appsFor lists clients, those for the system that a browser runs on first (XEP-0401 § 5.2).
func appsFor(agent string) []app {
	var here, others []app
	for _, a := range []app{
		{"Conversations", "Android", "https://conversations.im/", "Android"},
		{"Monal", "iPhone, iPad, Mac", "https://monal-im.org/", "Mac OS X"},
		{"Gajim", "Windows, Linux", "https://gajim.org/", "Windows"},
		{"Dino", "Linux", "https://dino.im/", "X11; Linux"},
	} {
		if strings.Contains(agent, a.agent) {
			here = append(here, a)
		} else {
			others = append(others, a)
		}
	}
	return append(here, others...)
}
