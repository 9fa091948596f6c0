package signup

import "fmt"

// Reason is why somebody gets no account.
type Reason string

// The reasons.
const (
	Closed   Reason = "closed"   // there are no accounts to be had this way
	BadToken Reason = "token"    // no invitation, or one that is not good any more
	BadName  Reason = "name"     // this cannot be a name
	Taken    Reason = "taken"    // somebody has this name, or it is not to be had
	Other    Reason = "other"    // the invitation is for another name
	Weak     Reason = "password" // this cannot be the password
	Slow     Reason = "slow"     // too many attempts that failed
	Enough   Reason = "enough"   // so many accounts were made today from one address of the network
	Full     Reason = "full"     // or in the whole domain
)

// Refusal is why somebody gets no account. Text is a sentence in English for them.
type Refusal struct {
	Reason Reason
	Text   string
	Most   int // of Enough and Full: how many accounts a day there may be
}

// Error says the reason and the text.
func (r *Refusal) Error() string { return "sign up: " + string(r.Reason) + ": " + r.Text }

func refuse(r Reason, format string, args ...any) error {
	return &Refusal{Reason: r, Text: fmt.Sprintf(format, args...)}
}

// enough says that as many accounts were made in a day as may be.
func enough(r Reason, most int) error {
	text := "From your network address as many accounts were made as may be in a day: %d. Try again tomorrow."
	if r == Full {
		text = "In this domain as many accounts were made as may be in a day: %d. Try again tomorrow."
	}
	return &Refusal{Reason: r, Text: fmt.Sprintf(text, most), Most: most}
}

func badToken() error { return refuse(BadToken, "This invitation is not valid, or not any more.") }

func closed() error { return refuse(Closed, "Accounts are made by the administrator here.") }
